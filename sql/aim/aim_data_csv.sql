{# The results file: every column of the table, missing and empty cells both empty. file: its name. #}
copy (
    select * exclude (idx) from aim_run.aim_data
) to {{ file | lit }} (format csv, header true, delimiter ',', quote '"', escape '"');
