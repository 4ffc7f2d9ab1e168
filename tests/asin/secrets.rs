//! Passwords, keys and addresses that hold keys are in no log, error, file or argument, whatever goes wrong.

use crate::fixture::Folder;
use crate::ingest::Api;
use crate::postgres::Postgres;
use crate::scripted::Scripted;
use crate::smtp::Smtp;
use aim::signals::standin::Faults;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

/// A value of its own for every variable that is a secret.
const SECRETS: [(&str, &str); 11] = [
    ("UNIFIED_API_TOKEN", "s3cret-unified"),
    ("KEEPA_API_KEY", "s3cret-keepa"),
    ("HELIUM10_API_KEY", "s3cret-helium"),
    ("JUNGLESCOUT_API_KEY", "s3cret-scout"),
    ("SPAPI_REFRESH_TOKEN", "s3cret-refresh"),
    ("SPAPI_CLIENT_ID", "s3cret-client"),
    ("SPAPI_CLIENT_SECRET", "s3cret-selling"),
    ("PAAPI_ACCESS_KEY", "s3cret-access"),
    ("PAAPI_SECRET_KEY", "s3cret-signing"),
    ("SMTP_PASSWORD", "s3cret-mail"),
    ("ROBOT_KEY", "s3cret-robot"),
];

/// What all of them have, and that of the tests' stand-in.
const KNOWN: [&str; 2] = ["s3cret-", "secret-token"];

/// Of a service that repeats what it was sent.
const ECHO: &str = r#"{"error": "s3cret-unified s3cret-keepa s3cret-helium s3cret-scout s3cret-refresh s3cret-client s3cret-selling s3cret-access s3cret-signing s3cret-robot"}"#;

const DAY: &str = "--date 2024-03-10 --now 2024-03-10T03:00:00Z";

const SOURCES: [&str; 6] = ["unified", "keepa", "helium10", "junglescout", "spapi", "paapi"];

/// A folder whose job asks this address for everything, once.
fn at(url: &str) -> Folder {
    let folder =
        SECRETS.iter().fold(Folder::new(), |folder, (name, value)| folder.with(name, value));
    let folder = folder
        .with("PAAPI_PARTNER_TAG", "shop-21")
        .with("UNIFIED_API_BASE_URL", url)
        .with("AIM_LOG", "debug");
    folder.file("asins.txt", "B000000001\nB000000002\n");
    folder.settings(&format!(
        "sites: [US]\n\
         services: {{keepa: {url}/keepa, helium10: {url}/helium10, junglescout: {url}/junglescout, \
         spapi: {url}/spapi, spapi_login: {url}/spapi, paapi: {url}/paapi5}}\n\
         retry_policy: {{max_attempts: 2, base_delay_ms: 1, jitter_ms: 0, max_delay_ms: 5}}\n"
    ));
    folder
}

/// Runs a command to its end; answers whether it succeeded, and what it said. Neither that nor its arguments, nor
/// those of a process that it started, nor a file that it left holds a secret.
fn keeps_quiet(folder: &Folder, arguments: &str) -> (bool, String) {
    let mut command = folder.command(arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    let seen = watched(&mut child);
    assert!(seen.iter().any(|line| line.contains("asin")), "{arguments}: {seen:?}");
    let output = child.wait_with_output().expect("ended");
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said += &String::from_utf8_lossy(&output.stderr);
    for secret in KNOWN {
        assert!(!said.contains(secret), "{arguments}: {said}");
        assert!(seen.iter().all(|line| !line.contains(secret)), "{arguments}: {seen:?}");
    }
    let files = holders(&folder.path(""));
    assert!(files.is_empty(), "{arguments}: {files:?}");
    (output.status.success(), said)
}

/// The arguments of a process and of all below it, until it ends.
fn watched(child: &mut Child) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    loop {
        let mut processes = vec![child.id()];
        while let Some(process) = processes.pop() {
            let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
            seen.insert(String::from_utf8_lossy(&line).replace('\0', " "));
            let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten();
            for thread in threads.flatten() {
                let children = fs::read_to_string(thread.path().join("children"));
                let children = children.unwrap_or_default();
                processes
                    .extend(children.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
            }
        }
        if child.try_wait().expect("watched").is_some() {
            return seen;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The files of a folder that hold a secret.
fn holders(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(holders(&path));
        } else {
            let content = fs::read(&path).expect("read");
            let holds =
                |secret: &str| content.windows(secret.len()).any(|part| part == secret.as_bytes());
            if KNOWN.iter().any(|secret| holds(secret)) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

#[test]
fn what_goes_well_leaves_no_secret() {
    let api = Api::start(Faults { fail_429: 1, fail_5xx: 1, ..Faults::default() });
    let mut folder = at(&api.running.url());
    for (name, _) in &SECRETS[..9] {
        folder.set(name, "secret-token");
    }
    let server = Postgres::start();
    folder.set("DATABASE_URL", &format!("{}&password=s3cret-database", server.url));
    let (done, said) = keeps_quiet(&folder, &format!("run --asin-file @asins.txt {DAY}"));
    assert!(done, "{said}");
    for source in SOURCES {
        let arguments = format!("ingest --asin-file @asins.txt --source {source} {DAY}");
        let (done, said) = keeps_quiet(&folder, &arguments);
        assert!(done, "{source}: {said}");
    }
}

#[test]
fn refusals_leave_no_secret() {
    for status in [401, 403, 500] {
        let server = Scripted::start(&[(status, ECHO)]);
        let folder = at(&server.url);
        let (done, said) = keeps_quiet(&folder, &format!("run --asin-file @asins.txt {DAY}"));
        assert!(!done && said.contains(&status.to_string()), "{said}");
        for source in &SOURCES[1..] {
            // Keywords are asked for where products have some.
            let asked = server.requests().len();
            let arguments = format!("ingest --asin-file @asins.txt --source {source} {DAY}");
            let (done, said) = keeps_quiet(&folder, &arguments);
            assert!(!done || server.requests().len() == asked, "{source}: {said}");
            keeps_quiet(&folder, &format!("ingest --source {source} --check {DAY}"));
        }
        assert!(server.requests().len() > 20, "{}", server.requests().len());
    }
}

#[test]
fn wrong_addresses_leave_no_secret() {
    // Nobody listens; something that is no address; a key in an address that is none.
    for url in ["http://127.0.0.1:1", "s3cret-unified", "http://s3cret-unified@127.0.0.1:1/s3cret-"]
    {
        let folder = at("http://127.0.0.1:1").with("UNIFIED_API_BASE_URL", url);
        let (done, said) = keeps_quiet(&folder, &format!("run --asin-file @asins.txt {DAY}"));
        assert!(!done, "{url}: {said}");
    }
    let folder = at("http://127.0.0.1:1");
    for source in &SOURCES[1..] {
        keeps_quiet(&folder, &format!("ingest --asin-file @asins.txt --source {source} {DAY}"));
    }
}

#[test]
fn databases_that_refuse_leave_no_secret() {
    let server = Postgres::start();
    let refused = server.url.replace("user=postgres", "user=nobody");
    for url in [
        "postgresql://robot:s3cret-database@127.0.0.1:1/none".to_owned(),
        "postgresql://robot:s3cret-database@[/none".to_owned(),
        "host=127.0.0.1 port=1 user=robot password=s3cret-database dbname=none".to_owned(),
        format!("{refused}&password=s3cret-database"),
    ] {
        let folder = Folder::new().with("DATABASE_URL", &url).with("AIM_LOG", "debug");
        for arguments in [format!("run --limit 2 {DAY}"), format!("publish {DAY}")] {
            let (done, said) = keeps_quiet(&folder, &arguments);
            assert!(!done, "{url}: {said}");
        }
    }
}

#[test]
fn whoever_is_told_hears_no_secret() {
    let robot = Scripted::start(&[(403, ECHO)]);
    // Of robot and another password.
    let mail = Smtp::with_login("AHJvYm90AGh1bnRlcjI=");
    let folder = at("http://127.0.0.1:1").with("SMTP_USER", "robot");
    folder.table("now.parquet", "select 2.0 as x");
    folder.table("base.parquet", "select 1.0 as x");
    let alerts = "alerts --current @now.parquet --baseline @base.parquet --date 2024-01-01";
    let settings = |url: &str, smtp: &str| {
        format!(
            "alerts:\n  email: {{smtp_url: '{smtp}', from: 'a@shop.test', to: [b@shop.test]}}\n  \
             wecom_url: '{url}/send?key=${{ROBOT_KEY}}'\n  dingtalk_url: '{url}/robot/${{ROBOT_KEY}}'\n"
        )
    };
    for (url, smtp) in [(&*robot.url, &*mail.url), ("http://127.0.0.1:1", "smtp://127.0.0.1:1")] {
        folder.settings(&settings(url, smtp));
        let (done, said) = keeps_quiet(&folder, alerts);
        assert!(!done && said.contains("was not told"), "{said}");
    }
    assert!(robot.requests().iter().any(|[uri, ..]| uri.contains("s3cret-robot")));
    let (done, said) = keeps_quiet(&folder, "settings");
    assert!(done && said.contains("${ROBOT_KEY}"), "{said}");
}
