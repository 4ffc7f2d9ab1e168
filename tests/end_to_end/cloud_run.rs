//! What Cloud Run is told, and what it is shown: the job's definition and the log's lines.
//!
//! The definition is read into the published shape of a `run.googleapis.com/v1` Job, as far as it is used:
//! a key that Cloud Run does not know is an error there, and here.

use crate::fixture::{Input, Root, Run};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Job {
    api_version: String,
    kind: String,
    metadata: Metadata,
    spec: Spec<Spec<Task>, Metadata>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Metadata {
    name: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

/// The wrapping that jobs and executions have alike.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Spec<T, M = ()> {
    template: Template<T, M>,
    task_count: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Template<T, M> {
    spec: T,
    metadata: Option<M>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Task {
    service_account_name: String,
    max_retries: u32,
    timeout_seconds: u32,
    containers: Vec<Container>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Container {
    image: String,
    args: Vec<String>,
    resources: Resources,
    env: Vec<Variable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Resources {
    limits: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Variable {
    name: String,
    value: Option<String>,
    value_from: Option<ValueFrom>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ValueFrom {
    secret_key_ref: SecretKey,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretKey {
    name: String,
    key: String,
}

/// A job as it is deployed.
struct Deployed {
    name: &'static str,
    /// What it cannot be deployed without.
    needed: &'static [&'static str],
    /// Its command.
    arguments: &'static [&'static str],
    /// The datasets it writes.
    written: &'static [&'static str],
}

const JOBS: [Deployed; 3] = [
    Deployed {
        name: "growth",
        needed: &["--waves-url", "https://waves.run.app"],
        arguments: &["run"],
        written: &["AIM", "CAM_files", "nexus_tyrescore"],
    },
    Deployed {
        name: "export",
        needed: &["--sql-instance", INSTANCE],
        arguments: &["check"],
        written: &["tmp_dev"],
    },
    Deployed {
        name: "asin",
        needed: &["--api-url", "https://api.test", "--bucket", "shop-aim"],
        arguments: &[
            "asin",
            "run",
            "--asin-file",
            "gs://shop-aim/aim-daily-files/asin/config/asins.txt",
        ],
        written: &["asin"],
    },
];

const INSTANCE: &str = "shop:europe-west2:reco";

/// Settings of the export and of the ASIN pipeline, which `aim config show` does not list.
const OTHERS: [&str; 3] = ["ENV_SHORT_NAME", "UNIFIED_API_BASE_URL", "UNIFIED_API_TOKEN"];

/// What `scripts/deploy --dry-run` prints: the calls, and the job.
fn deploy(job: &str, options: &[&[&str]]) -> (String, Job) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/deploy");
    let mut command = Command::new(script);
    command.args(["--dry-run", "--job", job, "--project", "shop", "--tag", "abc"]);
    command.args(options.concat());
    let printed = Run::of(command.output().unwrap()).ok().stdout;
    let (calls, job) = printed.split_once("\n# The Cloud Run job").expect("the job is printed");
    let job =
        serde_saphyr::from_str(&format!("#{job}")).unwrap_or_else(|error| panic!("{error}: {job}"));
    (calls.to_owned(), job)
}

#[test]
fn the_jobs_are_what_cloud_run_takes() {
    for Deployed { name, needed, arguments, written } in JOBS {
        let (calls, job) = deploy(name, &[needed, &["--sql-instance", INSTANCE]]);
        assert_eq!((&*job.api_version, &*job.kind), ("run.googleapis.com/v1", "Job"));
        assert_eq!(job.metadata.name, format!("aim-{name}"));
        assert_eq!(job.metadata.labels["app"], "aim");
        let execution = job.spec.template;
        let instance = &execution.metadata.expect("annotations").annotations;
        assert_eq!(instance["run.googleapis.com/cloudsql-instances"], INSTANCE);
        assert_eq!(execution.spec.task_count, Some(1));
        let task = execution.spec.template.spec;
        let account = format!("aim-{name}@shop.iam.gserviceaccount.com");
        assert_eq!(task.service_account_name, account);
        assert!(task.max_retries <= 10 && task.timeout_seconds <= 604_800);
        let [container] = &task.containers[..] else { panic!("one container") };
        assert!(calls.contains(&format!("docker push {}", container.image)), "{calls}");
        assert_eq!(container.args, arguments);
        assert!(container.resources.limits["memory"].ends_with("Gi"));
        let datasets: Vec<&str> = calls
            .lines()
            .filter(|call| call.contains("dataEditor"))
            .filter_map(|call| call.trim_end().rsplit_once("shop:").map(|(_, dataset)| dataset))
            .collect();
        assert_eq!(datasets, written, "{calls}");
        // Whatever is read from Secret Manager may be read, and nothing else.
        let mut secrets: Vec<&str> = container
            .env
            .iter()
            .filter_map(|variable| match &variable.value_from {
                Some(ValueFrom { secret_key_ref: SecretKey { name, key } }) => {
                    assert_eq!(key, "latest");
                    Some(&**name)
                }
                None => variable.value.as_ref()?.strip_prefix("sm://projects/shop/secrets/"),
            })
            .collect();
        secrets.sort_unstable();
        let mut granted: Vec<&str> = calls
            .lines()
            .filter_map(|call| {
                call.strip_prefix("gcloud secrets add-iam-policy-binding ")?.split(' ').next()
            })
            .collect();
        granted.sort_unstable();
        assert_eq!(granted, secrets, "{calls}");
        assert!(calls.lines().all(|call| !call.contains("add-iam") || call.contains(&account)));
    }
}

/// A setting that nobody reads would be told as a warning.
#[test]
fn the_jobs_set_what_runs_read() {
    for Deployed { name, needed, .. } in JOBS {
        for options in [&[needed][..], &[needed, &["--sql-instance", INSTANCE]]] {
            let (_, job) = deploy(name, options);
            let [container] = &job.spec.template.spec.template.spec.containers[..] else {
                panic!("one container")
            };
            let set = || container.env.iter().filter(|set| !OTHERS.contains(&&*set.name));
            let root = Root::empty("root");
            let mut command = root.command(&["config", "show"]);
            command.envs(set().map(|set| (&set.name, set.value.as_deref().unwrap_or_default())));
            let run = Run::of(command.output().unwrap()).ok();
            assert_eq!(run.stderr, "");
            for Variable { name, value, .. } in set() {
                let line = run.stdout.lines().find(|line| line.split(' ').next() == Some(name));
                let line = line.unwrap_or_else(|| panic!("{name} is no setting"));
                let is_set = value.as_ref().is_some_and(|value| !value.is_empty());
                assert_eq!(line.contains(" environment "), is_set, "{line}");
            }
        }
    }
}

#[test]
fn what_is_to_be_filled_in_is_checked() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/deploy");
    for (options, said) in [
        (&["--dry-run"][..], "--project is missing"),
        (&["--project", "p\"\n- x"], "letters, digits and"),
        (&["--project"], "--project needs a value"),
        (&["--projct", "p"], "Unknown option --projct"),
        (&["--job", "weekly"], "it is growth, export or asin"),
        (&["--job", "asin", "--project", "p"], "--api-url is missing"),
    ] {
        let run = Run::of(Command::new(script).args(options).output().unwrap());
        assert!(run.error().contains(said), "{said}: {}", run.stderr);
    }
}

fn entries(run: &Run) -> Vec<Value> {
    let entry =
        |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    run.stderr.lines().map(entry).collect()
}

/// Every line is an entry, also the last word of a run that fails.
#[test]
fn the_log_is_cloud_loggings() {
    let mut root = Input::working().root();
    root.set("CLOUD_RUN_EXECUTION", "aim-x7k2p");
    root.set("PROJECT_ID", "shop");
    let good = root.run().ok();
    root.set("AIM_BATCH_SIZE", "0");
    let bad = root.run();
    assert!(!bad.stdout.contains("Error"), "{}", bad.stdout);
    for run in [&good, &bad] {
        let entries = entries(run);
        assert!(!entries.is_empty());
        let trace = &entries[0]["logging.googleapis.com/trace"];
        assert!(trace.as_str().is_some_and(|trace| {
            trace.strip_prefix("projects/shop/traces/").is_some_and(|id| {
                id.len() == 32 && id.bytes().all(|digit| digit.is_ascii_hexdigit())
            })
        }));
        for entry in &entries {
            assert!(entry["message"].is_string() && entry["timestamp"].is_string(), "{entry}");
            assert_eq!(&entry["logging.googleapis.com/trace"], trace);
            let labels = &entry["logging.googleapis.com/labels"];
            assert_eq!(labels["execution"], "aim-x7k2p", "{entry}");
        }
    }
    let severities = |run| -> Vec<String> {
        entries(run).iter().map(|entry| entry["severity"].as_str().unwrap().to_owned()).collect()
    };
    assert!(severities(&good).iter().all(|severity| severity == "INFO" || severity == "WARNING"));
    assert_eq!(severities(&bad).last().map(String::as_str), Some("ERROR"));
    let last = entries(&bad).pop().unwrap();
    assert!(last["message"].as_str().unwrap().contains("AIM_BATCH_SIZE is 0"), "{last}");
}

/// For people, unless somebody asks for entries.
#[test]
fn the_logs_format_can_be_chosen() {
    let mut root = Input::working().root();
    root.set("AIM_LOG_FORMAT", "json");
    assert!(!entries(&root.run().ok()).is_empty());
    root.set("CLOUD_RUN_EXECUTION", "aim-x7k2p");
    root.set("AIM_LOG_FORMAT", "text");
    assert!(!root.run().ok().stderr.starts_with('{'));
    root.set("AIM_LOG_FORMAT", "xml");
    let error = root.run().error();
    assert!(error.contains("AIM_LOG_FORMAT is 'xml'; it must be text or json"), "{error}");
}
