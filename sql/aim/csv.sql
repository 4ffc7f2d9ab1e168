{# The rows of a CSV file, every column a text: the one way this job reads such files. Nothing is guessed.
   path: the file; columns: their names; header: whether the first line names them. #}
{% macro csv_rows(path, columns, header) -%}
read_csv(
    {{ path | lit }},
    auto_detect = false,
    header = {{ header }},
    delim = ',',
    quote = '"',
    escape = '"',
    columns = {
{% for column in columns %}
        {{ column | lit }}: 'varchar'{{ "" | sql if loop.last else "," | sql }}
{% endfor %}
    }
)
{%- endmacro %}
