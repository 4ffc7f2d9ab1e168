{# The configured columns of a table or view of BigQuery, in their order. columns; source: its whole name. #}
select {% for column in columns %}{% if not loop.first %}, {% endif %}{{ column | ident }}{% endfor %}

from {{ source | ident }}
