{# The tyre score table anew. Parameters as in tyre_score_rows.sql. #}
{% from dialect import stored_by %}
create or replace table {{ table("nexus_tyrescore", "TyreScore_algorithm_output") }} as
{% include "aim/tyre_score_rows.sql" %}

{{ stored_by("TyreScore, Units desc, ProductId, Vehicle") }};
