{#- Rows as a file that a load job takes; lists are texts in BigQuery. rows; columns: name, kind, list; file. -#}
copy (
    select
    {% for column in columns %}
    {% set name = column.name | ident %}
        {% if column.list %}to_json({{ name }})::varchar{% else %}{{ name }}::{{ column.kind | sql }}{% endif %} as {{ name }}{{ "" | sql if loop.last else "," | sql }}
    {% endfor %}
    from {{ rows | ident }}
) to {{ file | lit }} (format parquet, compression zstd)
