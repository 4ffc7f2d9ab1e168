//! Answers as files: `raw_data/<site>/<folder>/<asin>_<time>_<hash>.json`. The hash is that of the content, so that
//! two answers within a second are two files (D-ING-5).

use super::Item;
use crate::store::{LocalStore, ObjectStore as _};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::ser::Formatter;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::io;

/// Writes an answer, a list as an object with `items`; answers the path and the content's SHA-256.
pub(super) fn write(
    store: &LocalStore,
    item: &Item,
    folder: &str,
    fetched_at: Timestamp,
    body: &Value,
) -> anyhow::Result<(String, String)> {
    let content = match body {
        Value::Array(_) => text(&json!({ "items": body }))?,
        _ => text(body)?,
    };
    let hash: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    let Item { asin, site } = item;
    let time = fetched_at.strftime("%Y%m%dT%H%M%S");
    let path = format!("raw_data/{site}/{folder}/{asin}_{time}_{}.json", &hash[..12]);
    store.write(&path, &content)?;
    Ok((path, hash))
}

fn text(value: &Value) -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, Spaced))?;
    Ok(text)
}

/// A blank after each comma and colon, as older files have it.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        w: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { w.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        w: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { w.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
        w.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_hold_the_answer_and_are_named_after_it() {
        let root = tempfile::tempdir().expect("a folder");
        let store = LocalStore::new(root.path()).expect("a store");
        let item = Item { asin: "B1".to_owned(), site: "US".to_owned() };
        let time = "2024-01-02T03:04:05Z".parse().expect("a time");
        let write =
            |folder, body: &Value| write(&store, &item, folder, time, body).expect("written");
        let (path, hash) = write("timeseries", &json!([{ "z": "ä", "a": 1.5 }, {}]));
        assert_eq!(path, format!("raw_data/US/timeseries/B1_20240102T030405_{}.json", &hash[..12]));
        let read = |path: &str| std::fs::read_to_string(root.path().join(path)).expect("read");
        assert_eq!(read(&path), r#"{"items": [{"z": "ä", "a": 1.5}, {}]}"#);
        let (other, _) = write("timeseries", &json!([]));
        assert_ne!(other, path);
        assert_eq!(read(&write("core", &json!({ "b": 1, "a": null })).0), r#"{"b": 1, "a": null}"#);
    }
}
