{#- The rows that a table will have when staged ones are in place. rows: those that it has; table: as of cloud/swap.sql;
    columns: those to read. -#}
{% from "cloud/replaced.sql" import replaced %}
(
    select {% for column in columns %}{% if not loop.first %}, {% endif %}{{ column | ident }}{% endfor %}

    from {{ rows | sql }} as old
    where ({{ replaced(table) }}) is not true
    union all
    select {% for column in columns %}{% if not loop.first %}, {% endif %}{% if column in table.columns %}{{ column | ident }}{% else %}null{% endif %}{% endfor %}

    from {{ table.staging | ident }}
)
