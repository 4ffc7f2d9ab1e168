{#- The share of missing values, column by column. -#}
select {% for column in columns %}{{ ', ' | sql if not loop.first else '' | sql }}(count(*) - count({{ column | ident }})) / greatest(count(*), 1){% endfor %}

from {{ source }}
