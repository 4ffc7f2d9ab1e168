{# Gives the new relation what owners and administrators set on the old one: owner, privileges, comments.
   old_relation, new_relation: quoted names with their schemas; copy_attributes: the block that does it for
   p_source and p_target. Runs in the transaction of a swap. #}
do $swap$
declare
    p_source constant regclass := {{ old_relation | lit }};
    p_target constant regclass := {{ new_relation | lit }};
begin
{{ copy_attributes | sql }};
end
$swap$
