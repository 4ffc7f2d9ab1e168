-- AIM in PostgreSQL (13 or later), in SQL and PL/pgSQL only: schema `reco`.
--
-- Whoever may create schemas in a database can install this file, and install it again over an earlier
-- version, in one transaction: psql --single-transaction -v ON_ERROR_STOP=1 -f aim_pg.sql
-- The extension aim_pg runs the same file, and then puts native code in the place of what that does
-- better: names, signatures and results are the same.
--
--   distances      distance_m
--   statistics     robust_stats, list_robust_stats, robust_zscore, robust_zscores, tail_probability
--   serving        iris_at, user_context, booked_items, is_recommendable, filter_items, offer_item,
--                  nearest_offers, offer_distances
--   refreshing     build_view, swap_view, refresh_view, refresh_by_workers, refresh_all, swap_table,
--                  reconcile, gc, status
--   itself         version, variant
--
-- Functions find tables and views by their names in `public` when they are called, never before: those
-- can be swapped, and need not exist yet. PostGIS is needed by iris_at only; views built without it lack
-- its columns, as status() says.

do $$ begin perform set_config('aim_pg.installing', pg_current_xact_id()::text, true); end $$;
do $$
begin
    if current_setting('aim_pg.installing', true) is distinct from pg_current_xact_id()::text then
        raise exception 'This file is installed in one transaction: psql --single-transaction -v ON_ERROR_STOP=1'
            using errcode = 'active_sql_transaction';
    elsif exists (
        select from pg_depend where classid = 'pg_namespace'::regclass and objid = to_regnamespace('reco')
            and refclassid = 'pg_extension'::regclass and deptype = 'e'
    ) then
        raise exception 'The extension aim_pg is installed, and has all of this: drop extension aim_pg first'
            using errcode = 'duplicate_object';
    end if;
end
$$;
set local client_min_messages = warning;
-- Functions may name views that do not exist yet.
set local check_function_bodies = off;

create schema if not exists reco;
comment on schema reco is 'AIM: distances, robust statistics, recommendable offers, refresh of views';
-- Functions run with the rights of their caller, so being able to name them gives none.
grant usage on schema reco to public;

-- What a version installed; what its successor does not have is dropped at the end.
create table if not exists reco.part (signature text primary key);

-- ── itself ──────────────────────────────────────────────────────────────────────────────────────────

create or replace function reco.version() returns text
language sql immutable parallel safe
as $$ select '0.1.0' $$;

-- `sql`, or `native` where the extension is installed.
create or replace function reco.variant() returns text
language sql stable parallel safe
as $$
    select case when exists (select from pg_extension where extname = 'aim_pg') then 'native' else 'sql' end
$$;

-- The schema of PostGIS; NULL where it is not installed.
create or replace function reco.postgis_schema() returns name
language sql stable parallel safe
as $$
    select n.nspname from pg_extension as e join pg_namespace as n on n.oid = e.extnamespace
    where e.extname = 'postgis'
$$;

-- ── distances ───────────────────────────────────────────────────────────────────────────────────────

-- Great-circle distance in metres on a sphere of radius 6,371,000, at most 0.6 % from a geodesic. The
-- haversine form: exact at distance 0. Places beyond the poles or the date line are taken as they lie.
create or replace function reco.haversine_m(lon1 float8, lat1 float8, lon2 float8, lat2 float8)
returns float8
language sql immutable parallel safe
as $$
    -- Rounding can lift the sum above 1 between antipodes; `least` would hide a NULL.
    select case when lon1 + lat1 + lon2 + lat2 is not null then
        12742000.0::float8 * asin(sqrt(least(1.0::float8,
            sin(radians(lat2 - lat1) / 2) ^ 2
                + cos(radians(lat1)) * cos(radians(lat2)) * sin(radians(lon2 - lon1) / 2) ^ 2)))
    end
$$;

-- Refuses what is no coordinate; NaN is none.
create or replace function reco.refuse_coordinates(lon1 float8, lat1 float8, lon2 float8, lat2 float8)
returns float8
language plpgsql immutable strict parallel safe
as $$
declare
    names constant text[] := '{lon1,lon2,lat1,lat2}';
    degrees constant float8[] := array[lon1, lon2, lat1, lat2];
    bounds constant int[] := '{180,180,90,90}';
begin
    for at in 1..4 loop
        if not abs(degrees[at]) <= bounds[at] then
            raise exception 'Coordinate % is %, outside -% to % degrees',
                names[at], degrees[at], bounds[at], bounds[at]
                using errcode = 'invalid_parameter_value',
                    hint = 'Arguments come as longitude, latitude, longitude, latitude.';
        end if;
    end loop;
    return null;
end
$$;

-- Great-circle distance in metres between two places given in degrees. NULL in, NULL out.
create or replace function reco.distance_m(lon1 float8, lat1 float8, lon2 float8, lat2 float8)
returns float8
language sql immutable parallel safe
as $$
    select case
        when abs(lon1) <= 180 and abs(lat1) <= 90 and abs(lon2) <= 180 and abs(lat2) <= 90
            then reco.haversine_m(lon1, lat1, lon2, lat2)
        else reco.refuse_coordinates(lon1, lat1, lon2, lat2)
    end
$$;

-- ── statistics ──────────────────────────────────────────────────────────────────────────────────────

do $$
begin
    if to_regtype('reco.robust_statistics') is null then
        create type reco.robust_statistics as (n bigint, median float8, mad float8, aad float8);
    end if;
end
$$;
comment on type reco.robust_statistics is
    'Count, median, median and mean absolute deviation of a group';

-- The median of sorted values; halves first where their sum would overflow.
create or replace function reco.middle(sorted float8[]) returns float8
language plpgsql immutable strict parallel safe
as $$
declare
    n constant int := cardinality(sorted);
    a constant float8 := sorted[(n + 1) / 2];
    b constant float8 := sorted[n / 2 + 1];
begin
    if a = b then
        return a;
    elsif abs(a) > 8e307 and abs(b) > 8e307 then
        return a / 2 + b / 2;
    end if;
    return (a + b) / 2;
end
$$;

-- Statistics of the elements that are neither NULL nor NaN; NULL when there are none. Deviations are
-- added in their order, so that the order of the elements does not matter.
create or replace function reco.robust_stats_final(elements float8[]) returns reco.robust_statistics
language plpgsql immutable parallel safe
as $$
declare
    largest constant float8 := 1.7976931348623157e308;
    stats reco.robust_statistics;
    deviations float8[];
begin
    select count(*), reco.middle(array_agg(x order by x)) into stats.n, stats.median
    from unnest(elements) as x where x <> 'NaN';
    if stats.n = 0 then
        return null;
    end if;
    -- What is too large for a double is infinite; ∞ − ∞ is no deviation at all.
    select array_agg(d order by d) into deviations
    from unnest(elements) as x, lateral (
        select case
            when sign(x) = sign(stats.median) or abs(x) <= largest - abs(stats.median)
                then abs(x - stats.median)
            else 'Infinity'
        end as d
    ) as deviation
    where x <> 'NaN' and d <> 'NaN';
    stats.mad := coalesce(reco.middle(deviations), 'NaN');
    select case when max(d) > largest / stats.n then sum(d / stats.n order by d)
                else sum(d order by d) / count(*) end
        into stats.aad
    from unnest(deviations) as d;
    stats.aad := coalesce(stats.aad, 'NaN');
    return stats;
end
$$;

create or replace aggregate reco.robust_stats(x float8) (
    stype = float8[],
    sfunc = array_append,
    initcond = '{}',
    finalfunc = reco.robust_stats_final,
    combinefunc = array_cat,
    parallel = safe
);
comment on aggregate reco.robust_stats(float8) is
    'Robust statistics of the values that are neither NULL nor NaN; NULL when there are none';

-- Statistics of an array's elements; no row when there are none.
create or replace function reco.list_robust_stats("values" float8[])
returns table (n bigint, median float8, mad float8, aad float8)
language sql immutable strict parallel safe rows 1
as $$ select s.* from reco.robust_stats_final("values") as s where s.n is not null $$;

-- The robust z-score of `x`: (x − median) / mad, divided by `scale`, bounded to ±`clip` unless that is
-- NULL. Where the mad is zero, `zero_mad` takes the mean deviation (`mean_deviation`) or 1e-9
-- (`epsilon`). NULL where `x` or a statistic is missing.
create or replace function reco.robust_zscore(
    x float8, stats reco.robust_statistics, scale float8 default 1, clip float8 default null,
    zero_mad text default 'mean_deviation'
) returns float8
language plpgsql immutable parallel safe
as $$
declare
    -- What turns median and mean absolute deviations into a normal distribution's standard deviation.
    mad_to_sigma constant float8 := 1.4826022185056018;
    aad_to_sigma constant float8 := 1.2533141373155003;
    largest constant float8 := 1.7976931348623157e308;
    deviation float8;
    z float8;
begin
    scale := coalesce(scale, 1);
    if scale = 'NaN' or scale <= 0 then
        raise exception 'scale is %; give a number above 0', scale
            using errcode = 'invalid_parameter_value';
    elsif clip = 'NaN' or clip < 0 then
        raise exception 'clip is negative or NaN; give a bound of 0 or more, or NULL'
            using errcode = 'invalid_parameter_value';
    elsif zero_mad not in ('mean_deviation', 'epsilon') then
        raise exception 'zero_mad is ''%''; give ''mean_deviation'' or ''epsilon''', zero_mad
            using errcode = 'invalid_parameter_value';
    end if;
    if x is null or stats.median is null or stats.mad is null or stats.aad is null then
        return null;
    end if;
    deviation := case
        when sign(x) = sign(stats.median) or abs(x) <= largest - abs(stats.median)
            then x - stats.median
        else sign(x) * 'Infinity'::float8
    end;
    z := case
        when stats.mad <> 0 and abs(stats.mad) < 1 and abs(deviation) > largest * abs(stats.mad)
            then sign(deviation) * 'Infinity'::float8
        when stats.mad <> 0 then deviation / stats.mad
        when zero_mad = 'epsilon' then deviation / 1e-9
        -- All values are equal.
        when stats.aad = 0 then 0
        else mad_to_sigma * deviation / (aad_to_sigma * stats.aad)
    end / scale;
    z := case when clip is null then z when z = 'NaN' then z else greatest(-clip, least(clip, z)) end;
    return nullif(z, 'NaN');
end
$$;

-- The robust z-score of each element among the others, in order; NULL where there is none.
create or replace function reco.robust_zscores("values" float8[]) returns float8[]
language sql immutable strict parallel safe
as $$
    select coalesce(array_agg(reco.robust_zscore(x, s) order by at), '{}')
    from reco.robust_stats_final("values") as s, unnest("values") with ordinality as element(x, at)
$$;

-- How likely a value as extreme as `z` is; only native code can tell it to the last digits.
create or replace function reco.tail_probability(
    z float8, df float8 default null, tail text default 'two'
) returns float8
language plpgsql immutable parallel safe
as $$
begin
    raise exception 'tail_probability needs the extension aim_pg: plain SQL cannot compute it exactly'
        using errcode = 'feature_not_supported',
            hint = 'Create the extension where the server allows it, or use the DuckDB function tail_probability.';
end
$$;

-- ── serving ─────────────────────────────────────────────────────────────────────────────────────────
-- All are read-only. An unknown key gives no row. A user's position is a longitude and a latitude, or two
-- NULLs for a user without one.

-- Whether there is a position; refuses half of one, and what lies outside the globe.
create or replace function reco.is_position(p_lon float8, p_lat float8) returns bool
language plpgsql immutable parallel safe
as $$
begin
    if (p_lon is null) <> (p_lat is null) then
        raise exception 'Only one of p_lon and p_lat is given; give both, or NULL for both'
            using errcode = 'invalid_parameter_value';
    elsif not abs(p_lon) <= 180 then
        raise exception 'p_lon is %, outside -180 to 180 degrees', p_lon
            using errcode = 'invalid_parameter_value';
    elsif not abs(p_lat) <= 90 then
        raise exception 'p_lat is %, outside -90 to 90 degrees', p_lat
            using errcode = 'invalid_parameter_value';
    end if;
    return p_lon is not null;
end
$$;

-- Whether offers can be ordered so; refuses what they cannot be ordered by.
create or replace function reco.is_order(p_order text) returns bool
language plpgsql immutable parallel safe
as $$
begin
    if p_order is null or p_order not in ('item_rank', 'distance', 'booking_number') then
        raise exception 'p_order is %; give ''item_rank'', ''distance'' or ''booking_number''',
            coalesce(quote_literal(p_order), 'NULL')
            using errcode = 'invalid_parameter_value';
    end if;
    return true;
end
$$;

-- The id of the IRIS (statistical district) around a position, the lowest of several. Needs PostGIS.
create or replace function reco.iris_at(p_lon float8, p_lat float8) returns int4
language plpgsql stable parallel safe
as $$
declare
    postgis constant name := reco.postgis_schema();
    iris int4;
begin
    if not reco.is_position(p_lon, p_lat) then
        return null;
    elsif postgis is null then
        raise exception 'iris_at needs PostGIS, which is not installed: create extension postgis, then refresh iris_france_mv'
            using errcode = 'feature_not_supported';
    end if;
    execute format('select min(id) from public.iris_france_mv
        where %1$I.st_contains(shape, %1$I.st_setsrid(%1$I.st_makepoint($1, $2), 0))', postgis)
        into iris using p_lon, p_lat;
    return iris;
end
$$;

-- What is known of a user; of an unknown one, what stands in. Counters start at 0. The age is NULL for a
-- known user without a date of birth, 18 for an unknown one. The credit is what remains, or else the
-- initial amount; 150 where that is missing or negative. A user is cold with fewer than 2 bookings, 25
-- clicks and 2 favourites. No IRIS without a position or without PostGIS.
create or replace function reco.user_context(
    p_user_id text, p_lon float8 default null, p_lat float8 default null
) returns table (
    user_id text, found bool, age int4, bookings_count int4, clicks_count int4, favorites_count int4,
    remaining_credit real, is_cold_start bool, iris_id int4, is_geolocated bool
)
language sql stable parallel safe rows 1
as $$
    select
        p_user_id,
        u.user_id is not null,
        case when u.user_id is null then 18 else extract(year from age(current_date, u.user_birth_date))::int4 end,
        coalesce(u.booking_cnt, 0),
        coalesce(u.consult_offer, 0),
        coalesce(u.has_added_offer_to_favorites, 0),
        case
            when coalesce(u.user_theoretical_remaining_credit, u.user_deposit_initial_amount) >= 0
                then coalesce(u.user_theoretical_remaining_credit, u.user_deposit_initial_amount)
            else 150
        end::real,
        (u.booking_cnt >= 2 or u.consult_offer >= 25 or u.has_added_offer_to_favorites >= 2) is not true,
        case when reco.postgis_schema() is not null then reco.iris_at(p_lon, p_lat) end,
        reco.is_position(p_lon, p_lat)
    from (select) as one
        left join public.enriched_user_mv as u on u.user_id = p_user_id
$$;

-- The items that a user has booked.
create or replace function reco.booked_items(p_user_id text) returns setof text
language sql stable parallel safe
as $$ select item_id::text from public.non_recommendable_items_mv where user_id = p_user_id $$;

-- Whether a user may be recommended an item: not one that is booked, nor one all of whose offers are
-- sensitive, nor one without offers. NULL for no item; without a user, nothing is booked.
create or replace function reco.is_recommendable(p_user_id text, p_item_id text) returns bool
language sql stable parallel safe
as $$
    select
        not exists (
            select from public.non_recommendable_items_mv
            where user_id = p_user_id and item_id = p_item_id
        )
        -- The index on the first view answers for most items; the second one knows also digital offers.
        and (
            exists (select from public.recommendable_offers_raw_mv where item_id = p_item_id)
            or exists (
                select from public.item_ids_mv where item_id = p_item_id and is_sensitive is not true
            )
        )
    where p_item_id is not null
$$;

-- Items in their order, without those the user has booked. The rank is the item's first place in the
-- array, from 1.
create or replace function reco.filter_items(p_user_id text, p_item_ids text[])
returns table (item_id text, item_rank int4)
language sql stable parallel safe
as $$
    select wanted.item_id, min(wanted.place)::int4
    from unnest(p_item_ids) with ordinality as wanted(item_id, place)
    where wanted.item_id is not null
        and not exists (
            select from public.non_recommendable_items_mv as booked
            where booked.user_id = p_user_id and booked.item_id = wanted.item_id
        )
    group by wanted.item_id
    order by 2
$$;

-- An offer: its item, bookings, and mean position.
create or replace function reco.offer_item(p_offer_id text)
returns table (
    offer_id text, item_id text, booking_number int4, is_sensitive bool,
    venue_latitude numeric, venue_longitude numeric
)
language sql stable parallel safe rows 1
as $$
    select offer_id, item_id, booking_number, is_sensitive, venue_latitude, venue_longitude
    from public.item_ids_mv where offer_id = p_offer_id
$$;

-- The nearest offer of each item, for a user at a position; none without a position. Offers within
-- p_max_distance_m, or else nearer than their own default_max_distance; an offer without a position
-- counts as near, with a distance of NULL. Ties go to the earliest date, then by offer. Items the user
-- has booked are left out. A bound on a date is inclusive, and leaves out offers without that date.
create or replace function reco.nearest_offers(
    p_item_ids text[], p_lon float8, p_lat float8, p_user_id text default null,
    p_max_distance_m int4 default null, p_limit int4 default 500, p_order text default 'item_rank',
    p_starts_after timestamp default null, p_starts_before timestamp default null,
    p_created_after timestamp default null
) returns table (
    offer_id text, item_id text, item_rank int4, distance_m float8, venue_latitude numeric,
    venue_longitude numeric, booking_number int4, offer_creation_date timestamp,
    stock_beginning_date timestamp
)
language sql stable parallel safe rows 500
as $$
    select near.offer_id, wanted.item_id, wanted.item_rank, near.distance_m, near.venue_latitude,
        near.venue_longitude, near.booking_number, near.offer_creation_date, near.stock_beginning_date
    from reco.filter_items(p_user_id, p_item_ids) as wanted
        -- Item by item: a few index look-ups each, whatever the planner believes of their number.
        cross join lateral (
            select o.*, d.distance_m
            from public.recommendable_offers_raw_mv as o
                cross join lateral (
                    select reco.haversine_m(
                        p_lon, p_lat, o.venue_longitude::float8, o.venue_latitude::float8) as distance_m
                ) as d
            where o.item_id = wanted.item_id
                and case
                    when p_max_distance_m is null then coalesce(d.distance_m, 0) < o.default_max_distance
                    else coalesce(d.distance_m, 0) <= p_max_distance_m
                end
                and (p_starts_after is null or o.stock_beginning_date >= p_starts_after)
                and (p_starts_before is null or o.stock_beginning_date <= p_starts_before)
                and (p_created_after is null or o.offer_creation_date >= p_created_after)
            order by d.distance_m, o.stock_beginning_date, o.offer_id, o.unique_id
            limit 1
        ) as near
    where reco.is_position(p_lon, p_lat) and reco.is_order(p_order)
    order by
        case when p_order = 'distance' then near.distance_m end,
        case when p_order = 'booking_number' then near.booking_number end desc nulls last,
        wanted.item_rank
    limit p_limit
$$;

-- How far offers are from a position, by the nearest place of each; NULL without a position.
create or replace function reco.offer_distances(p_offer_ids text[], p_lon float8, p_lat float8)
returns table (
    offer_id text, item_id text, distance_m float8, venue_latitude numeric, venue_longitude numeric
)
language sql stable parallel safe
as $$
    select wanted.offer_id, near.item_id, near.distance_m, near.venue_latitude, near.venue_longitude
    from (select offer_id, min(place) as place
          from unnest(p_offer_ids) with ordinality as given(offer_id, place) group by 1) as wanted
        cross join lateral (
            select o.item_id, o.venue_latitude, o.venue_longitude, d.distance_m
            from public.recommendable_offers_raw_mv as o
                cross join lateral (
                    select reco.haversine_m(
                        p_lon, p_lat, o.venue_longitude::float8, o.venue_latitude::float8) as distance_m
                ) as d
            where o.offer_id = wanted.offer_id
            order by d.distance_m, o.item_id, o.stock_beginning_date, o.unique_id
            limit 1
        ) as near
    where reco.is_position(p_lon, p_lat) is not null
    order by wanted.place
$$;

-- ── what the views are ──────────────────────────────────────────────────────────────────────────────
-- The lists of this section are those of the runner's sql/reco/tables.toml, where they are maintained: its
-- unit tests fail where the two differ, and print what belongs here.

-- An earlier version answered fewer columns.
drop function if exists reco.views();
create function reco.views()
returns table (view text, function text, base text, condition text, group_by text, order_by text)
language sql immutable parallel safe
as $$
    values
        ('enriched_user_mv', 'get_enriched_user', 'enriched_user', null, null, null),
        ('item_ids_mv', 'get_item_ids', 'recommendable_offers_raw', null, 'base.offer_id', null),
        ('non_recommendable_items_mv', 'get_non_recommendable_items', 'non_recommendable_items_data', null, null, 'user_id, item_id'),
        ('iris_france_mv', 'get_iris_france', 'iris_france', null, null, null),
        ('recommendable_offers_raw_mv', 'get_recommendable_offers_raw', 'recommendable_offers_raw', 'is_geolocated and not is_sensitive', null, 'item_id, offer_id, unique_id'),
        ('venue_h3_mapping_mv', 'get_venue_h3_mapping', 'venue_h3_mapping', null, null, null),
        ('similar_artist_mv', 'get_similar_artist', 'similar_artist', null, null, null)
$$;

-- Columns in their order. `value` is the expression where it is not the base's column of that name. A
-- column marked `if_present` is there where the base has it; one with {postgis}, where PostGIS is.
create or replace function reco.view_columns()
returns table (view text, place bigint, name text, type text, value text, if_present bool)
language sql immutable parallel safe
as $$
    select c.view, row_number() over (), c.name, c.type, c.value, c.if_present
    from (
        values
            ('enriched_user_mv', 'user_id', 'varchar', null, false),
            ('enriched_user_mv', 'user_deposit_creation_date', 'timestamp', null, false),
            ('enriched_user_mv', 'user_birth_date', 'timestamp', null, false),
            ('enriched_user_mv', 'user_deposit_initial_amount', 'real', null, false),
            ('enriched_user_mv', 'user_theoretical_remaining_credit', 'real', null, false),
            ('enriched_user_mv', 'booking_cnt', 'integer', null, false),
            ('enriched_user_mv', 'consult_offer', 'integer', null, false),
            ('enriched_user_mv', 'has_added_offer_to_favorites', 'integer', null, false),
            ('item_ids_mv', 'offer_id', 'varchar', null, false),
            ('item_ids_mv', 'item_id', 'varchar', 'max(item_id)', false),
            ('item_ids_mv', 'booking_number', 'integer', 'max(booking_number)', false),
            ('item_ids_mv', 'is_sensitive', 'boolean', 'bool_or(is_sensitive)', false),
            ('item_ids_mv', 'venue_latitude', 'numeric', 'avg(venue_latitude)', false),
            ('item_ids_mv', 'venue_longitude', 'numeric', 'avg(venue_longitude)', false),
            ('non_recommendable_items_mv', 'user_id', 'varchar', null, false),
            ('non_recommendable_items_mv', 'item_id', 'varchar', null, false),
            ('iris_france_mv', 'id', 'integer', 'id::integer', false),
            ('iris_france_mv', 'iriscode', 'integer', 'public.cast_to_int("irisCode", 0)', false),
            ('iris_france_mv', 'centroid', '{postgis}.geography', 'centroid::{postgis}.geography', false),
            ('iris_france_mv', 'shape', '{postgis}.geometry', '{postgis}.st_setsrid(shape, 0)', false),
            ('iris_france_mv', 'iris_code', 'varchar', '"irisCode"', false),
            ('recommendable_offers_raw_mv', 'offer_id', 'varchar', null, false),
            ('recommendable_offers_raw_mv', 'item_id', 'varchar', null, false),
            ('recommendable_offers_raw_mv', 'offer_creation_date', 'timestamp', null, false),
            ('recommendable_offers_raw_mv', 'stock_beginning_date', 'timestamp', null, false),
            ('recommendable_offers_raw_mv', 'booking_number', 'integer', null, false),
            ('recommendable_offers_raw_mv', 'venue_latitude', 'numeric', null, false),
            ('recommendable_offers_raw_mv', 'venue_longitude', 'numeric', null, false),
            ('recommendable_offers_raw_mv', 'venue_id', 'integer', null, true),
            ('recommendable_offers_raw_mv', 'venue_geo', '{postgis}.geography', '{postgis}.st_setsrid({postgis}.st_makepoint(venue_longitude::float8, venue_latitude::float8), 4326)::{postgis}.geography', false),
            ('recommendable_offers_raw_mv', 'default_max_distance', 'integer', null, false),
            ('recommendable_offers_raw_mv', 'unique_id', 'varchar', null, false),
            ('recommendable_offers_raw_mv', 'new_offer_is_geolocated', 'boolean', null, true),
            ('recommendable_offers_raw_mv', 'new_offer_creation_days', 'integer', null, true),
            ('recommendable_offers_raw_mv', 'new_offer_stock_price', 'numeric', null, true),
            ('recommendable_offers_raw_mv', 'new_offer_stock_beginning_days', 'numeric', null, true),
            ('recommendable_offers_raw_mv', 'new_offer_centroid_x', 'numeric', null, true),
            ('recommendable_offers_raw_mv', 'new_offer_centroid_y', 'numeric', null, true),
            ('venue_h3_mapping_mv', 'venue_id', 'integer', null, false),
            ('venue_h3_mapping_mv', 'latitude', 'numeric', null, false),
            ('venue_h3_mapping_mv', 'longitude', 'numeric', null, false),
            ('venue_h3_mapping_mv', 'venue_geo', '{postgis}.geography', '{postgis}.st_setsrid({postgis}.st_makepoint(longitude::float8, latitude::float8), 4326)::{postgis}.geography', false),
            ('venue_h3_mapping_mv', 'h3_res5', 'varchar', null, false),
            ('venue_h3_mapping_mv', 'h3_res6', 'varchar', null, false),
            ('venue_h3_mapping_mv', 'h3_res7', 'varchar', null, false),
            ('venue_h3_mapping_mv', 'h3_res8', 'varchar', null, false),
            ('venue_h3_mapping_mv', 'h3_res9', 'varchar', null, false),
            ('similar_artist_mv', 'artist_id', 'varchar', null, false),
            ('similar_artist_mv', 'similar_artists_json', 'json', null, false)
    ) as c(view, name, type, value, if_present)
$$;

-- Indexes. The time of the build follows the name.
create or replace function reco.view_indexes()
returns table (view text, name text, is_unique bool, method text, columns text[])
language sql immutable parallel safe
as $$
    values
        ('enriched_user_mv', 'idx_enriched_user_mv_user_tmp_', true, 'btree', array['user_id']),
        ('item_ids_mv', 'idx_item_ids_mv_', true, 'btree', array['offer_id']),
        ('non_recommendable_items_mv', 'idx_non_recommendable_user_item_id_tmp_', true, 'btree', array['user_id', 'item_id']),
        ('non_recommendable_items_mv', 'idx_non_recommendable_item_id_tmp_', false, 'btree', array['user_id']),
        ('iris_france_mv', 'idx_iris_france_centroid_tmp_', false, 'gist', array['centroid']),
        ('iris_france_mv', 'idx_iris_france_shape_tmp_', false, 'gist', array['shape']),
        ('iris_france_mv', 'iris_france_pkey_tmp_', true, 'btree', array['id']),
        ('recommendable_offers_raw_mv', 'unique_idx_recommendable_offers_raw_mv_tmp_', true, 'btree', array['item_id', 'offer_id', 'unique_id']),
        ('recommendable_offers_raw_mv', 'offer_idx_offer_recommendable_raw_', false, 'btree', array['offer_id']),
        ('recommendable_offers_raw_mv', 'item_idx_offer_recommendable_raw_', false, 'btree', array['item_id']),
        ('recommendable_offers_raw_mv', 'venue_geo_idx_offer_recommendable_raw_', false, 'gist', array['venue_geo']),
        ('recommendable_offers_raw_mv', 'venue_idx_offer_recommendable_raw_', false, 'btree', array['venue_id']),
        ('recommendable_offers_raw_mv', 'item_venue_idx_offer_recommendable_raw_', false, 'btree', array['item_id', 'venue_id']),
        ('venue_h3_mapping_mv', 'idx_venue_h3_mapping_mv_venue_', true, 'btree', array['venue_id']),
        ('venue_h3_mapping_mv', 'idx_venue_h3_mapping_mv_geo_', false, 'gist', array['venue_geo']),
        ('venue_h3_mapping_mv', 'idx_venue_h3_mapping_mv_res5_', false, 'btree', array['h3_res5']),
        ('venue_h3_mapping_mv', 'idx_venue_h3_mapping_mv_res6_', false, 'btree', array['h3_res6']),
        ('venue_h3_mapping_mv', 'idx_venue_h3_mapping_mv_res7_', false, 'btree', array['h3_res7']),
        ('venue_h3_mapping_mv', 'idx_venue_h3_mapping_mv_res8_', false, 'btree', array['h3_res8']),
        ('venue_h3_mapping_mv', 'idx_venue_h3_mapping_mv_res9_', false, 'btree', array['h3_res9']),
        ('similar_artist_mv', 'idx_similar_artist_mv_', true, 'btree', array['artist_id'])
$$;

-- The columns that a view has on this server, {postgis} replaced.
create or replace function reco.present_columns(p_view text)
returns table (place bigint, name text, type text, value text)
language sql stable
as $$
    select c.place, c.name,
        replace(c.type, '{postgis}', quote_ident(p.postgis)),
        coalesce(replace(c.value, '{postgis}', quote_ident(p.postgis)), 'base.' || quote_ident(c.name))
    from reco.views() as v
        join reco.view_columns() as c on c.view = v.view
        cross join (select coalesce(reco.postgis_schema(), '') as postgis) as p
    where v.view = p_view
        and (p.postgis <> '' or position('{postgis}' in c.type) = 0)
        and (not c.if_present or exists (
            select from pg_attribute as a
            where a.attrelid = to_regclass(format('public.%I', v.base)) and a.attname = c.name
                and not a.attisdropped
        ))
$$;

-- ── refreshing ──────────────────────────────────────────────────────────────────────────────────────
-- Locks, names of what is being built, and run ids (14 digits of a time, 6 hexadecimal ones) are those of
-- the runner: both can work on one database, and collect each other's leftovers.

-- What has been built here; status() reads it.
create table if not exists reco.run (
    view text not null,
    run_id text not null,
    mode text not null,
    row_count bigint not null,
    built_at timestamptz not null default clock_timestamp(),
    is_live bool not null,
    primary key (view, run_id)
);
grant select on reco.run to public;

create or replace function reco.new_run_id() returns text
language sql volatile
as $$ select to_char(clock_timestamp(), 'YYYYMMDDHH24MISS') || left(md5(random()::text || pg_backend_pid()), 6) $$;

-- The name of a view for as long as it is built.
create or replace function reco.staging_name(p_name text, p_run_id text) returns text
language plpgsql immutable
as $$
begin
    if p_run_id is null or p_run_id !~ '^[0-9]{14}[0-9a-f]{6}$' then
        raise exception 'Run id is %; give 14 digits and 6 hexadecimal ones, as reco.new_run_id() does',
            coalesce(quote_literal(p_run_id), 'NULL')
            using errcode = 'invalid_parameter_value';
    end if;
    return p_name || '__stg_' || p_run_id;
end
$$;

-- A relation, by its name as SQL writes it; without a schema, in `public`. NULL where there is none.
create or replace function reco.relation(p_name text) returns regclass
language plpgsql stable
as $$
declare
    parts constant text[] := parse_ident(p_name);
begin
    return to_regclass(case cardinality(parts)
        when 1 then format('public.%I', parts[1])
        else (select string_agg(quote_ident(part), '.' order by at) from unnest(parts) with ordinality as p(part, at))
    end);
end
$$;

-- Its name with its schema, quoted.
create or replace function reco.full_name(p_relation regclass) returns text
language sql stable
as $$
    select format('%I.%I', n.nspname, c.relname)
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace where c.oid = p_relation
$$;

-- The two keys of the advisory lock on a relation in `public`.
create or replace function reco.lock_space() returns int
language sql immutable
as $$ select hashtext('aim recommendation export') $$;

create or replace function reco.lock_key(p_name text) returns int
language sql immutable
as $$ select hashtext('public.' || p_name) $$;

-- Sets the time that locks are waited for until the transaction ends; answers the former setting.
create or replace function reco.set_lock_timeout(p_timeout interval) returns text
language plpgsql volatile
as $$
declare
    former constant text := current_setting('lock_timeout');
begin
    if p_timeout is null or p_timeout <= interval '0' then
        raise exception 'p_lock_timeout is %; give an interval above 0', coalesce(p_timeout::text, 'NULL')
            using errcode = 'invalid_parameter_value';
    end if;
    perform set_config('lock_timeout', ceil(extract(epoch from p_timeout) * 1000)::bigint::text, true);
    return former;
end
$$;

-- Gives a new relation what owners and administrators set on the old one: owner, privileges, comments. The
-- runner runs the same block by itself, where this file is not installed.
create or replace function reco.copy_attributes(p_source regclass, p_target regclass) returns void
language plpgsql volatile
as $attributes$
declare
    entry record;
begin
    -- First: what an owner may do moves along with the ownership.
    for entry in
        select theirs.relowner
        from pg_class as theirs, pg_class as ours
        where theirs.oid = p_source and ours.oid = p_target and theirs.relowner <> ours.relowner
    loop
        execute format('alter table %s owner to %s', p_target, entry.relowner::regrole);
    end loop;
    -- What default privileges gave the new relation is not what the old one has. Without a list, an owner
    -- may do everything.
    for entry in
        select acl.grantee
        from pg_class as relation, aclexplode(relation.relacl) as acl
        where relation.oid = p_target and acl.grantee <> relation.relowner
        union
        select relowner from pg_class where oid = p_source and relacl is not null
    loop
        execute format('revoke all on %s from %s', p_target,
            case entry.grantee when 0 then 'public' else entry.grantee::regrole::text end);
    end loop;
    for entry in
        select acl.grantee, acl.privilege_type, acl.is_grantable, null::name as attname
        from pg_class, aclexplode(relacl) as acl
        where pg_class.oid = p_source
        union all
        select acl.grantee, acl.privilege_type, acl.is_grantable, ours.attname
        from pg_attribute as theirs
            join pg_attribute as ours on ours.attrelid = p_target and ours.attname = theirs.attname,
            aclexplode(theirs.attacl) as acl
        where theirs.attrelid = p_source and theirs.attnum > 0 and not theirs.attisdropped
    loop
        execute format('grant %s%s on %s to %s%s',
            entry.privilege_type,
            case when entry.attname is not null then format(' (%I)', entry.attname) end,
            p_target,
            case entry.grantee when 0 then 'public' else entry.grantee::regrole::text end,
            case when entry.is_grantable and entry.grantee <> 0
                and entry.grantee <> (select relowner from pg_class where oid = p_source)
                then ' with grant option' end);
    end loop;
    for entry in
        select c.relkind, obj_description(p_source, 'pg_class') as comment from pg_class as c
        where c.oid = p_target and obj_description(p_source, 'pg_class') is not null
    loop
        execute format('comment on %s %s is %L',
            case entry.relkind when 'm' then 'materialized view' else 'table' end, p_target, entry.comment);
    end loop;
    for entry in
        select ours.attname, col_description(p_source, theirs.attnum) as comment
        from pg_attribute as theirs
            join pg_attribute as ours on ours.attrelid = p_target and ours.attname = theirs.attname
        where theirs.attrelid = p_source and theirs.attnum > 0 and not theirs.attisdropped
            and col_description(p_source, theirs.attnum) is not null
    loop
        execute format('comment on column %s.%I is %L', p_target, entry.attname, entry.comment);
    end loop;
end
$attributes$;

-- Puts a staging relation (table or materialised view) in the place of the live one of the same kind, if
-- there is one. It all happens, or nothing.
create or replace function reco.replace_relation(p_live text, p_staging regclass, p_lock_timeout interval)
returns void
language plpgsql volatile
as $$
declare
    live_schema name;
    live_name constant name := (parse_ident(p_live))[cardinality(parse_ident(p_live))];
    old_name constant text := 'aim_old_' || md5(random()::text || pg_backend_pid());
    kind "char";
    command text;
    live regclass;
    readers text;
    former text;
begin
    select n.nspname, c.relkind into live_schema, kind
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace where c.oid = p_staging;
    if kind not in ('r', 'm') then
        raise exception '% is neither a table nor a materialized view', reco.full_name(p_staging)
            using errcode = 'wrong_object_type';
    end if;
    command := case kind when 'm' then 'materialized view' else 'table' end;
    former := reco.set_lock_timeout(p_lock_timeout);
    live := reco.relation(p_live);
    if live = p_staging then
        raise exception '% cannot replace itself', reco.full_name(live) using errcode = 'invalid_parameter_value';
    elsif live is not null then
        if kind <> (select relkind from pg_class where oid = live) then
            raise exception '% and % are of different kinds: both must be tables, or materialized views',
                reco.full_name(live), reco.full_name(p_staging)
                using errcode = 'wrong_object_type';
        elsif live_schema <> (select n.nspname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace where c.oid = live) then
            raise exception '% and % are in different schemas', reco.full_name(live), reco.full_name(p_staging)
                using errcode = 'invalid_parameter_value';
        end if;
        select string_agg(distinct rule.ev_class::regclass::text, ', ') into readers
        from pg_depend as d join pg_rewrite as rule on rule.oid = d.objid
        where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass
            and d.refobjid = live and rule.ev_class <> live;
        if readers is not null then
            raise exception '% cannot be replaced: % reads it directly and would keep the old rows',
                reco.full_name(live), readers
                using errcode = 'dependent_objects_still_exist',
                    hint = 'Drop that, or refresh with the mode ''concurrent''.';
        end if;
        begin
            execute format('alter %s %s rename to %I', command, reco.full_name(live), old_name);
        exception when lock_not_available then
            raise exception '% is in use and was not replaced within %: it is as it was', p_live, p_lock_timeout
                using errcode = 'lock_not_available',
                    hint = 'End the transactions that read it (pg_stat_activity), or give a longer p_lock_timeout.';
        end;
        perform reco.copy_attributes(live, p_staging);
    end if;
    execute format('alter %s %s rename to %I', command, reco.full_name(p_staging), live_name);
    if live is not null then
        execute format('drop %s %I.%I', command, live_schema, old_name);
    end if;
    perform set_config('lock_timeout', former, true);
end
$$;

-- Puts a loaded staging table in the place of the live one, with its owner, privileges and comments. Where
-- readers hold the live one longer than p_lock_timeout, error 55P03, and both are as they were.
create or replace function reco.swap_table(
    p_live text, p_staging text, p_lock_timeout interval default '5 s'
) returns void
language plpgsql volatile
as $$
declare
    staging constant regclass := reco.relation(p_staging);
begin
    if staging is null then
        raise exception 'There is no table %: load it first', p_staging using errcode = 'undefined_table';
    end if;
    perform reco.replace_relation(p_live, staging, p_lock_timeout);
end
$$;

-- Builds a view beside the live one; the locks are the caller's matter.
create or replace function reco.build(p_view text, p_run_id text) returns bigint
language plpgsql volatile
as $$
declare
    staging constant text := reco.staging_name(p_view, p_run_id);
    definition record;
    storage text;
    body text;
    entry record;
    moment timestamp := to_timestamp(left(p_run_id, 14), 'YYYYMMDDHH24MISS');
    suffix text;
    rows bigint;
    keys text;
begin
    select v.* into definition from reco.views() as v where v.view = p_view;
    if to_regclass(format('public.%I', definition.base)) is null then
        raise exception '% reads public.%, which does not exist: import it first', p_view, definition.base
            using errcode = 'undefined_table';
    end if;
    select format('select %s from public.%I as base%s%s%s',
            string_agg(format('(%s)::%s as %I', c.value, c.type, c.name), ', ' order by c.place),
            definition.base, ' where ' || definition.condition, ' group by ' || definition.group_by,
            ' order by ' || definition.order_by)
        into body
    from reco.present_columns(p_view) as c;
    if position('cast_to_int' in body) > 0 then
        -- A text's integer, or the second argument where the text is none; NULL for NULL.
        create or replace function public.cast_to_int(value text, otherwise integer) returns integer
        language sql immutable parallel safe
        as $cast$
            select case
                when value is null then null
                when value ~ '^[ \t\n\v\f\r]*[+-]?[0-9]+[ \t\n\v\f\r]*$' then value::integer
                else otherwise
            end
        $cast$;
    end if;
    -- The body is a text, so it finds the base table by its name at each refresh.
    execute format('create function public.%I() returns table (%s) language sql stable parallel safe as %L',
        staging,
        (select string_agg(format('%I %s', c.name, c.type), ', ' order by c.place) from reco.present_columns(p_view) as c),
        body);
    select coalesce(' with (' || array_to_string(reloptions, ', ') || ')', '')
            || coalesce(' tablespace ' || quote_ident(t.spcname), '')
        into storage
    from pg_class as c left join pg_tablespace as t on t.oid = c.reltablespace
    where c.oid = to_regclass(format('public.%I', p_view));
    -- A refresh, unlike the making of a view, freezes the rows: they are there for every snapshot, also for
    -- one that is older than the build.
    execute format('create materialized view public.%I%s as select * from public.%I() with no data',
        staging, coalesce(storage, ''), staging);
    execute format('refresh materialized view public.%I', staging);
    -- Names of indexes are free again once the view that had them is dropped.
    loop
        suffix := to_char(moment, 'YYYYMMDDHH24MISS');
        exit when not exists (
            select from reco.view_indexes() as i
            where i.view = p_view and to_regclass(format('public.%I', i.name || suffix)) is not null
        );
        moment := moment + interval '1 s';
    end loop;
    for entry in
        select i.* from reco.view_indexes() as i
        where i.view = p_view
            and i.columns <@ (select array_agg(c.name) from reco.present_columns(p_view) as c)
        order by not i.is_unique
    loop
        begin
            execute format('create %sindex %I on public.%I using %I (%s)%s',
                case when entry.is_unique then 'unique ' end, entry.name || suffix, staging, entry.method,
                (select string_agg(quote_ident(name), ', ' order by at) from unnest(entry.columns) with ordinality as c(name, at)),
                case entry.method when 'gist' then ' with (buffering = on)' end);
            if entry.method = 'gist' then
                -- A quarter faster on a million points; of no use to the index that is there then.
                execute format('alter index public.%I reset (buffering)', entry.name || suffix);
            end if;
        exception when unique_violation then
            execute format(
                'select string_agg(format(''(%%s) %%s times'', shown, times), ''; '') from (
                    select concat_ws('', '', %1$s) as shown, count(*) as times from public.%2$I
                    where (%1$s) is not null group by %1$s having count(*) > 1 order by 2 desc, 1 limit 10
                ) as duplicates',
                (select string_agg(quote_ident(name), ', ' order by at) from unnest(entry.columns) with ordinality as c(name, at)),
                staging) into keys;
            raise exception '% would have several rows with the same %: %', p_view, array_to_string(entry.columns, ', '), keys
                using errcode = 'unique_violation',
                    hint = format('The live view is as it was; repair %s and import it again.', definition.base);
        end;
    end loop;
    execute format('analyze public.%I', staging);
    execute format('select count(*) from public.%I', staging) into rows;
    return rows;
end
$$;

-- Puts a built view, and the function it selects from, in the place of the live ones.
create or replace function reco.swap(p_view text, p_run_id text, p_lock_timeout interval) returns void
language plpgsql volatile
as $$
declare
    staging constant text := reco.staging_name(p_view, p_run_id);
    built constant regclass := to_regclass(format('public.%I', staging));
    function constant text := (select v.function from reco.views() as v where v.view = p_view);
begin
    if built is null then
        raise exception 'There is no build % of %: call reco.build_view first', p_run_id, p_view
            using errcode = 'undefined_table';
    end if;
    perform reco.replace_relation(quote_ident(p_view), built, p_lock_timeout);
    if to_regprocedure(format('public.%I()', function)) is not null then
        execute format('drop function public.%I()', function);
    end if;
    execute format('alter function public.%I() rename to %I', staging, function);
end
$$;

-- Refuses a view that this file does not define.
create or replace function reco.ensure_view(p_view text) returns void
language plpgsql immutable
as $$
begin
    if not exists (select from reco.views() as v where v.view = p_view) then
        raise exception 'There is no view %; give one of %', coalesce(quote_literal(p_view), 'NULL'),
            (select string_agg(v.view, ', ') from reco.views() as v)
            using errcode = 'invalid_parameter_value';
    end if;
end
$$;

-- Builds a view with its indexes and statistics beside the live one, where serving does not see it; answers
-- its rows. The session then holds the lock on the view until swap_view, or until it ends: call both in
-- one session. A build whose session is gone is an orphan.
create or replace function reco.build_view(p_view text, p_run_id text) returns bigint
language plpgsql volatile
as $$
declare
    rows bigint;
begin
    perform reco.ensure_view(p_view);
    perform reco.staging_name(p_view, p_run_id);
    perform pg_advisory_xact_lock_shared(reco.lock_space(), reco.lock_key(v.base)) from reco.views() as v where v.view = p_view;
    perform pg_advisory_lock(reco.lock_space(), reco.lock_key(p_view));
    begin
        rows := reco.build(p_view, p_run_id);
        insert into reco.run (view, run_id, mode, row_count, is_live) values (p_view, p_run_id, 'swap', rows, false)
        on conflict (view, run_id) do update set row_count = rows, is_live = false;
    exception when others then
        perform pg_advisory_unlock(reco.lock_space(), reco.lock_key(p_view));
        raise;
    end;
    -- The session holds the lock once, however often it builds.
    if current_setting('aim_pg.build_of_' || p_view, true) <> '' then
        perform pg_advisory_unlock(reco.lock_space(), reco.lock_key(p_view));
    end if;
    perform set_config('aim_pg.build_of_' || p_view, p_run_id, false);
    return rows;
end
$$;

-- Puts what build_view built in the place of the live view, with its owner, privileges and comments; one
-- relation of that name is left. Where readers hold the live one longer than p_lock_timeout, error 55P03:
-- the live view and the build are as they were.
create or replace function reco.swap_view(
    p_view text, p_run_id text, p_lock_timeout interval default '5 s'
) returns void
language plpgsql volatile
as $$
declare
    former text;
begin
    perform reco.ensure_view(p_view);
    former := reco.set_lock_timeout(p_lock_timeout);
    perform pg_advisory_xact_lock(reco.lock_space(), reco.lock_key(p_view));
    perform set_config('lock_timeout', former, true);
    perform reco.swap(p_view, p_run_id, p_lock_timeout);
    update reco.run set is_live = run_id = p_run_id, built_at = case run_id when p_run_id then clock_timestamp() else built_at end
    where view = p_view and (is_live or run_id = p_run_id);
    -- What build_view holds; the transaction still holds the lock by itself.
    if current_setting('aim_pg.build_of_' || p_view, true) <> '' then
        perform pg_advisory_unlock(reco.lock_space(), reco.lock_key(p_view));
        perform set_config('aim_pg.build_of_' || p_view, '', false);
    end if;
end
$$;

-- Brings a view up to date, and answers its rows. `swap` builds another and swaps: readers wait for a
-- moment at most. `concurrent` compares row by row: readers never wait; the view must have been filled once.
-- `plain` lets readers wait until it is done; these two also take a materialised view of your own.
-- Waits as long as lock_timeout allows for another refresh of the view, or an import of its base.
create or replace function reco.refresh_view(p_view text, p_mode text default 'swap') returns bigint
language plpgsql volatile
as $$
declare
    run_id constant text := reco.new_run_id();
    view_name text;
    live regclass;
    rows bigint;
begin
    if p_mode is null or p_mode not in ('swap', 'concurrent', 'plain') then
        raise exception 'p_mode is %; give ''swap'', ''concurrent'' or ''plain''', coalesce(quote_literal(p_mode), 'NULL')
            using errcode = 'invalid_parameter_value';
    end if;
    if p_mode = 'swap' then
        perform reco.ensure_view(p_view);
    end if;
    live := reco.relation(p_view);
    view_name := coalesce((select relname from pg_class where oid = live), p_view);
    perform pg_advisory_xact_lock_shared(reco.lock_space(), reco.lock_key(v.base)) from reco.views() as v where v.view = view_name;
    perform pg_advisory_xact_lock(reco.lock_space(), reco.lock_key(view_name));
    if p_mode = 'swap' then
        rows := reco.build(p_view, run_id);
        perform reco.swap(p_view, run_id, '5 s');
    elsif live is null then
        raise exception '% does not exist yet: refresh it once with the mode ''swap''', p_view
            using errcode = 'undefined_table';
    else
        execute format('refresh materialized view %s%s',
            case p_mode when 'concurrent' then 'concurrently ' end, reco.full_name(live));
        execute format('analyze %s', reco.full_name(live));
        execute format('select count(*) from %s', reco.full_name(live)) into rows;
    end if;
    update reco.run set is_live = false where view = view_name and is_live;
    insert into reco.run (view, run_id, mode, row_count, is_live) values (view_name, run_id, p_mode, rows, true);
    return rows;
end
$$;

-- The materialised views in `public`, and those that are to be built there, in the order in which they are
-- refreshed: those that read another one come after it, also where plain views lie between.
create or replace function reco.refresh_order() returns table (view text, level int)
language sql stable
as $$
    with recursive reads as (
        select distinct rule.ev_class as reader, d.refobjid as source
        from pg_depend as d
            join pg_rewrite as rule on rule.oid = d.objid
            join pg_class as source on source.oid = d.refobjid and source.relkind in ('m', 'v')
        where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass
            and d.deptype = 'n' and rule.ev_class <> d.refobjid
    ), levels as (
        select c.oid, 0 as level from pg_class as c where c.relkind in ('m', 'v')
        union
        select reads.reader, levels.level + (c.relkind = 'm')::int
        from levels join pg_class as c on c.oid = levels.oid join reads on reads.source = levels.oid
    )
    select named.view, max(named.level)
    from (
        select c.relname::text as view, levels.level
        from levels join pg_class as c on c.oid = levels.oid
        where c.relkind = 'm' and c.relnamespace = 'public'::regnamespace
            and c.relname !~ '__(stg|old)_[0-9]{14}[0-9a-f]{6}$'
        union all
        select v.view, 0 from reco.views() as v where to_regclass(format('public.%I', v.base)) is not null
    ) as named
    group by named.view
    order by 2, 1
$$;

-- Refreshes views that do not read each other side by side; answers those that are left to the caller: in
-- plain SQL, which has no workers, all of them.
create or replace function reco.refresh_by_workers(views text[], mode text, parallel int4) returns text[]
language sql volatile
as $$ select views $$;

-- Refreshes them all in that order, each in a transaction of its own; call it outside of one. The extension
-- refreshes up to p_parallel at a time that do not read each other; what its workers do not finish, and
-- everything in plain SQL, is refreshed one after the other.
create or replace procedure reco.refresh_all(p_mode text default 'swap', p_parallel int4 default 1)
language plpgsql
as $$
declare
    views constant text[] := array(select view from reco.refresh_order());
    levels constant int[] := array(select level from reco.refresh_order());
    together text[];
    each text;
begin
    if p_parallel is null or p_parallel < 1 then
        raise exception 'p_parallel is %; give 1 or more', coalesce(p_parallel::text, 'NULL')
            using errcode = 'invalid_parameter_value';
    end if;
    for at_level in 0..coalesce((select max(level) from unnest(levels) as level), 0) loop
        together := array(select o.view from unnest(views, levels) as o(view, level) where o.level = at_level);
        if p_parallel > 1 then
            together := reco.refresh_by_workers(together, p_mode, p_parallel);
        end if;
        foreach each in array together loop
            perform reco.refresh_view(case p_mode when 'swap' then each else quote_ident(each) end, p_mode);
            commit;
        end loop;
    end loop;
end
$$;

-- Rows of a table or view, and a checksum that does not depend on their order, over all columns or those
-- named. A row's text is its fields joined by U+001F: NULL is `\N`; booleans `t` and `f`; integers in
-- decimal; numerics as they are; floats as the hexadecimal digits of their bits; timestamps as
-- microseconds and dates as days since 1970; text with `\` as `\\` and U+001F as `\u`; bytes in
-- hexadecimal, geometries as little-endian WKB. The sum of the first halves of the rows' MD5, modulo 2^64.
create or replace function reco.reconcile(p_relation text, p_columns text[] default null)
returns table (row_count bigint, checksum numeric)
language plpgsql stable
as $$
declare
    relation constant regclass := reco.relation(p_relation);
    fields text;
    missing text;
begin
    if relation is null then
        raise exception 'There is no table or view %', p_relation using errcode = 'undefined_table';
    end if;
    select w.name into missing from unnest(p_columns) as w(name)
    where not exists (
        select from pg_attribute as a
        where a.attrelid = relation and a.attname = w.name and a.attnum > 0 and not a.attisdropped
    ) limit 1;
    if found then
        raise exception '% has no column %', reco.full_name(relation), coalesce(quote_ident(missing), 'NULL')
            using errcode = 'undefined_column';
    end if;
    select string_agg(
        format('coalesce(' || case t.typname
            when 'bool' then 'case when %1$I then ''t'' when not %1$I then ''f'' end'
            when 'float4' then 'encode(float4send(%1$I), ''hex'')'
            when 'float8' then 'encode(float8send(%1$I), ''hex'')'
            when 'timestamp' then 'case when isfinite(%1$I) then trunc(extract(epoch from %1$I) * 1000000)::text else %1$I::text end'
            when 'date' then 'case when isfinite(%1$I) then (%1$I - date ''1970-01-01'')::text else %1$I::text end'
            when 'bytea' then 'encode(%1$I, ''hex'')'
            when 'geometry' then 'encode(%2$I.st_asbinary(%1$I, ''NDR''), ''hex'')'
            when 'geography' then 'encode(%2$I.st_asbinary(%1$I, ''NDR''), ''hex'')'
            when 'int2' then '%1$I::text'
            when 'int4' then '%1$I::text'
            when 'int8' then '%1$I::text'
            when 'numeric' then '%1$I::text'
            else 'replace(replace(%1$I::text, ''\'', ''\\''), chr(31), ''\u'')'
        end || ', ''\N'')', a.attname, coalesce(reco.postgis_schema(), '')),
        ', ' order by coalesce(array_position(p_columns, a.attname::text), a.attnum))
        into fields
    from pg_attribute as a join pg_type as t on t.oid = a.atttypid
    where a.attrelid = relation and a.attnum > 0 and not a.attisdropped
        and (p_columns is null or a.attname = any (p_columns));
    return query execute format(
        'select count(*), mod(mod(coalesce(sum((''x'' || left(md5(concat_ws(chr(31), %s)), 16))::bit(64)::bigint), 0),
                18446744073709551616) + 18446744073709551616, 18446744073709551616)
         from %s', coalesce(fields, 'null'), reco.full_name(relation));
end
$$;

-- Drops what dead runs left in `public`: builds that never went live, but for the newest p_keep of each
-- relation, and functions get_…_<14 digits> of earlier releases that no view needs. What a living session
-- holds is left alone. Answers how many were dropped.
create or replace function reco.gc(p_keep int4 default 0) returns int4
language plpgsql volatile
as $$
declare
    entry record;
    dropped int4 := 0;
begin
    if p_keep is null or p_keep < 0 then
        raise exception 'p_keep is %; give 0 or more', coalesce(p_keep::text, 'NULL') using errcode = 'invalid_parameter_value';
    end if;
    for entry in
        with found as (
            select c.relname::text as name, c.relkind::text as kind from pg_class as c
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'm')
            union all
            select p.proname::text, 'f' from pg_proc as p
            where p.pronamespace = 'public'::regnamespace and p.pronargs = 0
        ), orphans as (
            select f.name, f.kind, m.part[1] as live,
                dense_rank() over (partition by m.part[1] order by m.part[2] desc) as age
            from found as f, lateral regexp_match(f.name, '^(.+)__(?:stg|old)_([0-9]{14}[0-9a-f]{6})$') as m(part)
            where m.part is not null
        )
        -- Only names that are surely of ours: a live relation's, or a defined view's.
        select o.* from orphans as o
        where o.age > p_keep
            and (to_regclass(format('public.%I', o.live)) is not null
                or exists (select from reco.views() as v where o.live in (v.view, v.base)))
        order by o.kind = 'f', o.name
    loop
        continue when not pg_try_advisory_xact_lock(reco.lock_space(), reco.lock_key(entry.live));
        execute case entry.kind
            when 'm' then format('drop materialized view if exists public.%I', entry.name)
            when 'r' then format('drop table if exists public.%I', entry.name)
            else format('drop function if exists public.%I()', entry.name)
        end;
        dropped := dropped + 1;
    end loop;
    for entry in
        select p.proname from pg_proc as p
        where p.pronamespace = 'public'::regnamespace and p.pronargs = 0
            and p.proname ~ '^get_.+_[0-9]{14}$'
            and exists (select from reco.views() as v where v.function = regexp_replace(p.proname, '_[0-9]{14}$', ''))
            and not exists (
                select from pg_depend where refclassid = 'pg_proc'::regclass and refobjid = p.oid
            )
    loop
        execute format('drop function public.%I()', entry.proname);
        dropped := dropped + 1;
    end loop;
    delete from reco.run as r
    where not r.is_live and to_regclass(format('public.%I', reco.staging_name(r.view, r.run_id))) is null;
    return dropped;
end
$$;

-- The defined views: whether each is filled, rows and time of the last build here (or the rows that ANALYZE
-- saw of another's), bytes with indexes, and the columns it lacks because PostGIS does.
create or replace function reco.status()
returns table (
    view text, populated bool, row_count bigint, built_at timestamptz, run_id text, size_bytes bigint,
    left_out text[]
)
language sql stable
as $$
    select v.view, coalesce(c.relispopulated, false),
        coalesce(r.row_count, nullif(c.reltuples, -1)::bigint), r.built_at, r.run_id,
        coalesce(pg_total_relation_size(c.oid), 0),
        array(
            select column_of.name from reco.view_columns() as column_of
            where column_of.view = v.view and position('{postgis}' in column_of.type) > 0
                and c.oid is not null
                and not exists (
                    select from pg_attribute as a
                    where a.attrelid = c.oid and a.attname = column_of.name and not a.attisdropped
                )
            order by column_of.place
        )
    from reco.views() with ordinality as v(view, function, base, condition, group_by, order_by, place)
        left join pg_class as c on c.oid = to_regclass(format('public.%I', v.view))
        left join reco.run as r on r.view = v.view and r.is_live and c.oid is not null
    order by v.place
$$;

-- ── what an earlier version had ─────────────────────────────────────────────────────────────────────

do $$
declare
    installing constant xid := pg_current_xact_id()::xid;
    leftover text;
begin
    if current_setting('aim_pg.installing', true) is distinct from pg_current_xact_id()::text then
        raise exception 'This file was not installed in one transaction: install it again'
            using errcode = 'active_sql_transaction';
    end if;
    -- What this run of the file made carries its transaction; a function that does not, is no longer in it.
    for leftover in
        select part.signature from reco.part
            join pg_proc as p on p.oid = to_regprocedure(part.signature)
        where p.xmin <> installing
    loop
        execute format('drop routine %s', leftover);
    end loop;
    delete from reco.part;
    insert into reco.part
    select p.oid::regprocedure::text from pg_proc as p
    where p.pronamespace = 'reco'::regnamespace and p.xmin = installing;
end
$$;
