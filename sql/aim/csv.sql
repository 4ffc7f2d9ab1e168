{# The rows of a CSV file, every column a text: the one way this job reads such files. Nothing is guessed.
   path: the file; columns: their names; skip: lines before the first; header: whether that names the columns. #}
{% macro csv_rows(path, columns, skip, header) -%}
read_csv(
    {{ path | lit }},
    auto_detect = false,
    skip = {{ skip }},
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
