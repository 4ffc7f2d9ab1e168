//! The candidates of a day: the best of each category, with what is known of them.

use super::Asin;
use super::frame::{Sink, Workspace, check_cells};
use crate::warehouse::template::render;
use minijinja::context;
use std::path::{Path, PathBuf};

/// So many are shown.
const SHOWN: u32 = 10;

/// Where candidates come from and go to.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Scores; absent, the job's table.
    pub input: Option<PathBuf>,
    /// What is known of products; absent, the job's table, and nothing for scores of a file.
    pub products: Option<PathBuf>,
    /// The mart; absent, likewise.
    pub mart: Option<PathBuf>,
    /// Absent, `exports/top_candidates_YYYYMMDD.csv` in the job's folder.
    pub output: Option<PathBuf>,
    /// Ranks up to this one.
    pub top: u32,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidates {
    /// The file.
    pub file: PathBuf,
    /// Where it is found when the command is done: there, or in the bucket.
    pub place: String,
    /// Its rows.
    pub rows: u64,
    /// The best of them all: product, market, category, score, rank, title.
    pub best: Vec<[String; 6]>,
}

/// Writes the candidates, ordered by market, category and rank.
///
/// # Errors
///
/// Scores without a needed column, a file that cannot be read or written.
pub fn run(job: &Asin, request: &Request) -> anyhow::Result<Candidates> {
    let files = request.input.is_some();
    let workspace = Workspace::open(job, files)?;
    let source = workspace.source(request.input.as_deref(), "score_baseline_daily")?;
    source.require(&["asin", "site", "dt", "category", "explosive_score", "rank_in_cat"])?;
    check_cells(&workspace, &source, &["explosive_score", "rank_in_cat"], &["dt"], &[])?;
    let beside = |file: &Option<PathBuf>, table: &str| match file {
        None if files => Ok(None),
        file => workspace.source(file.as_deref(), table).map(Some),
    };
    let products = beside(&request.products, "dim_asin")?;
    let mart = beside(&request.mart, "mart_timeseries_daily")?;
    let query = render(
        "asin/candidates.sql",
        context! {
            source => &source,
            products => products.as_ref(),
            mart => mart.as_ref(),
            scope => workspace.scope(&job.scope, &source)?.parameters(),
            top => request.top,
            choices => job.choices,
        },
    )?;
    let name = file_name(job);
    let file = match &request.output {
        Some(file) => file.clone(),
        None => job.store.resolve(&name)?,
    };
    let place = match &job.cloud {
        Some(cloud) if request.output.is_none() => cloud.object(&name)?.to_string(),
        _ => file.display().to_string(),
    };
    let rows = workspace.write(&query, &Sink::File(&file))?;
    let best = best(&workspace, &file)?;
    Ok(Candidates { file, place, rows, best })
}

fn file_name(job: &Asin) -> String {
    let day = job.scope.date.map_or_else(|| "all".to_owned(), |d| d.strftime("%Y%m%d").to_string());
    format!("exports/top_candidates_{day}.csv")
}

fn best(workspace: &Workspace, file: &Path) -> anyhow::Result<Vec<[String; 6]>> {
    let source = workspace.source(Some(file), "")?;
    let query = render("asin/best.sql", context! { source => &source, count => SHOWN })?;
    let cells = |row: Vec<Option<String>>| {
        let mut cells = row.into_iter().map(Option::unwrap_or_default);
        std::array::from_fn(|_| cells.next().unwrap_or_default())
    };
    Ok(workspace.rows(&query)?.into_iter().map(cells).collect())
}
