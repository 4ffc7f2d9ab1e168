{# Gives the new relation what owners and administrators set on the old one: privileges, comments,
   owner. old_relation, new_relation: quoted names with their schemas. Runs in the transaction of a swap. #}
do $attributes$
declare
    source constant regclass := {{ old_relation | lit }};
    target constant regclass := {{ new_relation | lit }};
    grantee text;
    entry record;
begin
    -- First: what an owner may do moves along with the ownership.
    for entry in
        select theirs.relowner
        from pg_class as theirs, pg_class as ours
        where theirs.oid = source and ours.oid = target and theirs.relowner <> ours.relowner
    loop
        execute format('alter table %s owner to %s', target, entry.relowner::regrole);
    end loop;
    -- What default privileges gave the new relation is not what the old one has. Without a list, an owner
    -- may do everything.
    for entry in
        select acl.grantee
        from pg_class as relation, aclexplode(relation.relacl) as acl
        where relation.oid = target and acl.grantee <> relation.relowner
        union
        select relowner from pg_class where oid = source and relacl is not null
    loop
        execute format('revoke all on %s from %s', target,
            case entry.grantee when 0 then 'public' else entry.grantee::regrole::text end);
    end loop;
    for entry in
        select acl.grantee, acl.privilege_type, acl.is_grantable, null::name as attname
        from pg_class, aclexplode(relacl) as acl
        where pg_class.oid = source
        union all
        select acl.grantee, acl.privilege_type, acl.is_grantable, ours.attname
        from pg_attribute as theirs
            join pg_attribute as ours on ours.attrelid = target and ours.attname = theirs.attname,
            aclexplode(theirs.attacl) as acl
        where theirs.attrelid = source and theirs.attnum > 0 and not theirs.attisdropped
    loop
        grantee := case entry.grantee when 0 then 'public' else entry.grantee::regrole::text end;
        execute format('grant %s%s on %s to %s%s',
            entry.privilege_type,
            case when entry.attname is not null then format(' (%I)', entry.attname) end,
            target, grantee,
            case when entry.is_grantable and entry.grantee <> 0
                and entry.grantee <> (select relowner from pg_class where oid = source)
                then ' with grant option' end);
    end loop;
    for entry in
        select obj_description(source, 'pg_class') as comment, relkind
        from pg_class where oid = target
    loop
        if entry.comment is not null then
            execute format('comment on %s %s is %L',
                case entry.relkind when 'm' then 'materialized view' else 'table' end,
                target, entry.comment);
        end if;
    end loop;
    for entry in
        select ours.attname, col_description(source, theirs.attnum) as comment
        from pg_attribute as theirs
            join pg_attribute as ours on ours.attrelid = target and ours.attname = theirs.attname
        where theirs.attrelid = source and theirs.attnum > 0 and not theirs.attisdropped
            and col_description(source, theirs.attnum) is not null
    loop
        execute format('comment on column %s.%I is %L', target, entry.attname, entry.comment);
    end loop;
end
$attributes$
