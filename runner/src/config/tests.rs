use super::*;
use std::collections::HashMap;

fn load(environment: &[(&str, &str)], overrides: Option<&str>) -> Result<Config, Invalid> {
    let root = tempfile::tempdir().expect("a temporary folder");
    if let Some(json) = overrides {
        std::fs::create_dir(root.path().join("config")).expect("a folder");
        std::fs::write(root.path().join("config/aim-config.json"), json).expect("a file");
    }
    let environment: HashMap<&str, &str> = environment.iter().copied().collect();
    let lookup = |name: &str| environment.get(name).map(|&text| text.to_owned());
    let flags = Flags { local_root: Some(root.path().to_owned()), ..Flags::default() };
    Config::load(&lookup, &flags)
}

#[test]
fn defaults_need_nothing() {
    let config = load(&[], None).expect("defaults are valid");
    assert_eq!((config.waves.total_overall, config.waves.batch_size), (10_000, 500));
    assert_eq!(config.waves.params.price_fluctuation_upper, 1.1);
    assert!(config.waves.url.is_none() && config.database_url.is_none());
}

#[test]
fn overrides_win_over_the_environment() {
    let environment = [("AIM_BATCH_SIZE", "100"), ("AIM_BRAND_ENHANCER", " Pirelli ")];
    let overrides = r#"{"TOTAL_OVERALL": "250", "BATCH_SIZE": 250.9, "SEASON": "Winter ",
        "GOLDILOCKS_ZONE_PCT": 20.0, "BRAND_ENHANCER": null, "RUN_MODE": " global ", "other": 1}"#;
    let waves = load(&environment, Some(overrides)).expect("valid").waves;
    assert_eq!((waves.total_overall, waves.batch_size), (250, 250));
    assert_eq!(waves.params.goldilocks_zone_pct, 20);
    assert_eq!(
        (waves.params.season.as_str(), waves.params.brand_enhancer.as_str()),
        ("Winter", "Pirelli")
    );
}

#[test]
fn all_problems_are_reported_at_once() {
    let environment = [
        ("AIM_BATCH_SIZE", "501"),
        ("AIM_TOTAL_OVERALL", "many"),
        ("AIM_PRICE_FLUCT_UPPER", "0,9"),
        ("AIM_RUN_MODE", "SOMETIMES"),
        ("AIM_WAVES_URL", "http://localhost:1"),
    ];
    let error = load(&environment, Some(r#"{"GOLDILOCKS_ZONE_PCT": "15.5"}"#)).unwrap_err();
    let text = error.to_string();
    for expected in [
        "AIM_BATCH_SIZE is 501; it must be from 1 to 500",
        "AIM_TOTAL_OVERALL is 'many'; it must be a whole number",
        "AIM_PRICE_FLUCT_UPPER is '0,9'; it must be a number",
        "the run mode is 'SOMETIMES'",
        "AIM_SERVICE_PASSWORD is not set",
        "GOLDILOCKS_ZONE_PCT in ",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in {text}");
    }
}

#[test]
fn an_unreadable_override_file_is_an_error() {
    let error = load(&[], Some("{")).unwrap_err().to_string();
    assert!(error.contains("aim-config.json is not valid JSON"), "{error}");
    assert!(load(&[("IGNORE_GCS_CONFIG", "true")], Some("{")).is_ok());
}

#[test]
fn secrets_are_not_shown() {
    let config = load(&[("DATABASE_URL", "postgresql://u:hunter2@h/d")], None).expect("valid");
    assert!(!format!("{config:?}").contains("hunter2"));
}
