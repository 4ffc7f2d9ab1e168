//! Reads settings from all places, the winning one last, and gathers what is wrong with them.

use super::environment::Environment;
use super::overrides;
use super::setting::{Name, Setting, Source};
use super::value::{self, Raw};
use super::{Flags, nearest::nearest};
use crate::secret::Secret;
use serde_json::{Map, Value};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// Names that begin as ours do and are read by other commands, the front end, the scripts and the test
/// suites.
const READ_ELSEWHERE: [&str; 10] = [
    "AIM_CACHE",
    "AIM_DECIMAL_MODE",
    "AIM_ENGINE_",
    "AIM_EXT",
    "AIM_JOB_",
    "AIM_LIGHTGBM",
    "AIM_PG_",
    "AIM_RECO_",
    "AIM_REPO",
    "AIM_TEST_",
];

/// Spellings of true and false that leave no doubt.
const BOOLEANS: [&str; 9] = ["true", "1", "t", "false", "0", "f", "no", "off", ""];

/// Reads settings one after another; every value that is set is checked, also one that another wins
/// over.
pub(super) struct Reader<'a> {
    environment: &'a Environment,
    flags: &'a Flags,
    /// The override file and its content.
    overrides: (PathBuf, Map<String, Value>),
    /// What `null` is in the override file for the next setting; not set, unless told.
    null: Option<&'static str>,
    settings: Vec<Setting>,
    problems: Vec<String>,
    warnings: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(environment: &'a Environment, flags: &'a Flags) -> Self {
        let overrides = (PathBuf::new(), Map::new());
        let (settings, problems, warnings) = (Vec::new(), Vec::new(), Vec::new());
        Self { environment, flags, overrides, null: None, settings, problems, warnings }
    }

    /// Has what is read from now on overridden by `file`.
    pub(super) fn override_with(&mut self, file: &Path) {
        match overrides::read(file) {
            Ok(content) => self.overrides = (file.to_owned(), content),
            Err(problem) => self.problem(problem),
        }
    }

    /// Has `null` in the override file stand for a text in the setting that is read next.
    pub(super) fn null_is(&mut self, text: Option<&'static str>) -> &mut Self {
        self.null = text;
        self
    }

    pub(super) fn problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// The settings, what is wrong with them, and what may not be meant so.
    pub(super) fn finish(mut self) -> (Vec<Setting>, Vec<String>, Vec<String>) {
        let unknown = self.unknown();
        self.warnings.extend(unknown);
        (self.settings, self.problems, self.warnings)
    }

    /// A text of any kind, empty where nothing is set and there is no default.
    pub(super) fn text(&mut self, name: impl Into<Name>, default: &str) -> String {
        self.read(name.into(), "a text", value::text, |_| None, default.to_owned(), Clone::clone)
    }

    pub(super) fn optional(&mut self, name: &'static str) -> Option<String> {
        Some(self.text(name, "")).filter(|text| !text.is_empty())
    }

    /// The address of an object, `gs://bucket/object`.
    pub(super) fn object(&mut self, name: impl Into<Name>, default: &str) -> String {
        let check = |text: &String| match text.strip_prefix("gs://") {
            None if text.is_empty() => None,
            Some(path) if path.find('/').is_some_and(|at| at > 0 && at + 1 < path.len()) => None,
            _ => Some(format!("is '{text}'; it must be gs://bucket/object")),
        };
        self.read(name.into(), "a text", value::text, check, default.to_owned(), Clone::clone)
    }

    /// A text that is not shown.
    pub(super) fn secret(&mut self, name: &'static str) -> Option<Secret> {
        let masked = |text: &String| if text.is_empty() { String::new() } else { "***".to_owned() };
        let text = self.read(name.into(), "a text", value::text, |_| None, String::new(), masked);
        Some(text).filter(|text| !text.is_empty()).map(Secret::from)
    }

    /// One of a few texts, whatever its case; as they are spelt here.
    pub(super) fn choice(
        &mut self,
        name: impl Into<Name>,
        choices: &[&'static str],
        default: &'static str,
    ) -> &'static str {
        let find = |text: &str| choices.iter().copied().find(|c| c.eq_ignore_ascii_case(text));
        let parse = |raw: Raw<'_>| value::text(raw).as_deref().and_then(find);
        let show = |choice: &&str| (*choice).to_owned();
        self.read(name.into(), &one_of(choices), parse, |_| None, default, show)
    }

    /// `true`, `1` and `t` in any case are true, every other text is false; one that may be meant otherwise
    /// is warned of.
    pub(super) fn boolean(&mut self, name: &'static str) -> bool {
        if let Some((text, _)) = self.environment.find(name)
            && !BOOLEANS.contains(&&*text.trim().to_lowercase())
        {
            self.warnings
                .push(format!("{name} is '{text}', which counts as false: write true or false"));
        }
        let is_true = |text: String| matches!(&*text.to_lowercase(), "true" | "1" | "t");
        let parse = |raw: Raw<'_>| value::text(raw).map(is_true);
        self.read(name.into(), "true or false", parse, |_| None, false, bool::to_string)
    }

    pub(super) fn integer(
        &mut self,
        name: impl Into<Name>,
        default: i64,
        range: RangeInclusive<i64>,
    ) -> i64 {
        let check = within(range);
        self.read(name.into(), "a whole number", value::integer, check, default, i64::to_string)
    }

    /// As [`Reader::integer`], for what is counted.
    pub(super) fn count(
        &mut self,
        name: impl Into<Name>,
        default: i64,
        range: RangeInclusive<i64>,
    ) -> usize {
        self.integer(name, default, range) as usize
    }

    pub(super) fn optional_integer(
        &mut self,
        name: &'static str,
        range: RangeInclusive<i64>,
    ) -> Option<i64> {
        self.read_optional(name, "a whole number", value::integer, within(range))
    }

    pub(super) fn float(
        &mut self,
        name: impl Into<Name>,
        default: f64,
        range: RangeInclusive<f64>,
    ) -> f64 {
        self.read(name.into(), "a number", value::float, within(range), default, f64::to_string)
    }

    pub(super) fn optional_float(
        &mut self,
        name: &'static str,
        range: RangeInclusive<f64>,
    ) -> Option<f64> {
        self.read_optional(name, "a number", value::float, within(range))
    }

    /// Texts; one text separated by commas, or a JSON list.
    pub(super) fn list(&mut self, name: impl Into<Name>) -> Vec<String> {
        let join = |items: &Vec<String>| items.join(", ");
        let kind = "a text separated by commas, or a list of texts";
        self.read(name.into(), kind, value::list, |_| None, Vec::new(), join)
    }

    /// The address of a web server. One with a user or a password in it is refused and not shown.
    pub(super) fn address(&mut self, name: &'static str) -> Option<String> {
        let check = |text: &String| match reqwest::Url::parse(text) {
            _ if text.contains('@') => {
                Some("holds a user or password: use AIM_SERVICE_PASSWORD".to_owned())
            }
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => None,
            _ => Some(format!("is '{text}'; it must be http://host[:port] or https://host[:port]")),
        };
        let text =
            self.read(name.into(), "a text", value::text, check, String::new(), Clone::clone);
        Some(text).filter(|text| !text.is_empty())
    }

    fn read_optional<T: Display + Clone>(
        &mut self,
        name: &'static str,
        kind: &str,
        parse: impl Fn(Raw<'_>) -> Option<T>,
        check: impl Fn(&T) -> Option<String>,
    ) -> Option<T> {
        let show = |value: &Option<T>| value.as_ref().map(T::to_string).unwrap_or_default();
        let check = |value: &Option<T>| value.as_ref().and_then(&check);
        self.read(name.into(), kind, |raw| parse(raw).map(Some), check, None, show)
    }

    /// Reads a setting wherever it is set. `parse` says what is no value of this `kind`, `check` what is
    /// wrong with one that is, `show` how it is shown.
    fn read<T>(
        &mut self,
        name: Name,
        kind: &str,
        parse: impl Fn(Raw<'_>) -> Option<T>,
        check: impl Fn(&T) -> Option<String>,
        default: T,
        show: impl Fn(&T) -> String,
    ) -> T {
        let mut value = default;
        let mut source = Source::Default;
        let mut problems = Vec::new();
        for (from, place, raw) in self.set(name) {
            match parse(raw) {
                None => problems.push(format!("{place} is {}; it must be {kind}", quoted(raw))),
                Some(read) => match check(&read) {
                    Some(problem) => problems.push(format!("{place} {problem}")),
                    None => (value, source) = (read, from),
                },
            }
        }
        self.problems.extend(problems);
        self.null = None;
        let Name { variable, key } = name;
        self.settings.push(Setting { name: variable, key, value: show(&value), source });
        value
    }

    /// Where a setting is set, with a name for the place; the one that wins comes last.
    fn set(&self, name: Name) -> Vec<(Source, String, Raw<'_>)> {
        let mut set = Vec::new();
        let filled = |text: &str| !text.trim().is_empty();
        if let Some((text, source)) = self.environment.find(name.variable)
            && filled(text)
        {
            set.push((source, name.variable.to_owned(), Raw::Text(text.trim())));
        }
        let (file, overrides) = &self.overrides;
        if let Some(key) = name.key
            && let Some(value) = overrides.get(key)
            && let Some(raw) = match value {
                Value::Null => self.null.map(Raw::Text),
                value => Some(Raw::Json(value)),
            }
        {
            let place = format!("{key} in {}", file.display());
            set.push((Source::Overrides, place, raw));
        }
        if let Some((flag, text)) = self.flags.find(name.variable)
            && filled(text)
        {
            set.push((Source::CommandLine, flag.to_owned(), Raw::Text(text.trim())));
        }
        set
    }

    /// What is set and read by nobody, with the name that may be meant.
    fn unknown(&self) -> Vec<String> {
        let variables: Vec<&str> = self.settings.iter().map(|setting| setting.name).collect();
        let keys: Vec<&str> = self.settings.iter().filter_map(|setting| setting.key).collect();
        let (file, overrides) = &self.overrides;
        let ours = |name: &&str| {
            name.starts_with("AIM_") && !READ_ELSEWHERE.iter().any(|other| name.starts_with(other))
        };
        let stray_variables =
            self.environment.names().filter(ours).filter(|name| !variables.contains(name));
        // Without the file nothing is known of its keys.
        let stray_keys = overrides.keys().filter(|key| !keys.contains(&key.as_str()));
        let place = file.display();
        stray_variables
            .map(|name| {
                (
                    format!("The variable {name} is not known"),
                    nearest(name, variables.iter().copied()),
                )
            })
            .chain(stray_keys.map(|key| {
                (
                    format!("The key {key} in {place} is not known"),
                    nearest(key, keys.iter().copied()),
                )
            }))
            .map(|(text, meant)| match meant {
                Some(meant) => format!("{text}: is {meant} meant?"),
                None => text,
            })
            .collect()
    }
}

/// `A, B or C`; an empty choice is shown as `none`.
fn one_of(choices: &[&str]) -> String {
    let spelt = |choice: &&str| if choice.is_empty() { "none" } else { choice }.to_owned();
    let choices: Vec<String> = choices.iter().map(spelt).collect();
    match choices.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => choices.concat(),
    }
}

fn quoted(raw: Raw<'_>) -> String {
    match raw {
        Raw::Text(text) => format!("'{text}'"),
        Raw::Json(value) => value.to_string(),
    }
}

fn within<T: PartialOrd + Display>(range: RangeInclusive<T>) -> impl Fn(&T) -> Option<String> {
    move |value| {
        let (least, most) = (range.start(), range.end());
        (!range.contains(value)).then(|| format!("is {value}; it must be from {least} to {most}"))
    }
}
