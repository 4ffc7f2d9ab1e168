"""Other ways to load shards into a table `rival`, and to build a view, with the same values."""

from pathlib import Path

import adbc_driver_postgresql.dbapi
import duckdb
import duckdb_extension_postgres_scanner as scanner
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

# What each column is in PostgreSQL, in words that DuckDB understands.
DUCKDB_TYPES = {"character varying": "varchar", "timestamp without time zone": "timestamp", "real": "float"}

ARROW_TYPES = {
    "character varying": pa.string(),
    "integer": pa.int32(),
    "boolean": pa.bool_(),
    "timestamp without time zone": pa.timestamp("us"),
}

# The way it used to be: a PL/pgSQL function, indexes on the empty view, one plain refresh, swap; one
# transaction.
FORMER_VIEW = """
begin;
create function get_former() returns table (offer_id varchar, item_id varchar, offer_creation_date timestamp,
    stock_beginning_date timestamp, booking_number integer, venue_latitude decimal, venue_longitude decimal,
    venue_geo geography, default_max_distance integer, unique_id varchar) as $body$
begin
    return query select o.offer_id, o.item_id, o.offer_creation_date, o.stock_beginning_date, o.booking_number,
        o.venue_latitude, o.venue_longitude,
        st_setsrid(st_makepoint(o.venue_longitude::float8, o.venue_latitude::float8), 4326)::geography,
        o.default_max_distance, o.unique_id
    from public.recommendable_offers_raw as o where o.is_geolocated = true and o.is_sensitive = false;
end; $body$ language plpgsql;
create materialized view former_mv as select * from get_former() with no data;
create unique index former_key on former_mv (item_id, offer_id, unique_id);
create index former_offer on former_mv (offer_id);
create index former_item on former_mv (item_id);
create index former_geo on former_mv using gist (venue_geo);
refresh materialized view former_mv;
commit"""


def duckdb_load(url, columns, shards):
    """DuckDB with its PostgreSQL extension, as it comes."""
    connection = duckdb.connect()
    extension = next(Path(scanner.__file__).parent.glob("extensions/*/postgres_scanner.duckdb_extension"))
    connection.execute(f"load '{extension}'")
    connection.execute(f"attach '{url}' as pg (type postgres)")
    casts = ", ".join(f"cast({name} as {DUCKDB_TYPES.get(kind, kind)})" for name, kind in columns)
    connection.execute(f"insert into pg.public.rival select {casts} from read_parquet({shards})")
    connection.close()


def adbc_load(url, columns, shards):
    """ADBC's bulk ingestion, of batches that pyarrow reads and casts."""
    names = [name for name, _ in columns]

    def cast(column, kind):
        if kind.startswith("numeric"):
            return pc.round(column, 3, "half_towards_infinity").cast(pa.decimal128(18, 3), safe=False)
        if kind == "real":
            return column.cast(pa.float64()).cast(pa.float32())
        return column.cast(ARROW_TYPES[kind])

    def batches():
        for shard in shards:
            for batch in pq.ParquetFile(shard).iter_batches(columns=names):
                arrays = [cast(batch.column(name), kind) for name, kind in columns]
                yield pa.record_batch(arrays, names=names)

    first = next(batches())
    reader = pa.RecordBatchReader.from_batches(first.schema, batches())
    with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.adbc_ingest("rival", reader, mode="append")
        connection.commit()
