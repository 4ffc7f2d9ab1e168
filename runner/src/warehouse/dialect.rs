//! How identifiers and texts are written in each warehouse's SQL. What else differs between them is in the
//! macros under `sql/dialects/`.

/// The SQL of a warehouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// DuckDB with AIM's functions.
    DuckDb,
    /// GoogleSQL.
    BigQuery,
}

impl Dialect {
    /// The template with its macros.
    pub(super) fn macros(self) -> &'static str {
        match self {
            Self::DuckDb => "dialects/duckdb.sql",
            Self::BigQuery => "dialects/bigquery.sql",
        }
    }

    /// `name` as an identifier, whatever it holds.
    pub fn identifier(self, name: &str) -> String {
        match self {
            Self::DuckDb => quote_identifier(name),
            Self::BigQuery => format!("`{}`", escape(name, '`')),
        }
    }

    /// `text` as a literal, whatever it holds.
    pub fn literal(self, text: &str) -> String {
        match self {
            Self::DuckDb => quote_literal(text),
            Self::BigQuery => format!("'{}'", escape(text, '\'')),
        }
    }

    /// The table `name` in a dataset; in BigQuery of the project that the job runs in.
    pub fn table(self, dataset: &str, name: &str) -> String {
        match self {
            Self::DuckDb => format!("{}.{}", quote_identifier(dataset), quote_identifier(name)),
            Self::BigQuery => self.identifier(&format!("{dataset}.{name}")),
        }
    }
}

/// `name` as an identifier of DuckDB.
pub fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `text` as a literal of DuckDB.
pub fn quote_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// GoogleSQL takes a backslash before the quote and itself; lines must not end inside quotes.
fn escape(text: &str, quote: char) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\0' => escaped.push_str("\\x00"),
            c => {
                if c == quote || c == '\\' {
                    escaped.push('\\');
                }
                escaped.push(c);
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::Dialect::{BigQuery, DuckDb};

    #[test]
    fn quotes_inside_are_escaped() {
        assert_eq!(DuckDb.identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(DuckDb.literal("it's a\\b"), "'it''s a\\b'");
        assert_eq!(BigQuery.identifier("a`b\\"), "`a\\`b\\\\`");
        assert_eq!(BigQuery.literal("it's a\\b\r\n\0"), "'it\\'s a\\\\b\\r\\n\\x00'");
    }

    /// Every macro and every type of one dialect is there in the other, with the same parameters.
    #[test]
    fn dialects_are_twins() {
        let names = |source: &str| -> Vec<String> {
            let begin = |line: &&str| line.starts_with("{% macro ") || line.starts_with("{% set ");
            let name = |line: &str| line.split(['=', ')']).next().map(str::to_owned);
            source.lines().filter(begin).filter_map(name).collect()
        };
        let duckdb = names(include_str!("../../../sql/dialects/duckdb.sql"));
        assert!(duckdb.len() > 10, "{duckdb:?}");
        assert_eq!(duckdb, names(include_str!("../../../sql/dialects/bigquery.sql")));
    }

    #[test]
    fn tables_have_their_dataset() {
        assert_eq!(DuckDb.table("AIM", "a-b"), "\"AIM\".\"a-b\"");
        assert_eq!(BigQuery.table("AIM", "a-b"), "`AIM.a-b`");
    }
}
