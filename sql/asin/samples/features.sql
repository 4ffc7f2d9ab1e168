{#- Features of samples: columns of their own, or members of the feature vector. -#}

{#- What to select from, with the vector's members in `vector`. -#}
{% macro rows(source, members) -%}
{% if members %}
(
    select *, from_json(feature_vector, {{ members | lit }}) as vector
    from {{ source }}
)
{%- else -%}
{{ source }}
{%- endif %}
{%- endmacro %}

{#- One feature as a number. -#}
{% macro value(feature) -%}
{% if feature.member %}vector.{% endif %}{{ feature.name | ident }}{% if feature.text %}::varchar{% endif %}::double
{%- endmacro %}
