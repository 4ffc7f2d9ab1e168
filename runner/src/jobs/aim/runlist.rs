//! Which CAMs are asked for, in order of priority.

use super::Choices;
use super::csv::{Header, utf8};
use super::sources::unreadable;
use crate::config::Config;
use crate::context::Context;
use crate::store::{LocalStore, ObjectStore as _};
use crate::warehouse::duckdb::DuckDb;
use crate::warehouse::template::{Statement, render};
use crate::waves::{Cam, Runlist};
use anyhow::{Context as _, bail, ensure};
use minijinja::context;

pub(super) const FILE: &str = "runlist/priority_runlist_current.csv";

/// Reads the runlist into a temporary table: the wanted number of CAMs from its top. Answers how many
/// there are.
pub(super) fn load(context: &mut Context<'_>) -> anyhow::Result<usize> {
    let total = context.config.waves.total_overall;
    let mut statements = vec![statement(&context.store, &context.config, total)?];
    if !context.config.ignore_overrides {
        let run_id = &*context.run_id;
        statements.push(render("aim/runlist_rejected.sql", context! { run_id })?);
    }
    context.execute(&statements).with_context(|| unreadable(FILE))?;
    let cams = count(&context.warehouse)?;
    tracing::info!("{cams} CAMs are asked for");
    Ok(cams)
}

/// Reads at most `total` CAMs into the temporary table.
pub(super) fn statement(
    store: &LocalStore,
    config: &Config,
    total: usize,
) -> anyhow::Result<Statement> {
    if config.ignore_overrides {
        return render("aim/runlist_dummy.sql", context! {});
    }
    let path = store.local_copy(FILE).context("The runlist cannot be read")?;
    let header = Header::of(&path)?;
    let Columns { vehicle, size, rank } = Columns::find(&header)?;
    // Names may repeat among the columns that are not read: positions do not.
    let names: Vec<String> = (0..header.fields.len()).map(|at| format!("column{at}")).collect();
    let parameters = context! {
        path => utf8(&path)?,
        skip => header.blank_lines,
        columns => names.clone(),
        vehicle => &*names[vehicle],
        size => &*names[size],
        rank => rank.map(|rank| &*names[rank]),
        total,
        choices => Choices::of(config.compat),
    };
    render("aim/runlist.sql", parameters)
}

/// How many CAMs the temporary table has.
pub(super) fn count(warehouse: &DuckDb) -> anyhow::Result<usize> {
    let query = Statement::new("runlist", "select count(*) from runlist");
    let count = warehouse.rows(&query)?.into_iter().flatten().flatten().next();
    let cams = count.map_or(Ok(0), |count| count.parse())?;
    if cams == 0 {
        bail!("{FILE} has no row with a vehicle and a size: add some");
    }
    Ok(cams)
}

/// The runlist that was read. It stays in the engine; a batch of it at a time is here.
pub(super) struct ListedCams<'a> {
    warehouse: &'a DuckDb,
    count: usize,
}

impl<'a> ListedCams<'a> {
    /// Of as many CAMs as [`count`] answered.
    pub(super) fn new(warehouse: &'a DuckDb, count: usize) -> Self {
        Self { warehouse, count }
    }
}

impl Runlist for ListedCams<'_> {
    fn count(&self) -> usize {
        self.count
    }

    fn cams(&self, places: &[usize]) -> anyhow::Result<Vec<Cam>> {
        let (Some(first), Some(last)) = (places.first(), places.last()) else {
            return Ok(Vec::new());
        };
        let gaps = last - first + 1 > places.len();
        let parameters = context! { first, last, places => gaps.then(|| places.to_vec()) };
        let rows = self.warehouse.rows(&render("aim/runlist_cams.sql", parameters)?)?;
        let cam = |row: Vec<Option<String>>| {
            let mut cells = row.into_iter();
            Some(Cam::new(cells.next()??, cells.next()??))
        };
        let cams: Vec<Cam> = rows.into_iter().filter_map(cam).collect();
        ensure!(cams.len() == places.len(), "The runlist changed while it was asked for");
        Ok(cams)
    }
}

/// Where the columns stand that are read.
#[derive(Debug, PartialEq)]
struct Columns {
    vehicle: usize,
    size: usize,
    rank: Option<usize>,
}

impl Columns {
    /// Finds `vehicle`, `size` and `priorityrank` or `rank`, trimmed, case ignored.
    fn find(header: &Header) -> anyhow::Result<Self> {
        let position = |names: &[&str]| {
            let mut found = header
                .fields
                .iter()
                .enumerate()
                .filter(|(_, column)| names.contains(&column.trim().to_lowercase().as_str()));
            let first = found.next();
            if let (Some((_, first)), Some((_, second))) = (first, found.next()) {
                bail!("{FILE} has two columns for one thing, {first:?} and {second:?}: rename one");
            }
            Ok(first.map(|(at, _)| at))
        };
        let required = |name: &str| {
            position(&[name])?.with_context(|| {
                format!("{FILE} has no column {name}: its header has {}", header.shown())
            })
        };
        Ok(Self {
            vehicle: required("vehicle")?,
            size: required("size")?,
            rank: position(&["priorityrank", "rank"])?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(names: &[&str]) -> anyhow::Result<Columns> {
        let fields = names.iter().map(|&name| name.to_owned()).collect();
        Columns::find(&Header { fields, blank_lines: 0 })
    }

    #[test]
    fn names_are_trimmed_and_case_is_ignored() {
        let columns = find(&[" vehicle ", "Other", " SIZE", "rank"]).expect("found");
        assert_eq!(columns, Columns { vehicle: 0, size: 2, rank: Some(3) });
    }

    #[test]
    fn missing_and_double_columns_are_named() {
        let error = |header: &[&str]| find(header).unwrap_err().to_string();
        assert!(error(&["vehicle"]).contains("no column size"));
        assert!(error(&["vehicle", "size", "Vehicle"]).contains("two columns"));
        assert!(error(&["vehicle", "size", "rank", "PriorityRank"]).contains("two columns"));
    }
}
