{# Rows and checksum of a table, and what deserves a look. schema, name; row_text: the SQL expression of
   a row's text; key: names of the key's columns; bounds: column and limit of values beyond which a
   position is wrong. The sum of the hashes is taken modulo 2^64. #}
select
    count(*) as row_count,
    mod(mod(coalesce(sum(row_hash), 0), 18446744073709551616) + 18446744073709551616,
        18446744073709551616)::text as checksum,
    count(*) filter (where keyless) as keyless
{% for bound in bounds %}
    , count(*) filter (where {{ bound.column | ident }} not between -{{ bound.limit }} and {{ bound.limit }})
{% endfor %}
from (
    select
        ('x' || left(md5({{ row_text | sql }}), 16))::bit(64)::bigint as row_hash,
        {% for name in key %}{{ name | ident }} is null or {% endfor %}false as keyless
{% for bound in bounds %}
        , {{ bound.column | ident }}
{% endfor %}
    from {{ table(schema, name) }}
) as hashed
