//! Identifiers with quotes, dots, upper case, spaces and reserved words.

use crate::fixture::Job;

const TABLES: &str = r#"
schema = "Re.co"

[[table]]
name = 'Or"der.s'
dataset = "ml_reco"
source = 'Sel"ect'
key = ["order", 'Qu"ote']
columns = [
    { name = "order", type = "integer" },
    { name = 'Qu"ote', type = "varchar" },
    { name = "Dot.ted", type = "decimal", within = 90 },
    { name = "with space", type = "timestamp" },
    { name = "user", type = "varchar[]" },
]

[[view]]
name = 'Vi"ew.mv'
function = 'Get "it"'
from = 'Or"der.s'
columns = [
    { name = "order", type = "integer" },
    { name = 'Qu"ote', type = "varchar" },
    { name = "TABLE", type = "numeric", value = 'base."Dot.ted" * 2' },
]
indexes = [
    { name = 'In"dex.{{ ts_nodash }} of {{ view_name }}', unique = true, on = ["order", 'Qu"ote'] },
    { name = "select_{{ ts_nodash }}", on = ["TABLE"] },
]
"#;

#[test]
fn names_may_be_anything() {
    let job = Job::with_tables(TABLES);
    job.server.run(r##"create schema "Re.co"; create role "some.body ""else""""##);
    job.warehouse(
        r#"create table ml_reco_dev."Sel""ect" as select 1 as "order", 'a' as "Qu""ote",
             1.5::decimal(38,9) as "Dot.ted", timestamp '2024-01-01' as "with space", ['x'] as "user""#,
    );
    let table = "Or\"der.s";
    job.transfer(table);
    job.server.run(
        r##"grant select on "Re.co"."Or""der.s" to "some.body ""else""";
           comment on column "Re.co"."Or""der.s"."Qu""ote" is 'it''s';
           grant update ("Dot.ted") on "Re.co"."Or""der.s" to public"##,
    );
    job.transfer(table);
    job.materialize("Vi\"ew.mv", &[]).ok();
    job.materialize("Vi\"ew.mv", &[]).ok();
    job.materialize("Vi\"ew.mv", &["--mode", "concurrent"]).ok();
    job.aim(&["check"]).ok();
    job.aim(&["gc"]).ok();
    assert_eq!(job.lines(r#"select * from "Re.co"."Vi""ew.mv""#), ["1|a|3.000"]);
    assert_eq!(
        job.lines(
            r#"select has_table_privilege('some.body "else"', '"Re.co"."Or""der.s"', 'select'),
                 has_column_privilege('some.body "else"', '"Re.co"."Or""der.s"', 'Dot.ted', 'update'),
                 col_description('"Re.co"."Or""der.s"'::regclass, 2)"#
        ),
        ["t|t|it's"]
    );
    assert_eq!(job.left_over(), [""; 0]);
}
