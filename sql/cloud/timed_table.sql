{# The rows of a query as a table that ends by itself after a day. target: its whole name; query: SQL. #}
create or replace table {{ target | ident }}
options (expiration_timestamp = timestamp_add(current_timestamp(), interval 24 hour))
as
{{ query | sql }}
