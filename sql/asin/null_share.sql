{#- The mean of the columns' shares of missing values; NaN is missing. NULL without rows. -#}
select avg(share) from (
    select unnest([
        {%- for column, kind in columns %}{{ ', ' | sql if not loop.first else '' | sql }}
        (count(*) filter ({{ column | ident }} is null{% if kind in ['DOUBLE', 'FLOAT'] %} or isnan({{ column | ident }}){% endif %}))::double / count(*)
        {%- endfor %}
    ]) as share
    from {{ source }}
    having count(*) > 0
)
