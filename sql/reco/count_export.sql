{# The rows of the temporary table. #}
select count(*)::ubigint from scratch.{{ table(schema, temporary) }}
