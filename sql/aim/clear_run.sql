{# The run's own tables are not for others. #}
drop schema if exists aim_run cascade
