{# The sales file as it is: nine columns by position, all text. Later statements cast what they use.
   path: the file; header: whether its first line names the columns. #}
create schema if not exists {{ "nexus_tyrescore" | ident }};

create or replace table {{ table("nexus_tyrescore", "CarMakeModelSales") }} as
select *
from read_csv(
    {{ path | lit }},
    auto_detect = false,
    header = {{ header }},
    delim = ',',
    quote = '"',
    escape = '"',
    columns = {
        'ProductId': 'varchar', 'CarMake': 'varchar', 'CarModel': 'varchar',
        'Width': 'varchar', 'Profile': 'varchar', 'Rim': 'varchar',
        'Orders': 'varchar', 'Units': 'varchar', 'AvgPrice': 'varchar'
    }
);
