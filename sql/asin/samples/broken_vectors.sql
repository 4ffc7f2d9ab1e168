{#- Feature vectors that are no JSON objects: how many, and the first. -#}
select count(*), min(concat_ws(', ', {{ place | sql }})), arg_min(feature_vector, concat_ws(', ', {{ place | sql }}))
from {{ source }}
where case when json_valid(feature_vector) then json_type(feature_vector) <> 'OBJECT' else feature_vector is not null end
having count(*) > 0
