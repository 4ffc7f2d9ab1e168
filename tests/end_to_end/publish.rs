//! The end of a run: what PostgreSQL holds is what the warehouse holds.

use crate::fixture::{Input, Item, Postgres, Root, Tyre, item, purchase, sale, tyre, view};

/// The published tables.
const TABLES: [(&str, &str); 5] = [
    ("nexus_tyrescore", "TyreScore_algorithm_output"),
    ("AIM", "AIMData"),
    ("CAM_files", "CAM_SKU"),
    ("AIM", "aim-analysis-table"),
    ("AIM", "aim-merchandising-report"),
];

/// Texts that need care, numbers of many digits, and a report with purchases.
fn input() -> Input {
    let text = "\"Tyres \\ \"\"R\"\" Üs,\tLtd €\"";
    Input::working()
        .tyre(Tyre { model: text, price: "77.123456789012345", ..tyre(20_000_100) })
        .tyre(Tyre { model: "", fuel: "", price: "", ..tyre(20_000_101) })
        .sale(sale(20_000_100, "AUDI", "A3"))
        .event(view("2026-03-13", 1, "u", &[item("20000100")]))
        .event(purchase(
            "2026-03-13",
            2,
            "u",
            "t",
            &[Item { price: Some(0.1), quantity: Some(3), ..item("20000100") }],
        ))
}

/// All rows of a table on both sides, each cell in the same words, sorted.
fn both(
    root: &Root,
    server: &Postgres,
    (dataset, name): (&str, &str),
) -> [Vec<Vec<Option<String>>>; 2] {
    let columns = root.columns(&format!("{dataset}.{name}"));
    let (mut here, mut there) = (Vec::new(), Vec::new());
    for column in &columns {
        let (column, kind) = column.split_once(' ').unwrap();
        let quoted = format!("\"{column}\"");
        let (ours, theirs) = match kind {
            "TIMESTAMP WITH TIME ZONE" => (
                format!("epoch_us({quoted})"),
                format!("(extract(epoch from {quoted}) * 1000000)::bigint"),
            ),
            _ => (quoted.clone(), quoted),
        };
        here.push(ours);
        there.push(theirs);
    }
    let table = format!("\"{dataset}\".\"{name}\"");
    let select = |columns: &[String]| format!("select {} from {table}", columns.join(", "));
    let doubles: Vec<bool> = columns.iter().map(|column| column.ends_with(" DOUBLE")).collect();
    [root.query(&select(&here)), server.query(&select(&there))].map(|rows| {
        let mut rows: Vec<Vec<Option<String>>> = rows
            .into_iter()
            .map(|row| {
                let cells = row.into_iter().zip(&doubles);
                cells.map(|(cell, double)| cell.map(|cell| plain(cell, *double))).collect()
            })
            .collect();
        rows.sort();
        rows
    })
}

/// A double as its bits: both sides print enough digits, but not the same.
fn plain(cell: String, double: bool) -> String {
    if double { format!("{:016x}", cell.parse::<f64>().unwrap().to_bits()) } else { cell }
}

fn assert_published(root: &Root, server: &Postgres) {
    for table in TABLES {
        let [here, there] = both(root, server, table);
        assert!(!here.is_empty(), "{table:?}");
        assert_eq!(here.len(), there.len(), "{table:?}");
        assert_eq!(here, there, "{table:?}");
    }
}

#[test]
fn published_tables_are_the_warehouses() {
    let mut root = input().root();
    let server = Postgres::start(&mut root);
    let run = root.run().ok();
    assert_published(&root, &server);
    let text = "select \"Model\" from nexus_tyrescore.\"TyreScore_algorithm_output\" \
        where \"ProductId\" = 20000100";
    assert_eq!(server.query(text), [[Some("Tyres \\ \"R\" Üs,\tLtd €".to_owned())]]);
    assert!(run.stdout.contains("\nPublished to PostgreSQL\n"), "{}", run.stdout);
    assert!(
        run.stdout.contains("26  nexus_tyrescore.TyreScore_algorithm_output"),
        "{}",
        run.stdout
    );

    let types = "select column_name, data_type from information_schema.columns \
        where table_name in ('CAM_SKU', 'aim-merchandising-report') \
        and column_name in ('Make', 'last_modified', 'Date', 'Orders', 'PurchasedRevenue') \
        order by column_name collate \"C\"";
    let types: Vec<String> = server
        .query(types)
        .into_iter()
        .map(|row| row.into_iter().map(Option::unwrap).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        types,
        [
            "Date date",
            "Make text",
            "Orders bigint",
            "PurchasedRevenue double precision",
            "last_modified timestamp with time zone"
        ]
    );

    // Another run swaps other rows in, and leaves nothing of its own behind.
    input().tyre(tyre(20_000_102)).cam("BMW3", "205/55 R16").write_to(&root);
    root.run_at("2026-03-16T07:15:00Z", &[]).ok();
    assert_published(&root, &server);
    let days = "select distinct \"Today\" from \"AIM\".\"aim-analysis-table\" order by 1";
    assert_eq!(
        server.query(days),
        [[Some("2026-03-15".to_owned())], [Some("2026-03-16".to_owned())]]
    );
    let tables = "select count(*) from information_schema.tables \
        where table_schema not in ('pg_catalog', 'information_schema')";
    assert_eq!(server.query(tables), [[Some(TABLES.len().to_string())]]);
}

#[test]
fn what_cannot_be_published_changes_nothing_anywhere() {
    let mut root = input().root();
    let server = Postgres::start(&mut root);
    root.run().ok();
    let before = root.tables();
    // Somebody's view holds on to a table, so that it cannot be replaced.
    server.query("create view public.mine as select * from \"CAM_files\".\"CAM_SKU\"");
    input().tyre(tyre(20_000_102)).write_to(&root);
    let error = root.run_at("2026-03-16T07:15:00Z", &[]).error();
    assert!(error.starts_with("Publishing to PostgreSQL at "), "{error}");
    assert!(error.contains("CAM_files.CAM_SKU cannot be put in place"), "{error}");
    assert!(error.contains("mine"), "{error}");
    assert_eq!(root.status()["error_summary"], *error);
    assert_eq!(root.tables(), before);
    assert_published(&root, &server);
    server.query("drop view public.mine");
    root.run_at("2026-03-16T07:15:00Z", &[]).ok();
    assert_published(&root, &server);
}
