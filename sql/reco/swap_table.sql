{# Puts the staging table in the place of the live one. One transaction; the first statement waits for
   the lock. schema, live, staging, old: names; exists: whether there is a live table. #}
{% if exists %}
alter table {{ table(schema, live) }} rename to {{ old | ident }};
{% include "reco/attributes.sql" %};
{% endif %}
alter table {{ table(schema, staging) }} rename to {{ live | ident }};
{% if exists %}
drop table {{ table(schema, old) }};
{% endif %}
