use super::*;
use crate::config::reco::{DecimalMode, Definitions, ViewColumn};
use crate::warehouse::template::quote_literal;

/// A value of the lists in `aim_pg.sql`.
fn literal(text: Option<&str>) -> String {
    text.map_or("null".to_owned(), quote_literal)
}

/// Rows of a list, one a line.
fn list(rows: Vec<Vec<String>>, indent: &str) -> String {
    let rows: Vec<_> = rows.iter().map(|row| format!("{indent}({})", row.join(", "))).collect();
    rows.join(",\n")
}

fn type_name(column: &ViewColumn) -> String {
    // The server's schema of PostGIS is put in when a view is built.
    let sql = column.column_type.sql(DecimalMode::Compat, "postgis");
    sql.replace("\"postgis\"", "{postgis}")
}

/// `tables.toml` is where views are defined; the functions in the database cannot read it.
#[test]
fn the_functions_know_the_views_of_the_definitions() {
    let [first, all] = [1, 2].map(|release| Definitions::load(None, release).unwrap());
    let (mut views, mut columns, mut indexes) = (Vec::new(), Vec::new(), Vec::new());
    for view in &all.views {
        let name = || quote_literal(&view.name);
        let joined = |names: &[String], prefix: &str| {
            let names: Vec<_> = names.iter().map(|name| format!("{prefix}{name}")).collect();
            literal((!names.is_empty()).then(|| names.join(", ")).as_deref())
        };
        views.push(vec![
            name(),
            quote_literal(&view.function),
            quote_literal(&view.from),
            literal(view.condition.as_deref()),
            joined(&view.group_by, "base."),
            joined(&view.order_by, ""),
        ]);
        for column in &view.columns {
            let in_first = first
                .view(&view.name)
                .map(|view| view.columns.iter().any(|in_first| in_first.name == column.name));
            let value =
                column.value.as_ref().map(|value| value.replace("{{ postgis }}", "{postgis}"));
            columns.push(vec![
                name(),
                quote_literal(&column.name),
                quote_literal(&type_name(column)),
                literal(value.as_deref()),
                (in_first == Some(false)).to_string(),
            ]);
        }
        for index in &view.indexes {
            let on: Vec<_> = index.on.iter().map(|column| quote_literal(column)).collect();
            indexes.push(vec![
                name(),
                quote_literal(index.name.strip_suffix("{{ ts_nodash }}").unwrap()),
                index.unique.to_string(),
                quote_literal(&index.method),
                format!("array[{}]", on.join(", ")),
            ]);
        }
    }
    for (what, rows, indent) in
        [("views", views, 8), ("view_columns", columns, 12), ("view_indexes", indexes, 8)]
    {
        let rows = list(rows, &" ".repeat(indent));
        assert!(PLAIN.contains(&rows), "reco.{what}() in aim_pg.sql must have these rows:\n{rows}");
    }
}

#[test]
fn the_block_of_attributes_stands_by_itself() {
    let block = copy_attributes().unwrap().trim();
    assert!(block.starts_with("declare") && block.ends_with("end"), "{block}");
    assert!(!block.contains("reco."), "{block}");
}
