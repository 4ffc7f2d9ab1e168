{# The files of one extract job as one file. files, file. #}
copy (
    select * from read_parquet([{% for part in files %}{% if not loop.first %}, {% endif %}{{ part | lit }}{% endfor %}])
) to {{ file | lit }} (format parquet, compression zstd);
