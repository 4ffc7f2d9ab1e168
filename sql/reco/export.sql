{# Copies the configured columns of a table or view, in their order, into a temporary table: counts and
   shards are of one state. Zoned timestamps become UTC. dataset, source: where from; schema, temporary:
   where to; columns: name, zoned. #}
create schema if not exists scratch.{{ schema | ident }};
create table scratch.{{ table(schema, temporary) }} as
select
{% for column in columns %}
{% set name = column.name | ident %}
{% if column.zoned %}
    case
        when isfinite({{ name }}) then make_timestamp(epoch_us({{ name }}))
        when {{ name }} > 'epoch'::timestamptz then 'infinity'::timestamp
        when {{ name }} is not null then '-infinity'::timestamp
    end as {{ name }}{{ "" | sql if loop.last else "," | sql }}
{% else %}
    {{ name }}{{ "" | sql if loop.last else "," | sql }}
{% endif %}
{% endfor %}
from {{ table(dataset, source) }}
