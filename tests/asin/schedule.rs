//! The cron table and the DAGs: they are what Python and cron read, and every command in them is one.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Reads the DAGs with as much of Airflow as they use, and prints their tasks: id, retries, command, those after it.
const READER: &str = r#"
import runpy, sys, types

class Dag:
    current = None
    def __init__(self, **arguments):
        self.arguments, self.tasks = arguments, []
    def __enter__(self):
        Dag.current = self
        return self
    def __exit__(self, *_):
        Dag.current = None

class Task:
    def __init__(self, task_id, bash_command):
        self.task_id, self.bash_command, self.after = task_id, bash_command, []
        Dag.current.tasks.append(self)
    def __rshift__(self, other):
        self.after.append(other.task_id)
        return other

airflow, operators, bash = (types.ModuleType(name) for name in ("airflow", "airflow.operators", "airflow.operators.bash"))
airflow.DAG, bash.BashOperator = Dag, Task
sys.modules |= {"airflow": airflow, "airflow.operators": operators, "airflow.operators.bash": bash}
for dag in runpy.run_path(sys.argv[1]).values():
    if isinstance(dag, Dag):
        given = dag.arguments
        assert given["catchup"] is False and given["max_active_runs"] == 1
        assert given["default_args"]["retries"] == 3 and given["default_args"]["retry_exponential_backoff"]
        for task in dag.tasks:
            print(given["dag_id"], given["schedule"], task.task_id, ",".join(task.after), task.bash_command, sep="\t")
"#;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/asin")
}

/// Whether `aim` knows the commands in a line of a shell, and their arguments.
fn is_known(line: &str) {
    let commands: Vec<&str> =
        line.match_indices("aim asin ").map(|(at, _)| &line[at + 4..]).collect();
    assert!(!commands.is_empty(), "{line}");
    for command in commands {
        let end = ["||", "&&"].iter().filter_map(|sign| command.find(sign)).min();
        let words = command[..end.unwrap_or(command.len())].replace("{{ ds }}", "2024-01-01");
        let words = words.replace('"', "");
        let mut aim = Command::new(env!("CARGO_BIN_EXE_aim"));
        let ended = aim.args(words.split_whitespace()).arg("--help").output().expect("started");
        assert!(ended.status.success(), "{command}: {}", String::from_utf8_lossy(&ended.stderr));
    }
}

#[test]
fn dags_have_their_tasks_in_order() {
    let python = std::env::var("AIM_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let ended = Command::new(python)
        .args(["-B", "-c", READER])
        .arg(folder().join("airflow_dag.py"))
        .output()
        .expect("Python is there");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let out = String::from_utf8(ended.stdout).expect("text");
    let tasks: Vec<Vec<&str>> = out.lines().map(|line| line.split('\t').collect()).collect();
    let daily: Vec<&Vec<&str>> =
        tasks.iter().filter(|task| task[0] == "asin_daily_pipeline").collect();
    let order: Vec<&str> = daily.iter().map(|task| task[2]).collect();
    let stages = [
        "ingest",
        "standardize",
        "features",
        "score",
        "predict",
        "validate",
        "candidates",
        "publish",
        "alerts",
    ];
    assert_eq!(order, stages);
    assert!(daily.iter().all(|task| task[1] == "0 1 * * *" && task[4].contains("--date {{ ds }}")));
    for pair in daily.windows(2) {
        assert_eq!(pair[0][3], pair[1][2]);
    }
    assert!(tasks.iter().any(|task| task[2] == "train"));
    for task in &tasks {
        is_known(task[4]);
    }
}

#[test]
fn the_cron_table_has_times_and_commands() {
    let table = std::fs::read_to_string(folder().join("crontab")).expect("there");
    let jobs = table.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    let mut count = 0;
    for job in jobs {
        let fields: Vec<&str> = job.split_whitespace().take(5).collect();
        let limits = [59, 23, 31, 12, 7];
        let is_time = |(field, limit): (&&str, u32)| {
            *field == "*" || field.parse::<u32>().is_ok_and(|n| n <= limit)
        };
        assert!(fields.iter().zip(limits).all(is_time), "{job}");
        is_known(job);
        count += 1;
    }
    assert!(count >= 8 && table.contains("CRON_TZ=UTC"));
}
