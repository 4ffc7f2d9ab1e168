-- Takes away what aim_pg.sql installed, so that the extension aim_pg can be created; in one transaction with
-- that. What else uses it keeps it in place, with an error. The log of builds is in pg_temp.aim_pg_run
-- afterwards, until the transaction ends.

create temporary table aim_pg_run on commit drop as select * from reco.run;

do $$
declare
    routine text;
begin
    -- Aggregates before the functions that they are made of.
    for routine in
        select p.oid::regprocedure from reco.part join pg_proc as p on p.oid = to_regprocedure(part.signature)
        order by p.prokind <> 'a', 1
    loop
        execute format('drop routine %s', routine);
    end loop;
end
$$;

drop table reco.run, reco.part;
drop type reco.robust_statistics;
drop schema reco;
