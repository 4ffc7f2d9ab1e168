//! The log: for people, or for Cloud Logging.

use crate::config::Environment;
use anyhow::{Context as _, bail};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

/// Set by Cloud Run in every execution of a job.
const EXECUTION: &str = "CLOUD_RUN_EXECUTION";

/// Whether the log is Cloud Logging's; an error that ends the program is one of its entries then.
static IS_JSON: AtomicBool = AtomicBool::new(false);

/// Begins to log to `writer`: the error output, or what keeps a moving line on it apart.
pub(super) fn start<W>(writer: W, environment: &Environment) -> anyhow::Result<()>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filled = |name| environment.get(name).filter(|text: &&str| !text.trim().is_empty());
    let log = filled("AIM_LOG").unwrap_or("info");
    let filter = EnvFilter::try_new(log).with_context(|| {
        format!("AIM_LOG is '{log}'; it must be error, warn, info, debug or trace")
    })?;
    let execution = filled(EXECUTION).map(|name| Execution::new(name, filled("PROJECT_ID")));
    let is_json = match filled("AIM_LOG_FORMAT") {
        Some("json") => true,
        Some("text") => false,
        None => execution.is_some(),
        Some(other) => bail!("AIM_LOG_FORMAT is '{other}'; it must be text or json"),
    };
    IS_JSON.store(is_json, Ordering::Relaxed);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    if is_json {
        builder.event_format(CloudLogging { execution }).init();
    } else {
        builder.with_target(false).with_ansi(std::io::stderr().is_terminal()).init();
    }
    Ok(())
}

/// Tells what ends the program, with its causes.
pub(super) fn report(error: &anyhow::Error) {
    if IS_JSON.load(Ordering::Relaxed) {
        tracing::error!("{error:#}");
    } else {
        eprintln!("Error: {error:#}");
    }
}

/// A line of JSON for each event, with the names that Cloud Logging knows.
struct CloudLogging {
    execution: Option<Execution>,
}

/// What the entries of one execution have in common.
struct Execution {
    labels: Value,
    trace: Option<String>,
}

impl Execution {
    fn new(name: &str, project: Option<&str>) -> Self {
        // Nobody traces a job: its name is the trace, so that an execution's entries are shown together.
        let trace = |project| {
            let digest = Sha256::digest(name.as_bytes());
            let id: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
            format!("projects/{project}/traces/{id}")
        };
        Self { labels: json!({"execution": name}), trace: project.map(trace) }
    }
}

impl<S, N> FormatEvent<S, N> for CloudLogging
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut entry = Map::new();
        entry.insert("severity".to_owned(), json!(severity(*event.metadata().level())));
        entry.insert("timestamp".to_owned(), json!(jiff::Timestamp::now().to_string()));
        event.record(&mut Fields(&mut entry));
        if let Some(Execution { labels, trace }) = &self.execution {
            entry.insert("logging.googleapis.com/labels".to_owned(), labels.clone());
            if let Some(trace) = trace {
                entry.insert("logging.googleapis.com/trace".to_owned(), json!(trace));
            }
        }
        writeln!(writer, "{}", Value::Object(entry))
    }
}

fn severity(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARNING",
        Level::INFO => "INFO",
        Level::DEBUG | Level::TRACE => "DEBUG",
    }
}

struct Fields<'a>(&'a mut Map<String, Value>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), json!(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), json!(value));
    }
}
