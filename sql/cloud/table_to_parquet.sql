{# A local table as a file that a load job takes. dataset, name: the table; file. #}
copy (select * from {{ table(dataset, name) }}) to {{ file | lit }} (format parquet, compression zstd);
