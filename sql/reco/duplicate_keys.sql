{# Up to ten keys that several rows of a relation share. schema, relation: names; columns: the key's. #}
select
    concat_ws(', '{% for name in columns %}, {{ name | ident }}::text{% endfor %}) as shown_key,
    count(*) as row_count
from {{ table(schema, relation) }}
where {% for name in columns %}{{ name | ident }} is not null{{ "" | sql if loop.last else " and " | sql }}{% endfor %}

group by {% for name in columns %}{{ name | ident }}{{ "" | sql if loop.last else ", " | sql }}{% endfor %}

having count(*) > 1
order by row_count desc, shown_key
limit 10
