\set VERBOSITY terse
-- Without PostGIS, all works but this.
select reco.iris_at(4.9, 46.1);
select view, left_out from reco.status() where left_out <> '{}';
-- With it, wherever it is.
create schema gis;
create extension postgis schema gis;
create table iris_france (id varchar, "irisCode" varchar, centroid gis.geometry, shape gis.geometry);
insert into iris_france values
    ('1', '010010000', gis.st_makepoint(4.9, 46.1), gis.st_makeenvelope(4.8, 46.0, 5.0, 46.2)),
    ('2', '2A0040101', gis.st_makepoint(8.7, 41.9), gis.st_multi(gis.st_makeenvelope(8.6, 41.8, 8.8, 42.0))),
    ('3', null, null, gis.st_makeenvelope(4.85, 46.0, 5.0, 46.2, 4326));
select reco.refresh_view('iris_france_mv'), reco.refresh_view('recommendable_offers_raw_mv') > 0 as offers;
select view, left_out from reco.status() where left_out <> '{}';
select id, iriscode, iris_code, gis.st_astext(centroid) as centroid, gis.st_srid(centroid::gis.geometry) as of_centroid, gis.st_srid(shape) as of_shape
from iris_france_mv order by id;
select offer_id, gis.st_astext(venue_geo) as venue_geo from recommendable_offers_raw_mv where offer_id in ('o1', 'o2', 'o4') order by 1;
select tablename, regexp_replace(indexdef, '_[0-9]{14}', '_<ts>') as index from pg_indexes where indexdef like '%gist%' order by 1, 2;
-- The lowest of several, none outside.
select reco.iris_at(4.9, 46.1) as lowest, reco.iris_at(8.7, 41.9) as corsica, reco.iris_at(0, 0) as sea;
select iris_id, is_geolocated from reco.user_context('u1', 8.7, 41.9);
select * from reco.reconcile('iris_france') as r where r.row_count = 3 and r.checksum > 0;
select public.cast_to_int('007', 0) as zeros, public.cast_to_int('2A', 0) as corsica, public.cast_to_int('', 5) as empty,
       public.cast_to_int(' 12 ', 0) as blanks, public.cast_to_int(null, 0) is null as missing;
select public.cast_to_int('99999999999', 0);
-- An id that is no number ends the refresh; the live view stays.
insert into iris_france values ('x', null, null, null);
select reco.refresh_view('iris_france_mv');
select count(*) as live from iris_france_mv;
