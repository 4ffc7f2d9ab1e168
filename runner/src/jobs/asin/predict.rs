//! Prediction: what a trained model makes of rows, and each row's place in its group.

mod model;

use super::Asin;
use super::frame::{Replace, Sink, Source, Workspace, check_cells};
use super::samples::Samples;
use crate::warehouse::template::{Statement, quote_identifier, quote_literal, render};
use anyhow::{Context as _, bail};
use minijinja::context;
use model::{Model, Takes};
use std::path::PathBuf;

/// The table that is written where no file is.
const PREDICTIONS: &str = "pred_rank_daily";

/// What to predict, with which model.
#[derive(Debug, Clone)]
pub struct Request {
    /// LightGBM's text; absent, the registry's in production, or the model of `scoring.model_path`.
    pub model: Option<PathBuf>,
    /// Rows with features; absent, the features of the scope's day.
    pub rows: Option<PathBuf>,
    /// Absent, the job's table of predictions.
    pub output: Option<PathBuf>,
    /// The column of groups; it is made of site and category where it is missing.
    pub group: String,
    /// Groups are made of these columns, and places in the category are told too; `scoring.group_by_columns`
    /// where it is empty.
    pub group_by: Option<Vec<String>>,
    /// The model's inputs by place; empty for the model's own names.
    pub features: Vec<String>,
    /// Rows of this part only, of samples.
    pub split: Option<String>,
    /// So many of the largest contributions to a score are told as its reason; 0 for none.
    pub reasons: u32,
}

impl Default for Request {
    /// The features of the day into the job's table.
    fn default() -> Self {
        Self {
            model: None,
            rows: None,
            output: None,
            group: "group_id".to_owned(),
            group_by: None,
            features: Vec::new(),
            split: None,
            reasons: 0,
        }
    }
}

/// Where a model would be, if none is named, none in production, and none there.
///
/// # Errors
///
/// A registry that is none, or that names a model which is not here.
pub fn missing_model(job: &Asin, request: &Request) -> anyhow::Result<Option<PathBuf>> {
    let model = Model::find(job, request.model.as_deref())?;
    Ok((request.model.is_none() && !model.file.is_file()).then_some(model.file))
}

/// Scores the rows and ranks them in their groups, best first, of each day by itself; answers how many.
///
/// Missing features are missing for the model. Rows keep all their columns; those without a group get a
/// score and no rank. Equal scores rank by product.
///
/// # Errors
///
/// A model that is none, rows without one of its features, or without groups and what they are made of.
pub fn run(job: &Asin, request: &Request) -> anyhow::Result<u64> {
    let workspace = Workspace::open(job, request.rows.is_some() && request.output.is_some())?;
    let db = workspace.db();
    // Rows are numbered as they come.
    db.transaction(&[Statement::new("order", "set preserve_insertion_order = true")])?;
    let model = Model::find(job, request.model.as_deref())?;
    let Takes { names: own, categories } = model.load(db)?;
    let named = [&request.features, &job.settings.scoring.feature_columns];
    let names = named.into_iter().find(|names| !names.is_empty()).unwrap_or(&own);
    // Names stand for the model's by their place.
    let categories = own
        .iter()
        .zip(names)
        .filter_map(|(own, name)| Some((name.clone(), categories.get(own)?.clone())))
        .collect();
    let source = workspace.source(request.rows.as_deref(), "features_daily")?;
    let scope = workspace.scope(&job.scope, &source)?;
    let table = request.output.is_none();
    if table {
        source.require(&["asin", "site", "dt"])?;
    }
    let samples = Samples::open(&workspace, source, names, &[], &categories)?;
    let source = &samples.source;
    let texts: Vec<&str> = samples.texts().collect();
    check_cells(&workspace, source, &texts, &["dt", "t_ref"], &[])?;
    let (built_group, dim) = group(job, &workspace, request, source)?;
    let made = |name: &str| {
        let reason = if request.reasons > 0 { "reason" } else { "rank_in_group" };
        let category = if request.group_by.is_some() { "rank_in_cat" } else { "rank_in_group" };
        [&*request.group, "lgbm_score", "rank_in_group", reason, category]
            .iter()
            .any(|other| name.eq_ignore_ascii_case(other))
    };
    let columns: Vec<String> =
        source.columns().map(|(name, _)| name.to_owned()).filter(|name| !made(name)).collect();
    let days: Vec<&str> = match job.choices.rank_by_day {
        true => ["dt", "t_ref"].into_iter().filter(|day| source.has(day)).collect(),
        false => Vec::new(),
    };
    let mut condition = String::new();
    if let Some(split) = &request.split {
        source.require(&["split"])?;
        condition.push_str(&format!(" and split = {}", quote_literal(split)));
    }
    if let Some(date) = job.scope.date {
        let day = if source.has("t_ref") { "t_ref" } else { "dt" };
        source.require(&[day])?;
        condition.push_str(&format!(" and {}::date = date '{date}'", quote_identifier(day)));
    }
    if let Some(asins) = &scope.asins {
        let list: Vec<String> = asins.iter().map(|asin| quote_literal(asin)).collect();
        condition.push_str(&format!(" and asin in ({})", list.join(", ")));
    }
    let query = render(
        "asin/predict.sql",
        context! {
            source,
            columns,
            group => &request.group,
            built_group,
            dim => dim.as_ref(),
            inputs => samples.inputs_value(),
            members => samples.members_shape(),
            condition,
            days,
            by_product => job.choices.rank_by_day && source.has("asin"),
            equals_share => request.group_by.is_some() && !job.choices.rank_by_day,
            category => category(request, source),
            rank_min => job.settings.scoring.rank_min,
            table,
            model_version => &model.version,
            reasons => request.reasons,
            names => &own,
        },
    )?;
    let sink = match &request.output {
        Some(file) => Sink::File(file),
        None => Sink::Table(PREDICTIONS, Replace::Keys(&["asin", "site", "dt", "model_version"])),
    };
    let rows = workspace.write(&query, &sink);
    rows.with_context(|| format!("{} cannot be used", model.file.display()))
}

/// The columns of a category, where places in it are told.
fn category(request: &Request, source: &Source) -> Option<[&'static str; 2]> {
    let columns = ["site", "category"];
    let told = request.group_by.is_some() && request.output.is_some();
    (told && columns.iter().all(|column| source.has(column))).then_some(columns)
}

/// The texts of columns as the name of a group; what is missing is `UNKNOWN`. Columns of the settings may be missing
/// altogether, but not all of them.
fn grouped_by(job: &Asin, columns: &[String], source: &Source) -> anyhow::Result<String> {
    let usual = &job.settings.scoring.group_by_columns;
    let named = !columns.is_empty();
    let columns = if named { columns } else { usual };
    let missing: Vec<&str> =
        columns.iter().map(|name| &**name).filter(|name| !source.has(name)).collect();
    if named || missing.len() == columns.len() {
        source.require(&missing).context("There is nothing to make groups of")?;
    }
    let text = |name: &String| match source.has(name) {
        true => format!("coalesce(nullif({}::varchar, ''), 'UNKNOWN')", quote_identifier(name)),
        false => "'UNKNOWN'".to_owned(),
    };
    let texts: Vec<String> = columns.iter().map(text).collect();
    Ok(format!("concat_ws('|', {})", texts.join(", ")))
}

/// What groups are made of where the rows have none, and the products for their categories.
fn group(
    job: &Asin,
    workspace: &Workspace,
    request: &Request,
    source: &Source,
) -> anyhow::Result<(Option<String>, Option<Source>)> {
    if let Some(columns) = &request.group_by {
        return Ok((Some(grouped_by(job, columns, source)?), None));
    }
    if source.has(&request.group) {
        return Ok((None, None));
    }
    if !job.choices.build_missing_groups {
        bail!(
            "{} has no column {}; name the groups' with --group-col",
            source.name(),
            request.group
        );
    }
    source.require(&["site"]).with_context(|| {
        format!(
            "There is no column {} and none can be made; name it with --group-col",
            request.group
        )
    })?;
    let day = ["dt", "t_ref"].into_iter().find(|day| source.has(day));
    let day = day.map(|day| format!(", {}::date", quote_identifier(day))).unwrap_or_default();
    let built = |category: &str| {
        format!("concat_ws('|', site, coalesce(nullif({category}::varchar, ''), 'unknown'){day})")
    };
    if let Some(category) = ["category_id", "category"].into_iter().find(|name| source.has(name)) {
        return Ok((Some(built(category)), None));
    }
    if request.rows.is_none() || request.output.is_none() {
        source.require(&["asin"])?;
        return Ok((Some(built("d_category")), Some(workspace.source(None, "dim_asin")?)));
    }
    bail!(
        "{} has neither {} nor a category to make groups of; add one, or name the groups' column with \
         --group-col",
        source.name(),
        request.group
    )
}
