//! `aim config show`, `.env`, and what a run says of names that nobody reads.

use crate::fixture::{Input, PASSWORD, Root, Run};

const CONFIG: &str = "config/aim-config.json";

fn show(root: &Root, flags: &[&str]) -> Run {
    Run::of(root.command(&["config", "show"]).args(flags).output().unwrap())
}

/// Source and value of a setting.
fn setting(run: &Run, name: &str) -> String {
    let lines: Vec<&str> = run.stdout.lines().collect();
    let found: Vec<&&str> =
        lines.iter().filter(|line| line.split(' ').next() == Some(name)).collect();
    assert_eq!(found.len(), 1, "{name}: {}", run.stdout);
    found[0].split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_setting_is_shown_with_its_source() {
    let mut root = Root::empty("root");
    root.set("AIM_BATCH_SIZE", "100");
    root.set("AIM_GOLDILOCKS_ZONE_PCT", "20");
    root.set("AIM_SERVICE_PASSWORD", PASSWORD);
    root.write(
        ".env",
        "# Ours\nAIM_BATCH_SIZE=7\nAIM_PAGE_SIZE=30\nDATABASE_URL='host=h password=x y'\n",
    );
    root.write(CONFIG, "{\"GOLDILOCKS_ZONE_PCT\": 25.9, \"SEASON\": \"winter\"}");
    let run = show(&root, &["--dry-run"]).ok();
    for (name, expected) in [
        ("AIM_BATCH_SIZE", "environment 100"),
        ("AIM_PAGE_SIZE", ".env 30"),
        ("AIM_GOLDILOCKS_ZONE_PCT", "JSON 25 (GOLDILOCKS_ZONE_PCT)"),
        ("AIM_SEASON", "JSON Winter (SEASON)"),
        ("DRY_RUN", "command line true"),
        ("AIM_TOTAL_OVERALL", "default 10000"),
        ("AIM_SERVICE_PASSWORD", "environment ***"),
        ("DATABASE_URL", ".env ***"),
        ("AIM_WAVES_URL", "default -"),
    ] {
        assert_eq!(setting(&run, name), expected, "{name}");
    }
    assert!(!run.stdout.contains(PASSWORD) && !run.stdout.contains("password=x"), "{}", run.stdout);
    assert_eq!(run.stderr, "");
}

/// The names are a contract with deployments and with the job's front end.
#[test]
fn the_names_are_all_there() {
    let names = "PROJECT_ID AIM_MODE DRY_RUN AIM_LOCAL_ROOT TYRESCORE_BUCKET TYRESCORE_PREFIX \
        TYRESCORE_FILE_EXTENSION AIM_BUCKET_NAME AIM_GCS_PREFIX CONFIG_GCS_URI \
        AIM_PRIORITY_RUNLIST_GCS_URI IGNORE_GCS_CONFIG AIM_DATASET_ID AIM_TABLE_ID CAM_TABLE_ID \
        AIM_BQ_WRITE_DISPOSITION AIM_BASE_URL AIM_WAVES_URL AIM_SERVICE_PASSWORD AIM_RUN_MODE \
        AIM_TOTAL_OVERALL AIM_BATCH_SIZE AIM_PAGE_SIZE AIM_TOTAL_PER_SEGMENT AIM_PARALLEL_SEGMENTS \
        AIM_REQUESTS_PER_SEGMENT AIM_REQUEST_TIMEOUT_S AIM_GOLDILOCKS_ZONE_PCT \
        AIM_PRICE_FLUCT_UPPER AIM_PRICE_FLUCT_LOWER AIM_BRAND_ENHANCER AIM_MODEL_ENHANCER \
        AIM_SEASON AIM_DISABLE_SEARCH AIM_LIMIT_SEGMENTS";
    let root = Root::empty("root");
    let run = show(&root, &[]).ok();
    for name in names.split_whitespace() {
        setting(&run, name);
    }
    // As the front end writes them, none of them unknown.
    let keys = r#"{"RUN_MODE": "GLOBAL", "TOTAL_PER_SEGMENT": 1000, "TOTAL_OVERALL": 9000,
        "BATCH_SIZE": 50, "GOLDILOCKS_ZONE_PCT": 16, "PRICE_FLUCTUATION_UPPER": 1.2,
        "PRICE_FLUCTUATION_LOWER": 0.8, "BRAND_ENHANCER": "Pirelli", "MODEL_ENHANCER": "P Zero",
        "SEASON": "Summer", "LIMIT_TO_SEGMENTS": "EV, Van",
        "PRIORITY_RUNLIST_GCS_URI": "gs://b/runlist.csv"}"#;
    root.write(CONFIG, keys);
    let run = show(&root, &[]).ok();
    assert_eq!(run.stdout.matches("  JSON ").count(), 12, "{}", run.stdout);
    assert_eq!(run.stderr, "");
    assert_eq!(setting(&run, "AIM_LIMIT_SEGMENTS"), "JSON EV, Van (LIMIT_TO_SEGMENTS)");
}

/// Everything that is wrong is said at once, below what is in force.
#[test]
fn wrong_settings_are_shown_as_well() {
    let mut root = Root::empty("root");
    root.set("AIM_BATCH_SIZE", "0");
    root.set("AIM_PARALLEL_SEGMENTS", "x");
    root.write(CONFIG, "{\"SEASON\": \"Autumn\"}");
    let run = show(&root, &[]);
    let error = run.error();
    for said in [
        "The configuration is not valid:",
        "AIM_BATCH_SIZE is 0; it must be from 1 to 500",
        "AIM_PARALLEL_SEGMENTS is 'x'; it must be a whole number",
        "SEASON in ",
        "is \"Autumn\"; it must be AllSeason, Winter, Summer or none",
    ] {
        assert!(error.contains(said), "{said:?} is not said: {error}");
    }
    assert_eq!(setting(&run, "AIM_BATCH_SIZE"), "default 500");
}

#[test]
fn names_that_nobody_reads_are_told() {
    let mut root = Input::working().root();
    root.set("AIM_BATCHSIZE", "5");
    root.set("AIM_JOB_CMD", "aim run");
    root.write(CONFIG, "{\"BATCHSIZE\": 5, \"Season\": \"Winter\", \"comment\": 1}");
    let said = [
        "The variable AIM_BATCHSIZE is not known: is AIM_BATCH_SIZE meant?",
        "aim-config.json is not known: is BATCH_SIZE meant?",
        "aim-config.json is not known: is SEASON meant?",
        "The key comment in ",
    ];
    for run in [show(&root, &[]).ok(), root.run().ok()] {
        for said in said {
            assert_eq!(run.stderr.matches(said).count(), 1, "{said:?}: {}", run.stderr);
        }
        assert!(!run.stderr.contains("AIM_JOB_CMD"), "{}", run.stderr);
    }
}

/// The file's lines may hold secrets: none is shown.
#[test]
fn a_broken_env_file_is_an_error() {
    let root = Root::empty("root");
    root.write(".env", "AIM_SERVICE_PASSWORD=hunter2 and more\n");
    let error = show(&root, &[]).error();
    assert!(error.contains(".env has a line that is not NAME=value"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
}
