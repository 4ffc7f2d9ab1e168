\set VERBOSITY terse
-- The aggregate: what list_robust_stats says of the array of the same values.
select (reco.robust_stats(x)).* from unnest('{1,2,3,4,100}'::float8[]) x;
select reco.robust_stats(x) from unnest('{4,NULL,1,NaN,10,3}'::float8[]) x;
select reco.robust_stats(x) from unnest('{5}'::float8[]) x;
-- Integers and numerics are taken as they are.
select reco.robust_stats(x) from generate_series(1, 5) x;
select reco.robust_stats(x) from unnest('{0.5,1.5,4}'::numeric[]) x;
-- None, and only missing ones.
select reco.robust_stats(x) is null as none from unnest('{}'::float8[]) x;
select reco.robust_stats(x) is null as missing from unnest('{NULL,NaN}'::float8[]) x;
-- With a filter, an order, only different values, and beside others.
select reco.robust_stats(x) filter (where x < 100) as filtered,
       reco.robust_stats(x order by x desc) as ordered,
       reco.robust_stats(distinct x) as different,
       count(*)
from unnest('{1,2,2,2,3,4,100}'::float8[]) x;
-- As a window: the whole partition, a growing frame, a sliding one, one without rows.
select i, x, (reco.robust_stats(x) over ()).median as whole,
       (reco.robust_stats(x) over (order by i)).median as growing,
       (reco.robust_stats(x) over (order by i rows between 1 preceding and 1 following)).median as sliding,
       reco.robust_stats(x) over (order by i rows between 3 following and 4 following) as ahead
from unnest('{5,1,NULL,9,2}'::float8[]) with ordinality as t(x, i)
order by i;

create table observations as
select i % 1000 as g, case when i % 13 > 0 then sin(i) * 100 end as x from generate_series(1, 200000) i;
analyze observations;
create temporary table expected as
select g, s.* from (select g, array_agg(x) as xs from observations group by g) groups,
                   reco.list_robust_stats(xs) s;
-- Whatever the plan: hashed, sorted, spilling to disk, on several workers.
create function pg_temp.difference() returns table (groups bigint, different bigint) language sql as $$
    select count(*), count(*) filter (where (e.n, e.median, e.mad, e.aad) is distinct from
                                            ((s).n, (s).median, (s).mad, (s).aad))
    from expected e
         full join (select g, reco.robust_stats(x) as s from observations group by g) own using (g)
$$;
set enable_sort = off;
select * from pg_temp.difference();
set work_mem = '64kB';
select * from pg_temp.difference();
reset work_mem;
reset enable_sort;
set enable_hashagg = off;
select * from pg_temp.difference();
reset enable_hashagg;
set parallel_setup_cost = 0;
set parallel_tuple_cost = 0;
set min_parallel_table_scan_size = 0;
set max_parallel_workers_per_gather = 2;
explain (costs off) select reco.robust_stats(x) from observations;
select * from pg_temp.difference();
select (s).n, (s).median = m as same
from (
    select reco.robust_stats(x) as s, percentile_cont(0.5) within group (order by x) as m
    from observations
) whole;
select (reco.robust_stats(x)).n from observations where g = 7;
reset all;
-- A query that fails half-way leaves nothing behind.
select reco.robust_stats(1 / (150000 - i)) from generate_series(1, 200000) i;
select (reco.robust_stats(i)).median from generate_series(1, 200001) i;
drop table observations;

-- The score: in units of the MAD, missing in, missing out.
select reco.robust_zscore(5, s) as high, reco.robust_zscore(3, s) as middle,
       reco.robust_zscore(null, s) as missing, reco.robust_zscore('NaN', s) as no_number,
       reco.robust_zscore('Infinity', s) as infinite, reco.robust_zscore(5, null) as no_stats
from (select reco.robust_stats(x) as s from generate_series(1, 5) x) stats;
-- Statistics may be written by hand.
select reco.robust_zscore(5, (10, 2, 1.5, 1)) as score, reco.robust_zscore(5, (10, null, 1.5, 1)) as missing;
-- A MAD of zero falls back on the mean deviation, or becomes 1e-9.
select reco.robust_zscore(2, s) as fallback, reco.robust_zscore(1, s) as equal,
       reco.robust_zscore(2, s, zero_mad => 'epsilon') as epsilon
from (select reco.robust_stats(x) as s from unnest('{1,1,1,2}'::float8[]) x) stats;
-- Scale and bound.
select reco.robust_zscore(9, s, 2, 1.5) as clipped, reco.robust_zscore(4, s, scale => 2) as scaled,
       reco.robust_zscore(-9, s, clip => 3) as low, reco.robust_zscore(9, s, null, null, null) as plain
from (select reco.robust_stats(x) as s from generate_series(1, 5) x) stats;
-- Each value of a column in its group, by the window: the same as by the array.
select x, reco.robust_zscore(x, reco.robust_stats(x) over ()) as z,
       (reco.robust_zscores(array_agg(x) over (order by i rows between unbounded preceding and unbounded following)))[i] as of_array
from unnest('{100,NULL,3,1,4,2}'::float8[]) with ordinality as t(x, i);
select reco.robust_zscore(9, (1, 1, 1, 1), scale => 0);
select reco.robust_zscore(9, (1, 1, 1, 1), clip => -1);
select reco.robust_zscore(9, (1, 1, 1, 1), zero_mad => 'x');
