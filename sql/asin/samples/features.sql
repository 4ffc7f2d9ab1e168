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

{#- One feature as it stands. -#}
{% macro given(feature) -%}
{% if feature.member %}vector.{% endif %}{{ feature.name | ident }}
{%- endmacro %}

{#- One that is a name, as a text; NULL where it is blank. -#}
{% macro name(feature) -%}
nullif({{ given(feature) }}::varchar, '')
{%- endmacro %}

{#- One feature as a number: of names their place among those that are known, from 0, and NULL for others. -#}
{% macro value(feature) -%}
{%- if feature.categories is not none -%}
enum_code(try_cast({{ name(feature) }} as enum({% for category in feature.categories %}{{ ', ' | sql if not loop.first else '' | sql }}{{ category | lit }}{% endfor %})))::double
{%- else -%}
{{ given(feature) }}{% if feature.text %}::varchar{% endif %}::double
{%- endif -%}
{%- endmacro %}
