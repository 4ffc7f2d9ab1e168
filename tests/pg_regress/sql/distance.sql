-- One place is at no distance from itself, also where the cosine form would lose every digit.
select reco.distance_m(2.35, 48.85, 2.35, 48.85) as paris,
       reco.distance_m(0, 0, 0, 0) as origin,
       reco.distance_m(180, 10, 180, 10) as date_line,
       reco.distance_m(0, 90, 135, 90) < 1e-6 as pole_by_any_longitude;
-- A hundred-thousandth of a degree of latitude is 1.112 m.
select round(reco.distance_m(2.35, 48.85, 2.35, 48.85001)::numeric, 3) as a_step;

-- Arcs that are parts of the circumference, 2π × 6,371,000 m.
select round(reco.distance_m(0, 0, 1, 0)::numeric, 3) as degree,
       round(reco.distance_m(0, 0, 90, 0)::numeric, 3) as quarter,
       round(reco.distance_m(0, 90, 0, -90)::numeric, 3) as pole_to_pole,
       round((2 * pi() * 6371000 / 360)::numeric, 3) as expected_degree,
       round((pi() * 6371000 / 2)::numeric, 3) as expected_quarter,
       round((pi() * 6371000)::numeric, 3) as expected_half;

-- Antipodes, where rounding could leave the domain of the root: right to half a metre.
select count(*) as pairs,
       count(*) filter (where abs(d - pi() * 6371000) < 0.5) as half_way_round
from (
    select reco.distance_m(lon, lat, lon - 180, -lat) as d
    from generate_series(0, 180, 7) lon, generate_series(-90, 90, 3) lat
) antipodes;

-- Across the date line the short way.
select round(reco.distance_m(179.5, 0, -179.5, 0)::numeric, 3) as one_degree;
-- Paris to London, to the metre; both ways alike.
select round(reco.distance_m(2.3522, 48.8566, -0.1278, 51.5074)::numeric, 0) as there,
       reco.distance_m(2.3522, 48.8566, -0.1278, 51.5074)
           = reco.distance_m(-0.1278, 51.5074, 2.3522, 48.8566) as and_back;
-- By the cosine form, good away from zero, the same.
select count(*) as pairs, max(abs(d - cosine)) < 0.01 as agree
from (
    select reco.distance_m(lon, lat, 2.35, 48.85) as d,
           6371000 * acosd(sind(lat) * sind(48.85) + cosd(lat) * cosd(48.85) * cosd(lon - 2.35))
               * pi() / 180 as cosine
    from generate_series(-180, 180, 20) lon, generate_series(-90, 90, 10) lat
) both_forms;

-- Any NULL gives NULL.
select reco.distance_m(null, 0, 0, 0) is null as lon1, reco.distance_m(0, null, 0, 0) is null as lat1,
       reco.distance_m(0, 0, null, 0) is null as lon2, reco.distance_m(0, 0, 0, null) is null as lat2;

-- The bounds belong to the range.
select round(reco.distance_m(-180, -90, 180, 90)::numeric, 3) as bounds;
-- What is outside is refused, by name.
\set VERBOSITY terse
do $$
declare
    refused text; said text; advice text;
    call text;
begin
    foreach call in array array[
        '180.1, 0, 0, 0', '-180.1, 0, 0, 0', '0, 90.1, 0, 0', '0, 0, 181, 0', '0, 0, 0, -91',
        '''nan'', 0, 0, 0', '0, ''infinity'', 0, 0'
    ] loop
        begin
            execute format('select reco.distance_m(%s)', call);
            raise info '%: accepted', call;
        exception when others then
            get stacked diagnostics refused = returned_sqlstate, said = message_text,
                advice = pg_exception_hint;
            raise info '%: % % (%)', call, refused, said, advice;
        end;
    end loop;
end $$;
\set VERBOSITY default
-- An error leaves the session usable.
select reco.distance_m(0, 91, 0, 0);
select reco.distance_m(0, 0, 0, 0) as still_here;
