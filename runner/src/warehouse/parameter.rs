//! Values that go to BigQuery beside the SQL, where nothing in them can become SQL.

use super::dialect::Dialect;
use anyhow::{Context as _, bail, ensure};
use jiff::Timestamp;
use jiff::civil::Date;
use minijinja::Value;
use minijinja::value::ValueKind;
use std::fmt;

/// A value with its name in the SQL, `@name` there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type; of a list, that of its members.
    pub kind: Kind,
    /// What it is.
    pub content: Content,
}

/// The types of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    String,
    /// A whole number.
    Int64,
    /// A number.
    Float64,
    /// Yes or no.
    Bool,
    /// A day.
    Date,
    /// A moment.
    Timestamp,
}

/// The value, as BigQuery spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// One, or none: NULL.
    One(Option<String>),
    /// A list.
    List(Vec<String>),
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::String, Self::Int64, Self::Float64, Self::Bool, Self::Date, Self::Timestamp];

    /// Its name in GoogleSQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "STRING",
            Self::Int64 => "INT64",
            Self::Float64 => "FLOAT64",
            Self::Bool => "BOOL",
            Self::Date => "DATE",
            Self::Timestamp => "TIMESTAMP",
        }
    }

    fn named(name: &str) -> anyhow::Result<Self> {
        let kind = Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name));
        kind.with_context(|| format!("{name} is no type of parameters"))
    }

    /// That of a value which says it itself.
    fn of(value: &Value) -> anyhow::Result<Self> {
        Ok(match value.kind() {
            ValueKind::String => Self::String,
            ValueKind::Bool => Self::Bool,
            ValueKind::Number if value.is_integer() => Self::Int64,
            ValueKind::Number => Self::Float64,
            kind => bail!("The type of a parameter must be given where its value is {kind}"),
        })
    }

    /// A value of this type as BigQuery spells it.
    fn text(self, value: &Value) -> anyhow::Result<String> {
        let text = match value.as_str() {
            Some(text) => text.to_owned(),
            None => value.to_string(),
        };
        let fits = match self {
            Self::String => value.as_str().is_some(),
            Self::Int64 => text.parse::<i64>().is_ok(),
            Self::Float64 => text.parse::<f64>().is_ok(),
            Self::Bool => value.kind() == ValueKind::Bool,
            Self::Date => text.parse::<Date>().is_ok(),
            Self::Timestamp => text.parse::<Timestamp>().is_ok(),
        };
        ensure!(fits, "{text:?} is no {}", self.name());
        Ok(text)
    }

    /// A spelt value as a literal of the local engine.
    fn literal(self, text: &str) -> String {
        let quoted = Dialect::DuckDb.literal(text);
        match self {
            Self::Int64 | Self::Bool => text.to_owned(),
            Self::String => quoted,
            Self::Float64 => format!("{quoted}::double"),
            Self::Date => format!("date {quoted}"),
            Self::Timestamp => format!("timestamptz {quoted}"),
        }
    }
}

impl Parameter {
    /// Of a value of a template: a text, a number, a truth, or a list of one of these. `kind` is the name of a
    /// type; without one the value says it.
    ///
    /// # Errors
    ///
    /// When the value is of another type, or none can be told.
    pub fn new(name: String, value: &Value, kind: Option<&str>) -> anyhow::Result<Self> {
        let given = kind.map(Kind::named).transpose()?;
        let kind_of = |value: &Value| given.map_or_else(|| Kind::of(value), Ok);
        let (kind, content) = match value.kind() {
            ValueKind::None => (kind_of(value)?, Content::One(None)),
            ValueKind::Seq | ValueKind::Iterable => {
                let members: Vec<Value> = value.try_iter()?.collect();
                let kind = kind_of(members.first().unwrap_or(value))?;
                let texts = members.iter().map(|member| kind.text(member));
                (kind, Content::List(texts.collect::<anyhow::Result<_>>()?))
            }
            _ => {
                let kind = kind_of(value)?;
                (kind, Content::One(Some(kind.text(value)?)))
            }
        };
        Ok(Self { name, kind, content })
    }

    /// As a literal of the local engine, which takes several statements at once, but then no parameters.
    pub fn literal(&self) -> String {
        match &self.content {
            Content::One(None) => "null".to_owned(),
            Content::One(Some(text)) => self.kind.literal(text),
            Content::List(texts) => {
                let literals: Vec<String> =
                    texts.iter().map(|text| self.kind.literal(text)).collect();
                format!("[{}]", literals.join(", "))
            }
        }
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(value: Value, kind: Option<&str>) -> anyhow::Result<Parameter> {
        Parameter::new("p".to_owned(), &value, kind)
    }

    #[test]
    fn values_say_what_they_are() {
        for (value, kind, literal) in [
            (Value::from("it's"), Kind::String, "'it''s'"),
            (Value::from(7), Kind::Int64, "7"),
            (Value::from(1.5), Kind::Float64, "'1.5'::double"),
            (Value::from(true), Kind::Bool, "true"),
            (Value::from(vec!["a", "b'"]), Kind::String, "['a', 'b''']"),
            (Value::from(vec![1, 2]), Kind::Int64, "[1, 2]"),
        ] {
            let parameter = parameter(value, None).expect("a parameter");
            assert_eq!((parameter.kind, &*parameter.literal()), (kind, literal));
        }
        let moment = "2026-03-15T07:00:00Z";
        for (value, kind, literal) in [
            (Value::from("2026-03-15"), "date", "date '2026-03-15'"),
            (Value::from(moment), "timestamp", "timestamptz '2026-03-15T07:00:00Z'"),
            (Value::from(7), "float64", "'7'::double"),
            (Value::from(()), "string", "null"),
            (Value::from(Vec::<String>::new()), "string", "[]"),
        ] {
            assert_eq!(parameter(value, Some(kind)).expect("a parameter").literal(), literal);
        }
    }

    #[test]
    fn other_values_are_refused() {
        for (value, kind, said) in [
            (Value::from("15/3/2026"), Some("date"), "\"15/3/2026\" is no DATE"),
            (Value::from("7"), Some("bool"), "is no BOOL"),
            (Value::from(1.5), Some("int64"), "is no INT64"),
            (Value::from(7), Some("string"), "is no STRING"),
            (Value::from(vec![Value::from("a"), Value::from(1)]), None, "is no STRING"),
            (Value::from(()), None, "must be given"),
            (Value::from(Vec::<String>::new()), None, "must be given"),
            (Value::from("x"), Some("money"), "money is no type"),
        ] {
            let error = parameter(value, kind).expect_err("refused").to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
