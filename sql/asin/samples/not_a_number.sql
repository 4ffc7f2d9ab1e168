{#- The first value of a member of the feature vector that is no number. -#}
select ({{ member | lit }} || ' is ' || value || ' in row ' || row_key)
from (
    select
        json_extract(feature_vector, [{{ path | lit }}])[1]::varchar as value,
        concat_ws(', ', {{ place | sql }}) as row_key
    from {{ source }}
)
where value <> 'null' and try_cast(trim(value, '"') as double) is null and value not in ('true', 'false')
order by row_key
limit 1
