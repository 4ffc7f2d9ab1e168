//! Samples to learn from or to predict for: which features they have, and their rows as LightGBM takes them.
//! Features are columns of their own, or members of the JSON objects in `feature_vector`.

mod categories;

pub(super) use categories::Categories;

use super::frame::{Source, Workspace};
use crate::warehouse::template::{Statement, quote_identifier, render};
use anyhow::{Context as _, bail};
use duckdb::arrow::array::{Array as _, AsArray as _};
use duckdb::arrow::datatypes::{Float32Type, Float64Type};
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;

/// The column of JSON objects.
const VECTOR: &str = "feature_vector";

/// Columns that are no features unless they are asked for.
const RESERVED: [&str; 17] = [
    "asin",
    "site",
    "dt",
    "t_ref",
    "y",
    "y_bin",
    "y_rank",
    "y_reg",
    "relevance",
    "label",
    "group_id",
    "split",
    "purged",
    "meta",
    "lgbm_score",
    "rank_in_group",
    "listing_missing",
];

/// One input of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Input {
    pub(super) name: String,
    /// The values of a feature that is no number but a name; others are missing.
    pub(super) categories: Option<Vec<String>>,
    /// Whether it is a member of the vector.
    member: bool,
    /// Whether it is a column of texts, as those of CSV files are.
    text: bool,
}

/// Samples of a file or table.
pub(super) struct Samples<'w> {
    workspace: &'w Workspace,
    pub(super) source: Source,
    pub(super) inputs: Vec<Input>,
    /// Members of the vectors that are no features, having a value that is no number, and that value.
    pub(super) left_out: Vec<String>,
}

/// The rows of one part. Missing values are NaN.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Feature after feature.
    pub(super) values: Vec<f64>,
    pub(super) labels: Vec<f32>,
    pub(super) weights: Option<Vec<f32>>,
    /// How many rows each group has.
    pub(super) groups: Option<Vec<i32>>,
}

/// What is learnt from which rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) label: &'a str,
    pub(super) weight: Option<&'a str>,
    /// For rankers.
    pub(super) group: Option<&'a str>,
}

impl<'w> Samples<'w> {
    /// Finds the features: those named, or else the members of the vectors in the order they first appear
    /// in; where there are no vectors, all columns of numbers but labels and keys. Those in `categories` are names of
    /// something, and found whatever they are.
    ///
    /// # Errors
    ///
    /// A named feature that is not there or has values that are no number; vectors that are no JSON objects;
    /// no feature at all.
    pub(super) fn open(
        workspace: &'w Workspace,
        source: Source,
        wanted: &[String],
        left_out: &[&str],
        categories: &Categories,
    ) -> anyhow::Result<Self> {
        let mut samples = Self { workspace, source, inputs: Vec::new(), left_out: Vec::new() };
        let members = samples.members()?;
        let columns: Vec<(String, String)> = samples
            .source
            .columns()
            .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
            .collect();
        let column =
            |name: &str| columns.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        let input = |name: &str, member, text| {
            let categories = categories.get(name).cloned();
            Input { name: name.to_owned(), categories, member, text }
        };
        let member = |name: &str| input(name, true, false);
        if wanted.is_empty() {
            samples.inputs = members.iter().map(|(name, _)| member(name)).collect();
            samples.left_out = samples.drop_texts(&members)?;
            // Beside vectors, columns are labels and the like.
            if !samples.source.has(VECTOR) {
                let free = |name: &str| {
                    !RESERVED.iter().chain(left_out).any(|other| name.eq_ignore_ascii_case(other))
                };
                let numbers = columns.iter().filter(|(name, kind)| {
                    is_number(kind) && free(name) || categories.contains_key(name)
                });
                samples.inputs = numbers.map(|(name, _)| input(name, false, false)).collect();
            }
            for name in categories.keys() {
                match column(name) {
                    _ if samples.inputs.iter().any(|input| input.name == *name) => {}
                    Some(_) => samples.inputs.push(input(name, false, false)),
                    None => bail!(
                        "{} has no feature {name}, which training.categorical_features names; its feature vectors have {}",
                        samples.source.name(),
                        names(&members)
                    ),
                }
            }
        } else {
            for name in wanted {
                let input = match column(name) {
                    Some((name, kind)) => input(name, false, kind == "VARCHAR"),
                    None if members.iter().any(|(other, _)| other == name) => member(name),
                    None => bail!(
                        "{} has no feature {name}; its feature vectors have {}",
                        samples.source.name(),
                        names(&members)
                    ),
                };
                samples.inputs.push(input);
            }
            if let Some(text) = samples.drop_texts(&members)?.first() {
                bail!("{}: {text}, which is no number", samples.source.name());
            }
        }
        if samples.inputs.is_empty() {
            bail!(
                "{} has no features: neither members of {VECTOR} nor columns of numbers; name some with \
                 --features",
                samples.source.name()
            );
        }
        Ok(samples)
    }

    /// The columns of texts that must be numbers.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let texts = self.inputs.iter().filter(|input| input.text && input.categories.is_none());
        texts.map(|input| &*input.name)
    }

    /// The features, for templates.
    pub(super) fn inputs_value(&self) -> Value {
        Serde(self.inputs.clone()).into()
    }

    /// The shape of the vectors for `from_json`, or none.
    pub(super) fn members_shape(&self) -> Option<String> {
        let members: serde_json::Map<String, serde_json::Value> = self
            .inputs
            .iter()
            .filter(|input| input.member)
            .map(|input| {
                let kind = if input.categories.is_some() { "VARCHAR" } else { "DOUBLE" };
                (input.name.clone(), kind.into())
            })
            .collect();
        (!members.is_empty()).then(|| serde_json::Value::from(members).to_string())
    }

    /// The keys of the vectors in order, and how many have each.
    fn members(&self) -> anyhow::Result<Vec<(String, u64)>> {
        if !self.source.has(VECTOR) {
            return Ok(Vec::new());
        }
        let (source, place) = (&self.source, place(&self.source));
        let broken =
            render("asin/samples/broken_vectors.sql", context! { source, place => &place })?;
        if let Some([Some(count), Some(key), Some(value)]) =
            self.rows(&broken)?.first().map(|row| &row[..])
        {
            let value: String = value.chars().take(60).collect();
            bail!(
                "{}: {VECTOR} of row {key} is {value:?}, which is no JSON object ({count} such rows)",
                source.name()
            );
        }
        let keys =
            render("asin/samples/keys.sql", context! { source, place => format!("({place})") })?;
        let pair = |row: Vec<Option<String>>| match &row[..] {
            [Some(key), Some(count)] => Some((key.clone(), count.parse().ok()?)),
            _ => None,
        };
        Ok(self.rows(&keys)?.into_iter().filter_map(pair).collect())
    }

    /// Takes out the members that have values which are no numbers, and says what they are.
    fn drop_texts(&mut self, members: &[(String, u64)]) -> anyhow::Result<Vec<String>> {
        let Some(shape) = self.members_shape() else {
            return Ok(Vec::new());
        };
        let names: Vec<String> = self
            .inputs
            .iter()
            .filter(|input| input.member && input.categories.is_none())
            .map(|input| input.name.clone())
            .collect();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let (source, place) = (&self.source, place(&self.source));
        let counts = render(
            "asin/samples/counts.sql",
            context! { source, names => &names, members => shape },
        )?;
        let counts = self.rows(&counts)?.into_iter().flatten();
        let numbers = counts.map(|count| count.and_then(|count| count.parse::<u64>().ok()));
        let mut texts = Vec::new();
        for (name, numbers) in names.into_iter().zip(numbers) {
            let present =
                members.iter().find(|(member, _)| *member == name).map(|(_, count)| *count);
            if present == numbers {
                continue;
            }
            // A path in which every key may stand.
            let path = format!("$.{}", serde_json::Value::from(&*name));
            let query = render(
                "asin/samples/not_a_number.sql",
                context! { source, place => &place, path, member => &name },
            )?;
            if let Some(text) = self.rows(&query)?.into_iter().flatten().flatten().next() {
                texts.push((name, text));
            }
        }
        self.inputs
            .retain(|input| !input.member || texts.iter().all(|(name, _)| *name != input.name));
        Ok(texts.into_iter().map(|(_, text)| text).collect())
    }

    fn rows(&self, query: &Statement) -> anyhow::Result<Vec<Vec<Option<String>>>> {
        self.workspace.db().rows(query)
    }

    /// Refuses rows of a part for which `bad` holds; `why` goes on after the value of `column`.
    pub(super) fn refuse(
        &self,
        condition: &str,
        column: &str,
        bad: &str,
        why: &str,
    ) -> anyhow::Result<()> {
        let (source, place) = (&self.source, place(&self.source));
        let query =
            render("asin/samples/refused.sql", context! { source, place, condition, column, bad })?;
        if let Some([Some(count), Some(key), value]) =
            self.rows(&query)?.first().map(|row| &row[..])
        {
            let value = value.as_deref().unwrap_or("missing");
            bail!("{}: {column} of row {key} is {value}, {why} ({count} such rows)", source.name());
        }
        Ok(())
    }

    /// The rows for which `condition` holds, those of a group together and by product.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub(super) fn read(&self, condition: &str, target: Target<'_>) -> anyhow::Result<Rows> {
        let source = &self.source;
        let Target { label, weight, group } = target;
        let parameters = context! {
            source,
            condition,
            label,
            weight,
            group,
            inputs => self.inputs_value(),
            members => self.members_shape(),
            order => place(&self.source),
        };
        let query = render("asin/samples/part.sql", parameters.clone())?;
        let mut statement = self.workspace.db().prepare(&query)?;
        let batches: Vec<_> = statement
            .query_arrow([])
            .with_context(|| format!("{} cannot be read", source.name()))?
            .collect();
        let count = batches.iter().map(|batch| batch.num_rows()).sum();
        let mut rows = Rows {
            values: Vec::with_capacity(count * self.inputs.len()),
            labels: Vec::with_capacity(count),
            weights: weight.map(|_| Vec::with_capacity(count)),
            groups: None,
        };
        for batch in &batches {
            rows.labels.extend(batch.column(0).as_primitive::<Float32Type>().values());
            if let Some(weights) = &mut rows.weights {
                weights.extend(batch.column(1).as_primitive::<Float32Type>().values());
            }
        }
        for at in 0..self.inputs.len() {
            for batch in &batches {
                let column = batch.column(2 + at).as_primitive::<Float64Type>();
                if column.null_count() == 0 {
                    rows.values.extend(column.values());
                } else {
                    rows.values.extend(column.iter().map(|value| value.unwrap_or(f64::NAN)));
                }
            }
        }
        if group.is_some() {
            let query = render("asin/samples/groups.sql", parameters)?;
            let sizes = self.rows(&query)?.into_iter().flatten().flatten();
            rows.groups = Some(sizes.map(|size| size.parse()).collect::<Result<_, _>>()?);
        }
        Ok(rows)
    }
}

/// Which columns name a row in messages, as SQL.
pub(super) fn place(source: &Source) -> String {
    let keys = ["asin", "site", "t_ref", "dt"];
    let there: Vec<String> =
        keys.into_iter().filter(|key| source.has(key)).map(quote_identifier).collect();
    if there.is_empty() { "''".to_owned() } else { there.join(", ") }
}

fn names(members: &[(String, u64)]) -> String {
    let names: Vec<&str> = members.iter().map(|(name, _)| &**name).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn is_number(kind: &str) -> bool {
    const NUMBERS: [&str; 14] = [
        "DOUBLE",
        "FLOAT",
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "HUGEINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "UBIGINT",
        "UHUGEINT",
        "BOOLEAN",
        "DECIMAL",
    ];
    NUMBERS.iter().any(|number| kind.starts_with(number)) && !kind.ends_with(']')
}
