//! A file's keys over the defaults, and `${NAME}` inside texts.

use crate::config::Environment;
use anyhow::bail;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// Keys whose content is the file's affair: names in them are not ours, or all of them belong together.
const OPEN: [&str; 3] = ["rate_limits", "scoring.weights", "ai.providers"];

/// The one of them that a file replaces whole.
const WHOLE: &str = "scoring.weights";

/// Merges `given` into `tree`; keys that `tree` does not have are named in `unknown` and left out.
pub(super) fn merge(
    tree: &mut Value,
    given: Value,
    path: &Path,
    unknown: &mut Vec<String>,
) -> anyhow::Result<()> {
    if let (Value::Object(tree), Value::Object(given)) = (tree, given) {
        merge_map(tree, given, "", path, unknown)?;
    }
    Ok(())
}

fn merge_map(
    tree: &mut Map<String, Value>,
    given: Map<String, Value>,
    prefix: &str,
    path: &Path,
    unknown: &mut Vec<String>,
) -> anyhow::Result<()> {
    for (key, value) in given {
        let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        let open = OPEN.contains(&prefix);
        match (tree.get_mut(&key), value) {
            (None, value) if open => {
                tree.insert(key, value);
            }
            (None, _) => unknown
                .push(format!("{name} in {} is read by nothing: check its name", path.display())),
            // A key without a value is one that was left out.
            (Some(_), Value::Null) => {}
            (Some(known), value) if name == WHOLE => *known = value,
            (Some(Value::Object(known)), Value::Object(value)) => {
                merge_map(known, value, &name, path, unknown)?;
            }
            (Some(Value::Object(_)), _) => {
                bail!("{name} in {} must hold keys and values", path.display())
            }
            (Some(known), value) => *known = value,
        }
    }
    Ok(())
}

/// Puts the environment's variables in. One that is not set is empty; where a text has more than its name, `unset`
/// notes it by the text's key.
pub(super) fn expand(
    value: &mut Value,
    environment: &Environment,
    name: &str,
    unset: &mut BTreeMap<String, String>,
) -> anyhow::Result<()> {
    match value {
        Value::String(text) if text.contains("${") => {
            *text = expand_text(text, environment, name, unset)?;
        }
        Value::Array(items) => {
            for item in items {
                expand(item, environment, name, unset)?;
            }
        }
        Value::Object(map) => {
            for (key, item) in map.iter_mut() {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                expand(item, environment, &name, unset)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn expand_text(
    text: &str,
    environment: &Environment,
    name: &str,
    unset: &mut BTreeMap<String, String>,
) -> anyhow::Result<String> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let Some(end) = rest[at..].find('}') else {
            bail!("{text} in the settings has a ${{ without its }}");
        };
        expanded.push_str(&rest[..at]);
        let variable = &rest[at + 2..at + end];
        match environment.get(variable).filter(|value| !value.is_empty()) {
            Some(value) => expanded.push_str(value),
            None if text.trim().len() > end + 1 => {
                unset.insert(name.to_owned(), variable.to_owned());
            }
            None => {}
        }
        rest = &rest[at + end + 1..];
    }
    expanded.push_str(rest);
    Ok(expanded)
}
