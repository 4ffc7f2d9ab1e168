{# Writes rows `first` up to, not including, `end` of the temporary table. Row groups are kept small
   where rows are long: whoever reads them holds one page at a time. #}
copy (
    select * from scratch.{{ table(schema, temporary) }}
    where rowid >= {{ first }} and rowid < {{ end }}
) to {{ path | lit }} (format parquet, compression snappy, row_group_size_bytes '16MB')
