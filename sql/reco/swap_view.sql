{# Puts a built view, and the function it selects from, in the place of the live ones. One transaction;
   the first statement waits for the lock. schema, live, staging, old, function: names; the new view's
   function is called staging, as the view; exists: whether there is a live view; run_id, mode, rows: of the
   build. #}
{% if exists %}
alter materialized view {{ table(schema, live) }} rename to {{ old | ident }};
{% include "reco/attributes.sql" %};
{% endif %}
alter materialized view {{ table(schema, staging) }} rename to {{ live | ident }};
{% if exists %}
drop materialized view {{ table(schema, old) }};
{% endif %}
drop function if exists {{ table(schema, function) }}();
alter function {{ table(schema, staging) }}() rename to {{ function | ident }};
{% if schema == "public" %}
{% include "reco/log_build.sql" %}
{% endif %}
