{# Tells reco.status() of a build, where aim_pg is installed and lets this role. live: the view; run_id, mode;
   rows: how many it has. #}
do $log$
begin
    if to_regclass('reco.run') is null then
        return;
    elsif not (has_table_privilege('reco.run', 'insert') and has_table_privilege('reco.run', 'update')) then
        return;
    end if;
    update reco.run set is_live = false where view = {{ live | lit }} and is_live;
    insert into reco.run (view, run_id, mode, row_count, is_live)
    values ({{ live | lit }}, {{ run_id | lit }}, {{ mode | lit }}, {{ rows }}, true);
end
$log$;
