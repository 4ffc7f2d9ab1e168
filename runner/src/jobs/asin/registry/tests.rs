use super::*;
use serde_json::json;
use tempfile::TempDir;

fn registry() -> (TempDir, Registry) {
    let folder = tempfile::tempdir().expect("a folder");
    let now = "2026-03-15T07:15:00Z".parse().expect("a time");
    let registry = Registry::open(&folder.path().join("runs/registry.json"), now).expect("opened");
    (folder, registry)
}

fn taking(names: &[&str], stage: Stage) -> Registration {
    let inputs: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
    let signature = Some(json!({ "inputs": inputs }));
    Registration {
        artifact_uri: "model.txt".to_owned(),
        signature,
        stage,
        ..Registration::default()
    }
}

fn stages(registry: &Registry) -> Vec<Stage> {
    registry.versions("rank").expect("known").iter().map(|version| version.stage).collect()
}

#[test]
fn one_version_is_served_at_a_time() {
    let (folder, mut registry) = registry();
    for _ in 0..2 {
        registry.register("rank", taking(&["a", "b"], Stage::None), false).expect("registered");
    }
    registry.promote("rank", 1, Stage::Production).expect("promoted");
    registry.promote("rank", 2, Stage::Production).expect("promoted");
    assert_eq!(stages(&registry), [Stage::Archived, Stage::Production]);
    // What is written is what was read.
    let now = "2026-03-16T07:15:00Z".parse().expect("a time");
    let again = Registry::open(&folder.path().join("runs/registry.json"), now).expect("opened");
    assert_eq!(again.versions("rank").expect("known"), registry.versions("rank").expect("known"));
    assert_eq!(again.versions("rank").expect("known")[1].created_at, "2026-03-15T07:15:00Z");
}

#[test]
fn other_inputs_are_refused() {
    let (_folder, mut registry) = registry();
    registry.register("rank", taking(&["a", "b"], Stage::Production), false).expect("registered");
    for (names, why) in [
        (&["b", "a"][..], "another order"),
        (&["a"], "missing: [\"b\"]"),
        (&["a", "b", "c"], "more: [\"c\"]"),
    ] {
        let version = registry
            .register("rank", taking(names, Stage::None), false)
            .expect("registered")
            .version;
        let error = registry.promote("rank", version, Stage::Production).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
    assert_eq!(stages(&registry), [Stage::Production, Stage::None, Stage::None, Stage::None]);
    registry.promote("rank", 1, Stage::Archived).expect("demoted");
    registry.promote("rank", 2, Stage::Production).expect("nobody stands there");
}

#[test]
fn versions_without_signature_are_not_served() {
    let (_folder, mut registry) = registry();
    registry.register("rank", Registration::default(), false).expect("registered");
    let error = registry.promote("rank", 1, Stage::Staging).unwrap_err().to_string();
    assert!(error.contains("--signature"), "{error}");
    registry.promote("rank", 1, Stage::Archived).expect("archived");
    let broken =
        Registration { signature: Some(json!({ "inputs": [{}] })), ..Registration::default() };
    assert!(registry.register("rank", broken, false).is_err());
}

/// Registering into Production skipped the checks once, and left two versions there (D-INF-4).
#[test]
fn registering_into_production_is_promoting() {
    let (_folder, mut registry) = registry();
    registry.register("rank", taking(&["a"], Stage::Production), false).expect("registered");
    registry.register("rank", taking(&["a"], Stage::Production), false).expect("registered");
    assert_eq!(stages(&registry), [Stage::Archived, Stage::Production]);
    assert!(registry.register("rank", taking(&["b"], Stage::Production), false).is_err());
    registry.register("rank", taking(&["b"], Stage::Production), true).expect("unchecked");
    assert_eq!(stages(&registry).iter().filter(|stage| **stage == Stage::Production).count(), 2);
}

#[test]
fn unknown_names_are_told() {
    let (_folder, mut registry) = registry();
    registry.register("rank", taking(&["a"], Stage::None), false).expect("registered");
    assert!(registry.promote("cls", 1, Stage::None).unwrap_err().to_string().contains("rank"));
    assert!(registry.promote("rank", 2, Stage::None).unwrap_err().to_string().contains("1 to 1"));
    for (text, stage) in [
        ("PROD", Stage::Production),
        ("", Stage::None),
        ("testing", Stage::Staging),
        (" archive ", Stage::Archived),
    ] {
        assert_eq!(text.parse::<Stage>().expect("a stage"), stage);
    }
    assert!("live".parse::<Stage>().is_err());
}
