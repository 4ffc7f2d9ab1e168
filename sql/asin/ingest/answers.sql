{#- A run's answers, of each kind the newest of an item. -#}
create or replace temp table answers as
select asin, site, kind, make_timestamp(epoch_us(fetched_at::timestamptz)) as fetched_at, since, until, items, body
from read_json(
    {{ file | lit }},
    format = 'newline_delimited',
    maximum_object_size = 268435456,
    columns = {
        asin: 'varchar', site: 'varchar', kind: 'varchar', fetched_at: 'varchar', since: 'date', until: 'date',
        items: 'bigint', body: 'json'
    }
)
qualify row_number() over (partition by asin, site, kind order by fetched_at desc) = 1
