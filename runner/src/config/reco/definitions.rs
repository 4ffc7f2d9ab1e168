//! `sql/reco/tables.toml`, read and checked.

use super::types::ColumnType;
use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use std::collections::HashSet;
use std::path::Path;

/// The definitions that are compiled in.
const BUILT_IN: &str = include_str!("../../../../sql/reco/tables.toml");

/// PostgreSQL cuts longer names.
const LONGEST_NAME: usize = 63;

/// Tables and views of one release.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definitions {
    /// The schema of all of them in PostgreSQL.
    pub schema: String,
    /// Tables, in their order.
    #[serde(rename = "table", default)]
    pub tables: Vec<Table>,
    /// Materialised views, in their order.
    #[serde(rename = "view", default)]
    pub views: Vec<View>,
}

/// A table that travels.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its name in PostgreSQL and of its shards.
    pub name: String,
    #[serde(default = "first")]
    release: u8,
    /// Its dataset, without the environment.
    pub dataset: String,
    /// Its name in the warehouse.
    pub source: String,
    /// Columns that tell rows apart.
    #[serde(default)]
    pub key: Vec<String>,
    /// Columns, in their order.
    pub columns: Vec<Column>,
}

/// A column of a table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name, the same on both sides.
    pub name: String,
    /// Its type in PostgreSQL.
    #[serde(rename = "type")]
    pub column_type: ColumnType,
    /// Bound of values that can be right; others are counted.
    pub within: Option<u32>,
    #[serde(default = "first")]
    release: u8,
}

/// A materialised view.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// Its name.
    pub name: String,
    #[serde(default = "first")]
    release: u8,
    /// The function it selects from.
    pub function: String,
    /// The statement that makes a function it uses, by its name under `sql/`.
    pub helper: Option<String>,
    /// The table or view below it.
    pub from: String,
    /// Which rows, in SQL.
    #[serde(rename = "where")]
    pub condition: Option<String>,
    /// Grouping columns.
    #[serde(default)]
    pub group_by: Vec<String>,
    /// Columns that rows are stored in the order of.
    #[serde(default)]
    pub order_by: Vec<String>,
    /// Columns, in their order.
    pub columns: Vec<ViewColumn>,
    /// Indexes.
    pub indexes: Vec<Index>,
}

/// A column of a view.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub column_type: ColumnType,
    /// Its value, an SQL template; absent, the column of that name.
    pub value: Option<String>,
    #[serde(default = "first")]
    release: u8,
}

/// An index of a view.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Template of its name.
    pub name: String,
    /// Whether its columns are a key.
    #[serde(default)]
    pub unique: bool,
    /// Access method.
    #[serde(default = "btree")]
    pub method: String,
    /// Its columns.
    pub on: Vec<String>,
    #[serde(default = "first")]
    release: u8,
}

fn first() -> u8 {
    1
}

fn btree() -> String {
    "btree".to_owned()
}

impl Definitions {
    /// Reads `file`, or what is compiled in, and keeps what `release` has.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or says what cannot be: the message names the place.
    pub fn load(file: Option<&Path>, release: u8) -> anyhow::Result<Self> {
        let (name, text) = match file {
            Some(file) => (
                file.display().to_string(),
                std::fs::read_to_string(file)
                    .with_context(|| format!("{} (AIM_RECO_TABLES)", file.display()))?,
            ),
            None => ("The built-in table definitions".to_owned(), BUILT_IN.to_owned()),
        };
        Self::parse(&text, release).with_context(|| format!("{name} cannot be used"))
    }

    pub(super) fn parse(text: &str, release: u8) -> anyhow::Result<Self> {
        let mut this: Self = toml::from_str(text)?;
        this.tables.retain(|table| table.release <= release);
        this.views.retain(|view| view.release <= release);
        for table in &mut this.tables {
            table.columns.retain(|column| column.release <= release);
        }
        for view in &mut this.views {
            view.columns.retain(|column| column.release <= release);
            view.indexes.retain(|index| index.release <= release);
        }
        this.check()?;
        Ok(this)
    }

    /// The table of that name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The view of that name.
    pub fn view(&self, name: &str) -> Option<&View> {
        self.views.iter().find(|view| view.name == name)
    }

    fn check(&self) -> anyhow::Result<()> {
        check_name(&self.schema)?;
        let mut names = HashSet::new();
        let relations =
            self.tables.iter().map(|t| &t.name).chain(self.views.iter().map(|v| &v.name));
        for name in relations {
            check_name(name)?;
            ensure!(names.insert(name), "{name} is defined twice");
        }
        for table in &self.tables {
            ensure!(!table.columns.is_empty(), "{} has no columns", table.name);
            check_columns(&table.name, table.columns.iter().map(|column| &column.name))?;
            for column in &table.columns {
                ensure!(
                    !column.column_type.is_computed(),
                    "{}.{} has a type that only views have",
                    table.name,
                    column.name
                );
            }
            known(&table.name, &table.key, |name| table.columns.iter().any(|c| c.name == name))?;
        }
        for view in &self.views {
            check_name(&view.function)?;
            check_columns(&view.name, view.columns.iter().map(|column| &column.name))?;
            let has = |name: &str| view.columns.iter().any(|column| column.name == name);
            known(&view.name, &view.order_by, has)?;
            for index in &view.indexes {
                ensure!(!index.on.is_empty(), "An index of {} has no columns", view.name);
                known(&view.name, &index.on, has)?;
            }
        }
        load_order(&self.views, self).map(drop)
    }
}

/// The views in an order in which each comes after what it reads.
///
/// # Errors
///
/// When a view reads what is not defined, or itself by a detour.
pub fn load_order<'a>(
    views: &'a [View],
    definitions: &Definitions,
) -> anyhow::Result<Vec<Vec<&'a View>>> {
    for view in &definitions.views {
        let known =
            definitions.table(&view.from).is_some() || definitions.view(&view.from).is_some();
        ensure!(known, "{} reads {}, which is not defined", view.name, view.from);
    }
    let mut rest: Vec<&View> = views.iter().collect();
    let mut levels = Vec::new();
    while !rest.is_empty() {
        let waiting: HashSet<String> = rest.iter().map(|view| view.name.clone()).collect();
        let (ready, later): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|view| !waiting.contains(&view.from));
        if ready.is_empty() {
            bail!("{} reads itself, by way of {}", later[0].name, later[0].from);
        }
        levels.push(ready);
        rest = later;
    }
    Ok(levels)
}

fn check_name(name: &str) -> anyhow::Result<()> {
    ensure!(!name.is_empty(), "A name is empty");
    ensure!(!name.contains('\0'), "The name {name:?} has a NUL character");
    ensure!(name.len() <= LONGEST_NAME, "The name {name} is longer than {LONGEST_NAME} bytes");
    Ok(())
}

fn check_columns<'a>(owner: &str, names: impl Iterator<Item = &'a String>) -> anyhow::Result<()> {
    let mut seen = HashSet::new();
    for name in names {
        check_name(name)?;
        ensure!(seen.insert(name), "{owner} has the column {name} twice");
    }
    Ok(())
}

fn known(owner: &str, names: &[String], exists: impl Fn(&str) -> bool) -> anyhow::Result<()> {
    match names.iter().find(|name| !exists(name)) {
        Some(name) => bail!("{owner} has no column {name}, but uses it as a key"),
        None => Ok(()),
    }
}
