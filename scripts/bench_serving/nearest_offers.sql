-- Times each request in the server, planning included, by the function, and every tenth by the query of before.
create temporary table request as
select r, array(select 'product-' || 1 + floor(random() * (select count(distinct item_id) from recommendable_offers_raw))::int
                from generate_series(1, 600) where r > 0) as items,
    2.3 + random() as lon, 48.5 + random() as lat
from generate_series(1, :requests) r;
create temporary table taken (r int, way text, ms float8, rows bigint);
do $$
declare
    asked record;
    began timestamptz;
    rows bigint;
    plain constant text := $q$
        select offer_id, item_id, item_rank, distance, venue_latitude, venue_longitude, booking_number
        from (
            select o.*, w.item_rank, d.distance,
                row_number() over (partition by o.item_id order by d.distance) as place
            from unnest(%1$L::text[]) with ordinality as w(item_id, item_rank)
                join recommendable_offers_raw_mv as o on o.item_id = w.item_id
                cross join lateral (
                    select st_distance(st_setsrid(st_makepoint(%2$s, %3$s), 4326)::geography, o.venue_geo) as distance
                ) as d
            where coalesce(d.distance, 0) < o.default_max_distance
        ) as near
        where place = 1
        order by item_rank
        limit 500 $q$;
    own constant text := 'select * from reco.nearest_offers(%1$L, %2$s, %3$s)';
begin
    -- Once to warm up, once to measure.
    for round in 0..1 loop
        for asked in select * from request order by r loop
            if asked.r % 10 = 1 then
                began := clock_timestamp();
                execute format('select count(*) from (' || plain || ') as answer', asked.items, asked.lon, asked.lat) into rows;
                insert into taken select asked.r, 'plain SQL', extract(epoch from clock_timestamp() - began) * 1000, rows where round = 1;
            end if;
            began := clock_timestamp();
            execute format('select count(*) from (' || own || ') as answer', asked.items, asked.lon, asked.lat) into rows;
            insert into taken select asked.r, 'nearest_offers', extract(epoch from clock_timestamp() - began) * 1000, rows where round = 1;
        end loop;
    end loop;
end
$$;
select way, count(*) as requests, round(percentile_cont(0.5) within group (order by ms)::numeric, 1) as median_ms,
    round(percentile_cont(0.99) within group (order by ms)::numeric, 1) as p99_ms,
    round(avg(rows)) as rows
from taken group by way order by way desc;
