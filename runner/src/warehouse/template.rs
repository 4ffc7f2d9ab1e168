//! The SQL statements under `sql/`, compiled in and rendered with typed parameters.
//!
//! A template prints identifiers through `ident` or `table(dataset, name)`, values through `lit`, or through
//! `bind`, which makes them parameters where the warehouse is BigQuery; numbers print as they are. A text that
//! went through none of these is an error, so nothing a user wrote can become SQL. `dialect` names the macros
//! of the warehouse that the statement is for.

pub use super::dialect::{Dialect, quote_identifier, quote_literal};

use super::parameter::Parameter;
use anyhow::Context as _;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, ValueKind};
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value,
};
use sha2::{Digest as _, Sha256};
use std::sync::OnceLock;

/// SQL text, ready to run.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The template's name, `aim/tyre_score.sql`.
    pub name: String,
    /// What runs.
    pub sql: String,
    /// What goes beside it; nothing locally.
    pub parameters: Vec<Parameter>,
}

impl Statement {
    /// Names a piece of SQL.
    pub fn new(name: impl Into<String>, sql: impl Into<String>) -> Self {
        Self { name: name.into(), sql: sql.into(), parameters: Vec::new() }
    }

    /// The SHA-256 of the text, lower-case hexadecimal.
    pub fn sha256(&self) -> String {
        Sha256::digest(self.sql.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Renders the template `name` for DuckDB.
///
/// # Errors
///
/// As for [`render_for`].
pub fn render(name: &str, parameters: Value) -> anyhow::Result<Statement> {
    render_for(Dialect::DuckDb, name, parameters)
}

/// Renders the template `name`, which uses the macros of dialects where they differ.
///
/// # Errors
///
/// When the template uses a name that `parameters` does not have, or prints an unquoted text.
pub fn render_for(dialect: Dialect, name: &str, parameters: Value) -> anyhow::Result<Statement> {
    let template = environment(dialect).get_template(name)?;
    let rendered = template.render_captured(parameters);
    let rendered = rendered.with_context(|| format!("Cannot render {name}"))?;
    let parameters = rendered.state().get_extension::<Vec<Parameter>>().cloned();
    let statement = Statement::new(name, rendered.output().trim());
    Ok(Statement { parameters: parameters.unwrap_or_default(), ..statement })
}

/// Renders a piece of SQL that a definition holds; `what` names it in messages.
///
/// # Errors
///
/// As for [`render`].
pub fn render_part(what: &str, source: &str, parameters: Value) -> anyhow::Result<String> {
    let rendered = environment(Dialect::DuckDb).render_str(source, parameters);
    rendered.with_context(|| format!("{what} cannot be rendered: {source}"))
}

fn environment(dialect: Dialect) -> &'static Environment<'static> {
    static DUCKDB: OnceLock<Environment<'static>> = OnceLock::new();
    static BIGQUERY: OnceLock<Environment<'static>> = OnceLock::new();
    let environment = match dialect {
        Dialect::DuckDb => &DUCKDB,
        Dialect::BigQuery => &BIGQUERY,
    };
    environment.get_or_init(|| new_environment(dialect))
}

fn new_environment(dialect: Dialect) -> Environment<'static> {
    let mut environment = Environment::new();
    // Tags on lines of their own leave no blank lines behind.
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()
            .expect("the delimiters are the standard ones"),
    );
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("sql".into()));
    environment.set_formatter(format_value);
    environment.add_global("dialect", dialect.macros());
    let safe = Value::from_safe_string;
    environment.add_filter("ident", move |name: &str| safe(dialect.identifier(name)));
    environment
        .add_filter("lit", move |value: &Value, options: Kwargs| lit(dialect, value, options));
    environment.add_filter("bind", move |state: &mut State, value: &Value, options: Kwargs| {
        bind(state, dialect, value, options)
    });
    // Marks a text of the template itself as SQL.
    environment.add_filter("sql", move |text: String| safe(text));
    environment
        .add_function("table", move |dataset: &str, name: &str| safe(dialect.table(dataset, name)));
    minijinja_embed::load_templates!(&mut environment);
    environment
}

/// Prints safe texts and numbers; refuses everything that was not quoted.
fn format_value(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let printable = value.is_safe() || matches!(value.kind(), ValueKind::Number | ValueKind::Bool);
    if printable {
        return write!(out, "{value}")
            .map_err(|error| Error::new(ErrorKind::WriteFailure, error.to_string()));
    }
    let reason = if value.is_undefined() {
        "an undefined name is printed".to_owned()
    } else {
        format!("{value} is printed unquoted: use the filter lit or ident")
    };
    Err(Error::new(ErrorKind::BadEscape, reason))
}

/// A literal: text, number, boolean, NULL, or a list of them. `type` puts a type name in front.
fn lit(dialect: Dialect, value: &Value, options: Kwargs) -> Result<Value, Error> {
    let type_name: Option<String> = options.get("type")?;
    options.assert_all_used()?;
    let literal = match value.kind() {
        ValueKind::None => "null".to_owned(),
        ValueKind::Number | ValueKind::Bool => value.to_string(),
        ValueKind::String => dialect.literal(value.as_str().unwrap_or_default()),
        kind => {
            return Err(Error::new(ErrorKind::InvalidOperation, format!("{kind} is no literal")));
        }
    };
    Ok(Value::from_safe_string(match type_name {
        Some(type_name) => format!("{type_name} {literal}"),
        None => literal,
    }))
}

/// A parameter: text, number, boolean, or a list of them, also NULL. `type` names its type where the value does
/// not say it.
fn bind(
    state: &mut State<'_, '_>,
    dialect: Dialect,
    value: &Value,
    options: Kwargs,
) -> Result<Value, Error> {
    let kind: Option<String> = options.get("type")?;
    options.assert_all_used()?;
    let bound = state.get_or_insert_extension(Vec::<Parameter>::new());
    let name = format!("p{}", bound.len() + 1);
    let parameter = Parameter::new(name, value, kind.as_deref())
        .map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))?;
    if dialect == Dialect::DuckDb {
        return Ok(Value::from_safe_string(parameter.literal()));
    }
    let printed = parameter.to_string();
    bound.push(parameter);
    Ok(Value::from_safe_string(printed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::context;

    fn render_text(source: &str, parameters: Value) -> Result<String, String> {
        environment(Dialect::DuckDb)
            .render_str(source, parameters)
            .map_err(|error| error.detail().unwrap_or_default().to_owned())
    }

    #[test]
    fn quotes_what_users_wrote() {
        let parameters = context! { name => "a\"b", text => "it's", none => () };
        let sql = "select {{ text | lit }}, {{ 1.5 }}, {{ none | lit }} from {{ name | ident }}";
        let expected = "select 'it''s', 1.5, null from \"a\"\"b\"";
        assert_eq!(render_text(sql, parameters), Ok(expected.to_owned()));
    }

    /// Also of conditions that a statement includes: every value has a name of its own.
    #[test]
    fn what_is_bound_stays_out_of_the_sql() {
        let scope = |asins| context! { date => "2024-03-10", asins };
        let table = |scope| {
            let (columns, keys) = (["c"], Value::from(()));
            let condition = "asin/day.sql";
            context! { target => "t", staging => "s", columns, keys, all => false, condition, scope }
        };
        let tables = [table(scope(Value::from(()))), table(scope(Value::from(vec!["A'", "B"])))];
        let swap = render_for(Dialect::BigQuery, "cloud/swap.sql", context! { tables });
        let Statement { sql, parameters, .. } = swap.expect("rendered");
        assert!(sql.contains("old where dt = @p1;"), "{sql}");
        assert!(sql.contains("old where dt = @p2 and asin in unnest(@p3);"), "{sql}");
        let names: Vec<&str> = parameters.iter().map(|parameter| &*parameter.name).collect();
        assert_eq!(names, ["p1", "p2", "p3"]);
        assert_eq!(parameters[2].literal(), "['A''', 'B']");
        let here = render("asin/day.sql", context! { scope => scope(Value::from(vec!["A'"])) });
        let here = here.expect("rendered");
        assert_eq!(here.sql, "dt = date '2024-03-10' and asin in (['A'''])");
        assert!(here.parameters.is_empty());
    }

    #[test]
    fn refuses_unquoted_texts() {
        let error = render_text("select {{ text }}", context! { text => "1; drop table t" });
        assert!(error.unwrap_err().contains("unquoted"));
    }

    #[test]
    fn refuses_unknown_names() {
        assert!(render_text("select {{ nothing }}", context! {}).is_err());
    }

    #[test]
    fn macros_print_what_they_made() {
        let sql =
            "{% macro twice(x) %}{{ x }} + {{ x }}{% endmacro %}select {{ twice(x | ident) }}";
        assert_eq!(render_text(sql, context! { x => "c" }), Ok("select \"c\" + \"c\"".to_owned()));
    }

    #[test]
    fn hashes_the_executed_text() {
        let sha = Statement::new("t", "abc").sha256();
        assert_eq!(sha, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
