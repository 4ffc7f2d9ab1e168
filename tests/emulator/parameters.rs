//! Values that go beside the SQL.

use crate::Case;
use crate::peers::PROJECT;
use crate::setup::Setup;
use aim::cloud::{Identity, Usage};
use aim::runtime::Runtime;
use aim::warehouse::bigquery::{BigQuery, JobSettings};
use aim::warehouse::parameter::Parameter;
use aim::warehouse::template::Statement;
use anyhow::ensure;
use minijinja::Value;
use std::collections::HashMap;
use std::sync::Arc;

pub(crate) const ALL: &[Case] = &[("parameters::all_types_arrive_as_they_were", types)];

/// Whatever it holds, it is a text.
const HOSTILE: &str = "it's `x` \\ \"y\"\n; drop table t; -- @whole ?";

/// Of a statement, and of a script, whose parameters the proxy declares.
fn types(setup: &mut Setup) -> anyhow::Result<()> {
    let list = |values: &[&'static str]| Value::from(values.to_vec());
    let parameters: Vec<Parameter> = [
        ("hostile", Value::from(HOSTILE), None),
        ("whole", Value::from(i64::MAX), None),
        ("number", Value::from(0.1), None),
        ("truth", Value::from(true), None),
        ("day", Value::from("2024-02-29"), Some("date")),
        ("moment", Value::from("2024-02-29T23:59:59.123456Z"), Some("timestamp")),
        ("texts", list(&["a", HOSTILE]), None),
        ("days", list(&["2024-02-29", "2024-03-01"]), Some("date")),
        ("numbers", Value::from(vec![7, 8]), None),
    ]
    .into_iter()
    .map(|(name, value, kind)| Parameter::new(name.to_owned(), &value, kind))
    .collect::<anyhow::Result<_>>()?;
    // Each is what it is compared with only where it has arrived with its type.
    let checks = "select @whole = 9223372036854775807 as whole, @number = 0.1 as number, @truth as truth, \
        date_add(@day, interval 1 day) = date '2024-03-01' as day, \
        unix_micros(@moment) = 1709251199123456 as moment, @hostile in unnest(@texts) as listed, \
        date '2024-03-01' in unnest(@days) as days, 8 in unnest(@numbers) as numbers, \
        length(@hostile) as length, @hostile as hostile";
    let create = format!("create or replace table `AIM.parameters` as {checks}");
    let runtime = Runtime::start()?;
    let settings = JobSettings {
        project: PROJECT.to_owned(),
        location: "EU".to_owned(),
        id_prefix: "parameters".to_owned(),
        labels: HashMap::new(),
        maximum_bytes_billed: None,
    };
    let usage = Arc::new(Usage::default());
    let address = Some(&*setup.bigquery.address);
    let connect = BigQuery::connect(Identity::anonymous(), address, settings, usage);
    let bigquery = runtime.block_on(connect)?;
    for (name, sql) in [("statement", create.clone()), ("script", format!("select 1; {create}"))] {
        let statement = Statement { parameters: parameters.clone(), ..Statement::new(name, sql) };
        runtime.block_on(bigquery.execute(name, &statement))?;
        let rows = setup.peers.query(PROJECT, "select * from `AIM.parameters`")?;
        let cells: Vec<&str> = (0..10)
            .filter_map(|at| rows.pointer(&format!("/0/f/{at}/v")).and_then(|cell| cell.as_str()))
            .collect();
        let length = HOSTILE.len().to_string();
        let expected = [["true"; 8].as_slice(), &[&*length, HOSTILE]].concat();
        ensure!(cells == expected, "{name}: {rows}");
    }
    setup.peers.query(PROJECT, "drop table `AIM.parameters`")?;
    Ok(())
}
