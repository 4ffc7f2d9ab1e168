//! The job's runs in both positions, and everything executed on BigQuery that they are compared with.

use crate::bigquery::BigQuery;
use crate::compare::{Difference, compare};
use crate::job::{Job, TODAY};
use crate::scores::{self, Scores};
use aim::config::Compat;
use aim::jobs::aim::dashboards::{Parameters, click_days, statement};
use aim::jobs::aim::{Choices, Stage, tyre_score};
use aim::warehouse::template::{Dialect, quote_literal};
use anyhow::{Context as _, anyhow};
use jiff::ToSpan as _;
use std::fmt::{self, Display, Formatter};
use std::path::Path;
use tempfile::TempDir;

/// The stages whose statements run on both warehouses, and their tables.
const STAGES: [(Stage, &str); 6] = [
    (Stage::TyreScore, "nexus_tyrescore.TyreScore_algorithm_output"),
    (Stage::Validation, "AIM.AIM-override-file-size"),
    (Stage::CoreTables, "AIM.aim-analysis-table"),
    (Stage::DashboardTables, "AIM.AIM-override-file"),
    (Stage::OutputCore, "AIM.aim_token_fact"),
    (Stage::DashboardOutput, "AIM.aim-merchandising-report"),
];

/// The oracle's statements in the order they read one another; the first two only help the others.
const ORACLE: [&str; 9] = [
    "events",
    "token_rows",
    "tyre_score",
    "size_file",
    "analysis_table",
    "override_file",
    "token_fact",
    "merchandising_report",
    "cam_sku",
];

/// What a table of the job is compared with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reference {
    /// What our statement of a stage gives on BigQuery.
    Rendered(Compat, &'static str),
    /// What the oracle's statement gives there.
    Oracle(&'static str),
    /// What BigQuery's statement for the scores of products gives, under some settings.
    Scores(&'static scores::Variant),
}

impl Reference {
    /// All of them.
    pub(crate) fn all() -> Vec<Self> {
        let rendered = [Compat::Fixed, Compat::Original]
            .into_iter()
            .flat_map(|compat| STAGES.map(|(_, table)| Self::Rendered(compat, table)));
        let oracle = ORACLE[2..].iter().map(|name| Self::Oracle(name));
        rendered.chain(oracle).chain(scores::ALL.iter().map(Self::Scores)).collect()
    }
}

impl Display for Reference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rendered(compat, table) => write!(f, "{}::{table}", project(*compat)),
            Self::Oracle(name) => write!(f, "oracle::{name}"),
            Self::Scores(variant) => write!(f, "scores::{}", variant.name),
        }
    }
}

/// Everything is executed when it exists; what is left is to compare. Each position has a project of its own.
pub(crate) struct Setup {
    bigquery: BigQuery,
    jobs: [Job; 2],
    scores: Scores,
    // After what uses it.
    _folder: TempDir,
}

impl Setup {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let starting = BigQuery::start(&folder.path().join("bigquery"))?;
        let run = |compat| {
            let name = project(compat);
            Job::new(&folder.path().join(name), compat).context(name)
        };
        let execute =
            |bigquery: &BigQuery, job: &Job| execute(bigquery, job).context(project(job.compat));
        // One position's runs beside the other one's statements.
        let (bigquery, scores, jobs) = std::thread::scope(|threads| {
            let original = threads.spawn(|| run(Compat::Original));
            let fixed = run(Compat::Fixed)?;
            let bigquery = starting.wait()?;
            execute(&bigquery, &fixed)?;
            let scores = Scores::new(&bigquery, folder.path()).context("scores")?;
            let original = original.join().map_err(|_| anyhow!("The run has panicked"))??;
            execute(&bigquery, &original)?;
            anyhow::Ok((bigquery, scores, [fixed, original]))
        })?;
        Ok(Self { bigquery, jobs, scores, _folder: folder })
    }

    /// Compares a table of the job with its reference.
    pub(crate) fn compare(&self, reference: Reference) -> anyhow::Result<Difference> {
        let (compat, ours, theirs) = match reference {
            Reference::Rendered(compat, table) => {
                (compat, format!("select * from w.{}", quoted(table)), format!("`{table}`"))
            }
            Reference::Oracle(name) => {
                (Compat::Original, of_today(name)?, format!("`oracle.{name}`"))
            }
            Reference::Scores(variant) => return self.scores.compare(&self.bigquery, variant),
        };
        let job = self.jobs.iter().find(|job| job.compat == compat).context("Both have run")?;
        let name = reference.to_string().replace("::", ".");
        let file =
            self.bigquery.export(project(compat), &format!("select * from {theirs}"), &name)?;
        compare(&job.warehouse(), &ours, &file)
    }
}

/// The tables before the second run, the oracle's statements, then ours in the order of the stages.
fn execute(bigquery: &BigQuery, job: &Job) -> anyhow::Result<()> {
    let project = project(job.compat);
    for table in &job.tables {
        bigquery.load(project, table)?;
    }
    if job.compat == Compat::Original {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/parity/oracle");
        let read = |name: &str| std::fs::read_to_string(folder.join(format!("{name}.sql")));
        bigquery.create_dataset(project, "oracle")?;
        bigquery.query(project, &read("functions")?).context("oracle/functions.sql")?;
        for name in ORACLE {
            let query = format!("create or replace table `oracle.{name}` as\n{}", read(name)?);
            bigquery.query(project, &query).with_context(|| format!("oracle/{name}.sql"))?;
        }
    }
    let choices = Choices::of(job.compat);
    let today = TODAY.parse()?;
    let (first, last) = click_days(today)?;
    let parameters = Parameters {
        today,
        run_id: "parity".to_owned(),
        analytics: "analytics".to_owned(),
        days: job.click_stream(first, last),
        choices,
    };
    let (first, last) = tyre_score::click_days(today)?;
    let input = |table| Dialect::BigQuery.table("nexus_tyrescore", table);
    let scores = tyre_score::Parameters {
        tyres: input("TyreScore"),
        sales: input("CarMakeModelSales"),
        analytics: "analytics".to_owned(),
        days: job.click_stream(first, last),
        rate_cap: None,
        choices,
    };
    for stage in
        Stage::order(&choices).into_iter().filter(|stage| STAGES.iter().any(|(s, _)| s == stage))
    {
        let statement = match stage {
            Stage::TyreScore => tyre_score::statement(Dialect::BigQuery, &scores)?,
            _ => statement(Dialect::BigQuery, stage, &parameters)?,
        };
        bigquery.query(project, &statement.sql).with_context(|| statement.name.clone())?;
    }
    Ok(())
}

/// The rows that the job wrote on its last day.
fn of_today(oracle: &str) -> anyhow::Result<String> {
    let (table, day) = match oracle {
        "tyre_score" => (STAGES[0].1, None),
        "size_file" => (STAGES[1].1, Some("Start_date")),
        "analysis_table" => (STAGES[2].1, Some("Today")),
        "override_file" => (STAGES[3].1, Some("Today")),
        "token_fact" => (STAGES[4].1, Some("snapshot_date")),
        "cam_sku" => ("CAM_files.CAM_SKU", None),
        _ => (STAGES[5].1, None),
    };
    let rows = format!("select * from w.{}", quoted(table));
    let today: jiff::civil::Date = TODAY.parse()?;
    Ok(match (oracle, day) {
        (_, Some(day)) => format!("{rows} where {day} = date {}", quote_literal(TODAY)),
        ("merchandising_report", None) => {
            let first = today.checked_sub(21.days())?.to_string();
            format!("{rows} where Date >= date {}", quote_literal(&first))
        }
        ("cam_sku", None) => {
            let columns = "* replace (epoch_us(last_modified) as last_modified)";
            format!("select {columns} from w.{}", quoted(table))
        }
        _ => rows,
    })
}

fn project(compat: Compat) -> &'static str {
    match compat {
        Compat::Fixed => "fixed",
        Compat::Original => "original",
    }
}

fn quoted(table: &str) -> String {
    let (dataset, name) = table.split_once('.').unwrap_or(("main", table));
    Dialect::DuckDb.table(dataset, name)
}
