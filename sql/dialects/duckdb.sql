{# What DuckDB says differently. Each macro is named by what it means. #}
{% macro safe_float(text) %}try_cast({{ text }} as double){% endmacro %}
