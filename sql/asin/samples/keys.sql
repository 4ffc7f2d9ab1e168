{#- The keys of the feature vectors in the order they first appear in, and how many rows have each. -#}
select key, count(*)
from (
    select
        unnest(json_keys(feature_vector)) as key,
        struct_pack(place := {{ place | sql }}, at := generate_subscripts(json_keys(feature_vector), 1)) as seen
    from {{ source }}
    where feature_vector is not null
)
group by key
order by min(seen)
