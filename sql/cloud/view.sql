{# The rows of a view, which no extract job takes. view: its whole name. #}
select * from {{ view | ident }}
