{#- Feature vectors that are no JSON objects: how many, and the first. -#}
select count(*), min(concat_ws(', ', {{ place | sql }})), arg_min(feature_vector, concat_ws(', ', {{ place | sql }}))
from {{ source }}
where not (json_valid(feature_vector) and json_type(feature_vector) = 'OBJECT')
having count(*) > 0
