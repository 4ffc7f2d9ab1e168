//! `aim_functions()`: what there is, from the same tables that registration reads.

use super::{AggregateEntry, aggregates, scalars};
use crate::ffi::{Table, describe};

pub(super) static FUNCTIONS: Table = Table {
    name: "aim_functions",
    columns: &["name", "kind", "arguments", "result", "help", "example"],
    rows,
};

/// One row per function and overload that this engine has.
fn rows() -> Vec<Vec<String>> {
    let scalars = scalars().map(|scalar| {
        let (arguments, result) = (describe(scalar.args), scalar.returns.to_string());
        [scalar.name, "scalar", &arguments, &result, scalar.help, scalar.example].map(str::to_owned)
    });
    let aggregates = aggregates().flat_map(|aggregate| {
        aggregate.overloads.iter().map(|args| {
            let (arguments, result) = (describe(args), aggregate.returns.to_string());
            let AggregateEntry { name, help, example, .. } = aggregate;
            [name, "aggregate", &arguments, &result, help, example].map(str::to_owned)
        })
    });
    let itself = [
        "aim_functions",
        "table",
        "",
        "TABLE(name, kind, arguments, result, help, example)",
        "Lists the functions of this extension",
        "name from aim_functions()",
    ];
    let mut rows: Vec<Vec<String>> = scalars.chain(aggregates).map(Vec::from).collect();
    rows.push(itself.map(str::to_owned).to_vec());
    rows.sort();
    rows
}
