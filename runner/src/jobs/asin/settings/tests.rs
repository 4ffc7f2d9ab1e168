use super::*;
use serde_json::json;

fn load(yaml: &str, variables: &[(&str, &str)]) -> anyhow::Result<Loaded> {
    let root = tempfile::tempdir().expect("a folder");
    fs::create_dir(root.path().join("config")).expect("made");
    fs::write(root.path().join("config/settings.yaml"), yaml).expect("written");
    let variables = variables.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    Settings::load(None, root.path(), &Environment::new(variables))
}

fn error(yaml: &str) -> String {
    format!("{:#}", load(yaml, &[]).expect_err("refused"))
}

#[test]
fn the_defaults_are_whole() {
    let Loaded { settings, unknown, .. } = load("", &[]).expect("loaded");
    assert!(unknown.is_empty());
    let weights: Vec<_> = settings.weights().collect();
    let expected = [
        ("bsr_trend_30", 0.35),
        ("est_sales_30", 0.25),
        ("review_vel_14", 0.20),
        ("price_vol_30", -0.10),
        ("listing_quality", 0.30),
    ];
    assert_eq!(weights, expected);
    assert_eq!(settings.features.rolling, [7, 14, 30]);
    assert_eq!(settings.rate_limits["unified_api"].qpm, 200);
    assert_eq!(settings.training.labels.min_past_sales, 1.0);
    assert_eq!(settings.unified_api_base_url, "");
}

#[test]
fn a_file_changes_what_it_names_only() {
    let yaml = "features: {rolling: [1]}\nrate_limits: {keepa: {qpm: 5}, own: {qpm: 7}}";
    let settings = load(yaml, &[]).expect("loaded").settings;
    assert_eq!(settings.features.rolling, [1]);
    assert_eq!(settings.features.window_mode, WindowMode::Rows);
    let keepa = RateLimit { qpm: 5, burst: Some(50), timeout_sec: 10.0 };
    assert_eq!(settings.rate_limits["keepa"], keepa);
    let own = RateLimit { qpm: 7, burst: None, timeout_sec: 10.0 };
    assert_eq!(settings.rate_limits["own"], own);
}

#[test]
fn weights_are_replaced_whole_and_keep_their_order() {
    let settings = load("scoring: {weights: {z: 2, a: -1}}", &[]).expect("loaded").settings;
    assert_eq!(settings.weights().collect::<Vec<_>>(), [("z", 2.0), ("a", -1.0)]);
}

#[test]
fn unknown_keys_are_named() {
    let unknown = load("featurs: {}\nfeatures: {roling: [7]}", &[]).expect("loaded").unknown;
    assert_eq!(unknown.len(), 2);
    assert!(unknown[0].starts_with("featurs in ") && unknown[1].starts_with("features.roling in "));
}

#[test]
fn variables_are_put_in() {
    let yaml = "unified_api_base_url: http://${HOST}:${PORT}/v1";
    let settings = load(yaml, &[("HOST", "api"), ("PORT", "80")]).expect("loaded").settings;
    assert_eq!(settings.unified_api_base_url, "http://api:80/v1");
    assert!(error("unified_api_base_url: 'http://${HOST'").contains("without its }"));
}

#[test]
fn variables_that_are_not_set_are_named_where_they_are_needed() {
    let yaml = "alerts: {wecom_url: 'https://robots/send?key=${KEY}', dingtalk_url: '${ROBOT}'}";
    let settings = load(yaml, &[("KEY", "k")]).expect("loaded").settings;
    assert_eq!(settings.alerts.wecom_url, "https://robots/send?key=k");
    settings.require("alerts").expect("all that is needed");
    let settings = load(yaml, &[("KEY", "")]).expect("loaded").settings;
    let error = settings.require("alerts").expect_err("refused").to_string();
    assert!(error.starts_with("alerts.wecom_url needs KEY, which is not set"), "{error}");
    settings.require("alerts.dingtalk_url").expect("nothing but a name may be empty");
    settings.require("alert").expect("another key");
}

#[test]
fn labeling_overrides_the_labels() {
    let root = tempfile::tempdir().expect("a folder");
    fs::create_dir(root.path().join("config")).expect("made");
    let yaml = "thresholds: {r: 2, delta: 1.0, q: 1}\nwindows: {forecast_days: 14}\nnotes: [a, b]";
    fs::write(root.path().join("config/labeling.yaml"), yaml).expect("written");
    let loaded = Settings::load(None, root.path(), &Environment::default()).expect("loaded");
    let labels = loaded.settings.training.labels;
    assert_eq!((labels.ratio_threshold, labels.bsr_delta), (2.0, Some(1.0)));
    assert_eq!((labels.lookback_days, labels.horizon_days), (28, 14));
    assert_eq!(loaded.unknown.len(), 1);
    assert_eq!(loaded.tree["training"]["labels"]["horizon_days"], json!(14));
}

#[test]
fn bad_values_are_refused() {
    assert!(error("features: [").contains("is no YAML"));
    assert!(error("- a").contains("is no list of keys"));
    assert!(error("features: 7").contains("features in "));
    assert!(error("scoring: {rank_min: many}").contains("wrong type"));
    assert!(error("scoring: {weights: {a: heavy}}").contains("scoring.weights.a"));
    assert!(error("rate_limits: {keepa: {qpm: 0}}").contains("rate_limits.keepa"));
    assert!(
        error("training: {splits: {train: 0.6, valid: 0.2, test: 0.1}}").contains("add up to 1")
    );
    assert!(error("features: {rolling: [0]}").contains("features.rolling"));
    assert!(error("report: {weekday: someday}").contains("someday"));
    assert!(error("report: {time: noon}").contains("wrong type"));
}

#[test]
fn a_file_that_is_asked_for_must_be_there() {
    let missing = Path::new("/nowhere/settings.yaml");
    let error = Settings::load(Some(missing), Path::new("."), &Environment::default());
    assert!(error.expect_err("refused").to_string().contains("/nowhere/settings.yaml"));
}
