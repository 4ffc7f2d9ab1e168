-- Median 3, absolute deviations 2 1 0 1 97: their median 1, their mean 20.2.
select * from reco.list_robust_stats('{1,2,3,4,100}');
select reco.robust_zscores('{1,2,3,4,100}');
-- An even count: the middle of the two in the middle.
select * from reco.list_robust_stats('{4,1,2,3}');
-- Order and place are kept; what is missing has no score and no influence.
select reco.robust_zscores('{100,NULL,3,NaN,1,4,2}');
-- All equal: nothing deviates.
select reco.robust_zscores('{7,7,7}');
-- More than half equal: the mean deviation, 18.6, stands in, both scaled to a standard deviation.
select z[1:4] as equal, round(z[5]::numeric, 9) as outlier,
       round((1.4826022185056018 * 93 / (1.2533141373155003 * 18.6))::numeric, 9) as expected
from reco.robust_zscores('{7,7,7,7,100}') z;
-- One value, none, only missing ones, no array.
select reco.robust_zscores('{5}') as one, reco.robust_zscores('{}') as none,
       reco.robust_zscores('{NULL,NaN}') as missing, reco.robust_zscores(null) is null as no_array;
select count(*) as one from reco.list_robust_stats('{5}');
select count(*) as none from reco.list_robust_stats('{}');
select count(*) as missing from reco.list_robust_stats('{NULL,NaN}');
select count(*) as no_array from reco.list_robust_stats(null);
-- Per group of a column, against PostgreSQL's own percentile.
select g, s.n, abs(s.median - own.median) < 1e-12 as same_median
from (
        select g, array_agg(sin(i * g)) as xs
        from generate_series(1, 3) g, generate_series(1, 1000) i
        group by g
    ) groups,
     reco.list_robust_stats(xs) s,
     lateral (select percentile_cont(0.5) within group (order by x) as median from unnest(xs) x) own
order by g;
