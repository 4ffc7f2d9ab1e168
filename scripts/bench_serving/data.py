"""Makes a warehouse for the recommendation export: deterministic, skewed as in production.

    data.py WAREHOUSE OFFERS     writes its tables for about OFFERS rows of offers

Every number comes from h(row, column), a hash of row and column: the same rows on every machine.
"""

import sys

import duckdb
import numpy as np

SEED = np.uint64(20260315)
CITIES = 60
VENUES = 36_000


def h(rows, column):
    """splitmix64 of seed, row and column, as a number from 0 up to 1."""
    with np.errstate(over="ignore"):
        x = rows.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        x += SEED + np.uint64(column) * np.uint64(0xD1B54A32D192ED03)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    return (x >> np.uint64(11)).astype(np.float64) / 2.0**53


def normal(rows, column):
    """Standard normal, by Box and Muller."""
    radius = np.sqrt(-2 * np.log1p(-h(rows, column)))
    return radius * np.cos(2 * np.pi * h(rows, column + 500))


def zipf(u, n, s):
    """Ranks 0 to n-1 of a bounded Zipf law."""
    weights = np.cumsum(1.0 / np.arange(1, n + 1) ** s)
    return np.searchsorted(weights / weights[-1], u, side="right").clip(0, n - 1)


def nullable(values, is_null):
    return np.ma.masked_array(values, mask=is_null)


def users(count):
    i = np.arange(count)
    age = np.where(h(i, 1) < 0.02, 21 + 4 * h(i, 2), 15 + 6 * h(i, 2))
    birth = np.datetime64("2026-03-15") - (age * 365.25).astype("timedelta64[D]")
    deposit = birth + ((15 + 3 * h(i, 3)) * 365.25).astype("timedelta64[D]")
    initial = np.array([20, 30, 80, 150, 300])[np.searchsorted([0.15, 0.35, 0.40, 0.55], h(i, 4))]
    # Beta(0.6, 1.2), nearly: the power of a uniform number has its shape.
    share = h(i, 5) ** 2.0
    remaining = np.round(initial * share, 2) * np.where(h(i, 6) < 0.0005, -1, 1)
    bookings = np.floor(np.exp(np.log(4) + 1.1 * normal(i, 7))).clip(0, 400).astype(np.int64)
    bookings[h(i, 8) < 0.12] = 0
    clicks = np.exp(np.log(60) + 1.4 * normal(i, 9)).astype(np.int64)
    favourites = np.exp(np.log(3) + 1.5 * normal(i, 10)).astype(np.int64)
    columns = {
        "number": i,
        "birth": nullable(birth.astype("datetime64[us]"), h(i, 11) < 0.0001),
        "deposit": nullable(deposit.astype("datetime64[us]"), h(i, 12) < 0.01),
        "initial": initial.astype(np.int64),
        "remaining": nullable(remaining, h(i, 13) < 0.01),
        "bookings": bookings,
        "clicks": nullable(clicks, h(i, 14) < 0.25),
        "favourites": nullable(favourites, h(i, 15) < 0.25),
    }
    return columns, bookings


def venues():
    i = np.arange(VENUES)
    c = np.arange(CITIES)
    city_lat, city_lon = 42.8 + 7.8 * h(c, 20), -4.0 + 11.5 * h(c, 21)
    city, spread = zipf(h(i, 22), CITIES, 1.0), 0.05 + 0.25 * h(i, 23)
    lat = city_lat[city] + spread * normal(i, 24)
    lon = city_lon[city] + spread * normal(i, 25)
    kind = h(i, 26)
    country = (kind >= 0.70) & (kind < 0.97)
    lat[country], lon[country] = (42.3 + 8.8 * h(i, 27))[country], (-4.8 + 13 * h(i, 28))[country]
    overseas = (kind >= 0.97) & (kind < 0.99)
    place = np.floor(3 * h(i, 29)).astype(int)
    lat[overseas] = (np.array([-21.1, 16.2, 4.9])[place] + 0.2 * normal(i, 30))[overseas]
    lon[overseas] = (np.array([55.5, -61.5, -52.3])[place] + 0.2 * normal(i, 31))[overseas]
    return np.round(lat, 9), np.round(lon, 9), kind >= 0.99


def offers(count):
    items = max(count // 5, 1)
    item = np.arange(items)
    is_product = h(item, 40) < 0.62
    copies = np.where(is_product, 1 + zipf(h(item, 41), 2000, 1.2), 1)
    # As many items as make up the rows asked for, at about 1.4 rows per offer.
    item = np.repeat(item, copies)[: int(count / 1.42) + 1]
    o = np.arange(len(item))
    dated = h(o, 42) < 0.12
    dates = np.where(dated, 1 + np.floor(np.log1p(-h(o, 43)) / np.log(0.75)), 1).clip(1, 29).astype(int)
    offer = np.repeat(o, dates)[:count]
    n = np.arange(len(offer))
    item = item[offer]
    lat, lon, nowhere = venues()
    venue = np.floor(VENUES * h(offer, 44) ** 2).astype(int)
    bookings = np.where(h(item, 45) < 0.85, 0, np.floor(np.exp(8 * h(item, 46)))).astype(np.int64)
    created = np.datetime64("2026-03-15", "us") - (h(offer, 47) * 900 * 86400e6).astype("timedelta64[us]")
    event = np.datetime64("2026-03-15", "us") + (h(n, 48) * 180 * 1440).astype(int) * np.timedelta64(60_000_000, "us")
    digital = h(offer, 49) >= 0.97
    distance = np.array([50_000, 100_000, 150_000])[np.searchsorted([0.97, 0.99], h(offer, 50))]
    return {
        "item": item,
        "product": is_product[item],
        "offer": offer,
        "created": created,
        "event": nullable(event, ~dated[offer]),
        "bookings": bookings,
        "lat": nullable(lat[venue], nowhere[venue] | digital),
        "lon": nullable(lon[venue], nowhere[venue] | digital),
        "distance": distance,
        "unique_number": np.argsort(h(n, 51)) + 1,
        "sensitive": nullable(h(item, 52) < 0.003, h(item, 53) < 0.0001),
        "geolocated": ~digital,
    }, items


def booked(bookings, items):
    user = np.repeat(np.arange(len(bookings)), bookings)
    n = np.arange(len(user))
    return {"user": user, "item": zipf(h(n, 60), items, 1.05)}


def main(path, count):
    connection = duckdb.connect(path)
    connection.execute("create schema if not exists ml_reco_dev; create schema if not exists seed_dev")
    offer_columns, items = offers(count)
    connection.execute(
        """create or replace table ml_reco_dev.recommendable_offer as
        select case when product then 'product-' else 'offer-' end || (item + 1) as item_id,
            (offer + 1)::varchar as offer_id, created as offer_creation_date,
            event as stock_beginning_date, bookings as booking_number,
            lat::decimal(38,9) as venue_latitude, lon::decimal(38,9) as venue_longitude,
            distance::bigint as default_max_distance, unique_number::bigint as unique_id,
            sensitive as is_sensitive, geolocated as is_geolocated
        from offer_columns"""
    )
    user_columns, bookings = users(count)
    connection.execute(
        """create or replace table ml_reco_dev.user_statistics as
        select (1000000 + number)::varchar as user_id, deposit::date as user_deposit_creation_date,
            birth::date as user_birth_date, initial::decimal(38,9) as user_deposit_initial_amount,
            remaining::decimal(38,9) as user_theoretical_remaining_credit, bookings as booking_cnt,
            clicks as consult_offer, favourites as has_added_offer_to_favorites
        from user_columns"""
    )
    pairs = booked(bookings[: count // 7], items)
    connection.execute(
        """create or replace table ml_reco_dev.user_booked_item as
        select distinct (1000000 + "user")::varchar as user_id, 'product-' || (item + 1) as item_id from pairs"""
    )
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
