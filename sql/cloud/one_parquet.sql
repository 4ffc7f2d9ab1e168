{# The files of one extract job as one file. files, file. #}
copy (
    select * from {% include 'cloud/files.sql' %}

) to {{ file | lit }} (format parquet, compression zstd);
