{#- The keys of the feature vectors in the order they first appear in, and how many rows have each. Few sets of
    keys make many rows. -#}
with sets as (
    select json_keys(feature_vector) as keys, count(*) as vectors, min({{ place | sql }}) as first
    from {{ source }}
    where feature_vector is not null
    group by keys
),
members as (
    select unnest(keys) as key, generate_subscripts(keys, 1) as place, vectors, first
    from sets
)
select key, sum(vectors)::bigint
from members
group by key
order by min(struct_pack(first := first, place := place))
