{#- The rows of an extract job's files. files. -#}
read_parquet([{% for file in files %}{% if not loop.first %}, {% endif %}{{ file | lit }}{% endfor %}])
