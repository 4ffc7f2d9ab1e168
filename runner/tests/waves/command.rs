//! `aim waves serve` as a process.

use super::fixture::PASSWORD;
use super::warehouse;
use aim::secret::Secret;
use aim::waves::{BatchRequest, Cam, Client, ClientConfig, Params};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

fn serve(root: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aim"));
    command.args(["waves", "serve", "--port", "0", "--root"]).arg(root);
    command.env("AIM_SERVICE_PASSWORD", PASSWORD);
    command
}

fn error_of(root: &Path) -> String {
    let output = serve(root).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn serves_until_it_is_terminated() {
    let folder = tempfile::tempdir().unwrap();
    warehouse::write(&folder.path().join("warehouse.duckdb"));
    let mut child = serve(folder.path())
        .args(["--fail-429", "1", "--retry-after", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("Serving 30 candidates at ").unwrap().to_owned();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let response = runtime.block_on(async {
        let client = Client::connect(ClientConfig {
            first_wait: std::time::Duration::from_millis(1),
            ..ClientConfig::new(url, Secret::new(PASSWORD))
        });
        let request = BatchRequest {
            run_id: "r".into(),
            cams: vec![Cam::new("TESLAMODEL 3", "235/45 R18")],
            params: Params::default(),
        };
        client.await.unwrap().batch(&request).await.unwrap()
    });
    assert!(response.results[0].success);
    // The warehouse is not held while the stand-in serves.
    duckdb::Connection::open(folder.path().join("warehouse.duckdb")).unwrap();
    let killed = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "Served 1 CAMs in 2 batch calls\n");
}

#[test]
fn says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let error = error_of(folder.path());
    assert!(error.starts_with("Error: No warehouse at "), "{error}");
    assert!(error.contains("run the job there first"), "{error}");
    let path = folder.path().join("warehouse.duckdb");
    drop(duckdb::Connection::open(&path).unwrap());
    let error = error_of(folder.path());
    assert!(
        error.contains("has no table nexus_tyrescore.\"TyreScore_algorithm_output\""),
        "{error}"
    );
    std::fs::write(&path, "no database").unwrap();
    let error = error_of(folder.path());
    assert!(error.contains("Could not open") && error.contains("warehouse.duckdb"), "{error}");
}
