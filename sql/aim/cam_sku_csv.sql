{# The staging table as a file. last_modified is written as text, the same with and without zone data.
   file: its name. #}
copy (
    select * replace ({{ last_modified | lit }} as last_modified)
    from {{ table("CAM_files", "CAM_SKU_staging") }}
) to {{ file | lit }} (format csv, header true, delimiter ',', quote '"', escape '"');
