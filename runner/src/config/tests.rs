use super::*;

/// Loads these variables over a root with this override file.
fn loaded(environment: &[(&str, &str)], overrides: Option<&str>, flags: Flags) -> Loaded {
    let root = tempfile::tempdir().expect("a temporary folder");
    if let Some(json) = overrides {
        std::fs::create_dir(root.path().join("config")).expect("a folder");
        std::fs::write(root.path().join(OVERRIDES), json).expect("a file");
    }
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let environment = Environment::new(environment.iter().map(own));
    let local_root = root.path().to_str().map(str::to_owned);
    Config::load(&environment, &Flags { local_root, ..flags })
}

fn load(environment: &[(&str, &str)], overrides: Option<&str>) -> Result<Config, Invalid> {
    loaded(environment, overrides, Flags::default()).config
}

fn setting(loaded: &Loaded, name: &str) -> (String, Source) {
    let found: Vec<&Setting> = loaded.settings.iter().filter(|s| s.name == name).collect();
    assert_eq!(found.len(), 1, "{name}");
    (found[0].value.clone(), found[0].source)
}

#[test]
fn defaults_need_nothing() {
    let config = load(&[], None).expect("defaults are valid");
    assert_eq!((config.waves.total_overall, config.waves.batch_size), (10_000, 500));
    assert_eq!(config.waves.params, Params::default());
    assert!(config.waves.url.is_none() && config.database_url.is_none());
    assert_eq!((config.run_mode, config.segments.total), (RunMode::Global, 500));
    assert_eq!((&*config.cloud.prefix, config.cloud.overrides), ("aim-daily-files", None));
}

#[test]
fn each_place_wins_over_those_before_it() {
    let variables = [("AIM_RUN_MODE", "per_segment"), ("AIM_BATCH_SIZE", "100")];
    let json = r#"{"RUN_MODE": " global ", "BATCH_SIZE": "50"}"#;
    let flags = Flags { run_mode: Some("GLOBAL".to_owned()), dry_run: true, ..Flags::default() };
    let steps = [
        (loaded(&[], None, Flags::default()), "500", Source::Default),
        (loaded(&variables, None, Flags::default()), "100", Source::Environment),
        (loaded(&variables, Some(json), Flags::default()), "50", Source::Overrides),
    ];
    for (loaded, value, source) in steps {
        assert_eq!(setting(&loaded, "AIM_BATCH_SIZE"), (value.to_owned(), source));
    }
    let loaded = loaded(&variables, Some(json), flags);
    assert_eq!(setting(&loaded, "AIM_RUN_MODE"), ("GLOBAL".to_owned(), Source::CommandLine));
    assert_eq!(setting(&loaded, "DRY_RUN"), ("true".to_owned(), Source::CommandLine));
    assert!(loaded.config.expect("valid").dry_run);
}

#[test]
fn overrides_are_read_as_they_are_written() {
    let environment = [("AIM_BATCH_SIZE", "100"), ("AIM_BRAND_ENHANCER", " Pirelli ")];
    let overrides = r#"{"TOTAL_OVERALL": "250", "BATCH_SIZE": 250.9, "SEASON": "winter ",
        "GOLDILOCKS_ZONE_PCT": 20.0, "BRAND_ENHANCER": null, "RUN_MODE": " global "}"#;
    let waves = load(&environment, Some(overrides)).expect("valid").waves;
    assert_eq!((waves.total_overall, waves.batch_size), (250, 250));
    assert_eq!(waves.params.goldilocks_zone_pct, 20);
    assert_eq!(
        (waves.params.season.as_str(), waves.params.brand_enhancer.as_str()),
        ("Winter", "Pirelli")
    );
    let one = load(&[], Some(r#"{"BATCH_SIZE": true, "BRAND_ENHANCER": ""}"#)).expect("valid");
    assert_eq!(one.waves.batch_size, 1);
}

#[test]
fn segments_are_a_list_or_a_text() {
    let environment = [("AIM_LIMIT_SEGMENTS", " EV ,, Van ")];
    let only = |json: &str| load(&environment, Some(json)).map(|config| config.segments.only);
    for (json, expected) in [
        ("{}", &["EV", "Van"][..]),
        (r#"{"LIMIT_TO_SEGMENTS": "EV, Luxury SUV,,"}"#, &["EV", "Luxury SUV"]),
        (r#"{"LIMIT_TO_SEGMENTS": ["EV ", " "]}"#, &["EV"]),
        (r#"{"LIMIT_TO_SEGMENTS": ""}"#, &[]),
        (r#"{"LIMIT_TO_SEGMENTS": null}"#, &["EV", "Van"]),
    ] {
        assert_eq!(only(json).expect("valid"), expected, "{json}");
    }
    for json in [r#"{"LIMIT_TO_SEGMENTS": 5}"#, r#"{"LIMIT_TO_SEGMENTS": [1]}"#] {
        let error = only(json).unwrap_err().to_string();
        assert!(error.contains("a text separated by commas, or a list of texts"), "{error}");
    }
}

#[test]
fn all_problems_are_reported_at_once() {
    let environment = [
        ("AIM_BATCH_SIZE", "501"),
        ("AIM_TOTAL_OVERALL", "many"),
        ("AIM_PRICE_FLUCT_UPPER", "0,9"),
        ("AIM_RUN_MODE", "SOMETIMES"),
        ("AIM_SEASON", "Autumn"),
        ("AIM_PAGE_SIZE", "0"),
        ("CONFIG_GCS_URI", "aim-home/config.json"),
        ("AIM_BQ_WRITE_DISPOSITION", "WRITE"),
        ("AIM_WAVES_URL", "http://localhost:1"),
        ("AIM_BASE_URL", "localhost"),
    ];
    let json = r#"{"GOLDILOCKS_ZONE_PCT": "15.5", "BATCH_SIZE": 20, "MODEL_ENHANCER": 5}"#;
    let error = load(&environment, Some(json)).unwrap_err();
    let text = error.to_string();
    for expected in [
        // Also where another place wins.
        "AIM_BATCH_SIZE is 501; it must be from 1 to 500",
        "AIM_TOTAL_OVERALL is 'many'; it must be a whole number",
        "AIM_PRICE_FLUCT_UPPER is '0,9'; it must be a number",
        "AIM_RUN_MODE is 'SOMETIMES'; it must be GLOBAL or PER_SEGMENT",
        "AIM_SEASON is 'Autumn'; it must be AllSeason, Winter, Summer or none",
        "AIM_PAGE_SIZE is 0; it must be from 1 to ",
        "CONFIG_GCS_URI is 'aim-home/config.json'; it must be gs://bucket/object",
        "AIM_BQ_WRITE_DISPOSITION is 'WRITE'; it must be WRITE_TRUNCATE, WRITE_APPEND or WRITE_EMPTY",
        "AIM_SERVICE_PASSWORD is not set",
        "AIM_BASE_URL is 'localhost'; it must be http://host[:port]",
        "aim-config.json is \"15.5\"; it must be a whole number",
        "aim-config.json is 5; it must be a text",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in {text}");
    }
    assert_eq!(text.lines().count(), 13, "{text}");
}

#[test]
fn an_unreadable_override_file_is_an_error() {
    let error = load(&[], Some("{")).unwrap_err().to_string();
    assert!(error.contains("aim-config.json is not valid JSON"), "{error}");
    assert!(load(&[("IGNORE_GCS_CONFIG", "true")], Some("{")).is_ok());
}

#[test]
fn unknown_names_are_told() {
    let environment = [
        ("AIM_BATCHSIZE", "1"),
        ("AIM_COLOUR", "1"),
        ("AIM_JOB_CMD", "aim run"),
        ("AIM_TEST_PYTHON", "python"),
        ("HOME", "/"),
    ];
    let loaded = loaded(&environment, Some(r#"{"batch_size": 5}"#), Flags::default());
    let [first, second, third] = &loaded.warnings[..] else { panic!("{:?}", loaded.warnings) };
    assert_eq!(first, "The variable AIM_BATCHSIZE is not known: is AIM_BATCH_SIZE meant?");
    assert_eq!(second, "The variable AIM_COLOUR is not known");
    assert!(third.starts_with("The key batch_size in "), "{third}");
    assert!(third.ends_with("aim-config.json is not known: is BATCH_SIZE meant?"), "{third}");
    assert_eq!(loaded.config.expect("valid").waves.batch_size, 500);
}

/// Every text but three is false; those that may be meant otherwise are told.
#[test]
fn doubtful_booleans_are_told() {
    let dry_run = |value: &str| {
        let Loaded { config, warnings, .. } = loaded(&[("DRY_RUN", value)], None, Flags::default());
        (config.expect("valid").dry_run, warnings)
    };
    for value in ["true", "TRUE", "1", "t", " True "] {
        assert_eq!(dry_run(value), (true, vec![]), "{value}");
    }
    for value in ["false", "0", "F", "no", "OFF", ""] {
        assert_eq!(dry_run(value), (false, vec![]), "{value}");
    }
    for value in ["yes", "on", "2"] {
        let said = format!("DRY_RUN is '{value}', which counts as false: write true or false");
        assert_eq!(dry_run(value), (false, vec![said]));
    }
}

#[test]
fn secrets_are_not_shown() {
    let secret = "hunter2";
    let environment = [
        ("DATABASE_URL", "postgresql://u:hunter2@h/d"),
        ("AIM_SERVICE_PASSWORD", secret),
        ("AIM_WAVES_URL", "http://u:hunter2@h"),
    ];
    let loaded = loaded(&environment, None, Flags::default());
    assert!(!format!("{loaded:?}").contains(secret), "{loaded:?}");
    assert_eq!(setting(&loaded, "DATABASE_URL"), ("***".to_owned(), Source::Environment));
    assert_eq!(setting(&loaded, "AIM_BASE_URL"), (String::new(), Source::Default));
    let error = loaded.config.unwrap_err().to_string();
    assert!(error.contains("AIM_WAVES_URL holds a user or password"), "{error}");
}
