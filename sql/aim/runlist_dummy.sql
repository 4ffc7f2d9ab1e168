{# A runlist for runs without a runlist: one CAM. #}
create or replace temp table runlist as
select 0::bigint as idx, 'TestCar' as vehicle, '205/55 R16' as size
