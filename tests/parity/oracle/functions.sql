-- What several statements need.

-- Text to a whole number: a sign, decimal digits or 0x and hexadecimal ones, blanks around; else NULL.
create or replace function `oracle.safe_int`(x string) as (
    if(regexp_contains(x, r'^\s*[+-]?([0-9]+|0[xX][0-9a-fA-F]+)\s*$'), safe_cast(trim(x) as int64), null)
);

-- Vehicles are joined on letters and digits only.
create or replace function `oracle.vehicle_key`(x string) as (
    regexp_replace(lower(trim(x)), r'[^a-z0-9]', '')
);

-- The comparable part of a size, with one capital before the rim at most.
create or replace function `oracle.size_part`(x string) as (
    regexp_extract(x, r'^([0-9]+/[0-9]+\s*[A-Z]?[0-9]+)')
);

-- A text in a list of keys and values.
create or replace function `oracle.parameter`(list array<struct<key string, value struct<string_value string>>>, name string) as (
    (select p.value.string_value from unnest(list) as p where p.key = name limit 1)
);

-- A place of a recommendation as it is merged.
create or replace function `oracle.product`(x string) as (
    if(trim(x) in ('', '-', 'FormatError'), null, trim(x))
);
