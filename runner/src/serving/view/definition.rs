//! The SQL that makes a view, from its definition.

use crate::config::reco::{DecimalMode, View};
use crate::warehouse::template::{quote_identifier, render, render_part};
use anyhow::Context as _;
use jiff::{ToSpan as _, Zoned};
use minijinja::{Value, context};
use tokio_postgres::Client;

/// A view as this server can have it.
pub(in crate::serving) struct Definition {
    /// What the function's body is.
    pub(super) query: String,
    /// Name and SQL type of each column.
    pub(in crate::serving) columns: Vec<(String, String)>,
    /// Columns that PostGIS would provide.
    pub(super) left_out: Vec<String>,
    view: View,
}

/// One index to make.
pub(in crate::serving) struct IndexStatement {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    pub(super) is_btree: bool,
    is_unique: bool,
    /// Everything of the definition but name and relation.
    pub(in crate::serving) form: String,
    pub(super) sql: String,
}

impl Definition {
    /// `postgis` is the schema of PostGIS, if it is installed.
    pub(in crate::serving) fn new(
        schema: &str,
        view: &View,
        postgis: Option<&str>,
    ) -> anyhow::Result<Self> {
        let mut view = view.clone();
        let mut left_out = Vec::new();
        if postgis.is_none() {
            let (there, missing): (Vec<_>, Vec<_>) =
                view.columns.into_iter().partition(|column| !column.column_type.needs_postgis());
            view.columns = there;
            left_out = missing.into_iter().map(|column| column.name).collect();
            view.indexes.retain(|index| index.on.iter().all(|name| !left_out.contains(name)));
            view.order_by.retain(|name| !left_out.contains(name));
        }
        let postgis = postgis.unwrap_or_default();
        let parameters =
            || context! { postgis => Value::from_safe_string(quote_identifier(postgis)) };
        let part = |source: &String| render_part(&view.name, source, parameters());
        let mut columns = Vec::with_capacity(view.columns.len());
        let mut selected = Vec::with_capacity(view.columns.len());
        for column in &view.columns {
            // Views show numerics with the places that their values have.
            let sql_type = column.column_type.sql(DecimalMode::Compat, postgis);
            let value = column.value.as_ref().map(part).transpose()?;
            selected.push(context! { name => &column.name, sql_type => &sql_type, value });
            columns.push((column.name.clone(), sql_type));
        }
        let condition = view.condition.as_ref().map(part).transpose()?;
        let query = render(
            "reco/view_query.sql",
            context! {
                schema, base => &view.from, columns => selected, condition,
                group_by => &view.group_by, order_by => &view.order_by,
            },
        )?;
        Ok(Self { query: query.sql, columns, left_out, view })
    }

    /// Makes the function `function` that the view selects from.
    pub(super) fn function_statement(
        &self,
        schema: &str,
        function: &str,
    ) -> anyhow::Result<String> {
        let columns: Vec<_> =
            self.columns.iter().map(|(name, sql_type)| context! { name, sql_type }).collect();
        let body = &self.query;
        Ok(render("reco/view_function.sql", context! { schema, function, columns, body })?.sql)
    }

    /// The statements that index `relation` (in `schema`; quoted), unique ones first; `suffix` is the time in
    /// the names.
    pub(in crate::serving) fn index_statements(
        &self,
        schema: &str,
        relation: &str,
        suffix: &str,
    ) -> anyhow::Result<Vec<IndexStatement>> {
        let safe = |text: &str| Value::from_safe_string(text.to_owned());
        let mut statements = Vec::with_capacity(self.view.indexes.len());
        for index in &self.view.indexes {
            let parameters = context! {
                ts_nodash => safe(suffix), view_name => safe(&self.view.name),
            };
            let name = render_part("The name of an index", &index.name, parameters)?;
            let unique = if index.unique { "unique " } else { "" };
            let columns: Vec<_> = index.on.iter().map(|name| quote_identifier(name)).collect();
            let form =
                format!("using {} ({})", quote_identifier(&index.method), columns.join(", "));
            let quoted = quote_identifier(&name);
            let mut sql = format!("create {unique}index {quoted} on {relation} {form}");
            if index.method == "gist" {
                // A quarter faster on a million points; of no use to the index that is there then.
                let schema = quote_identifier(schema);
                sql.push_str(&format!(
                    " with (buffering = on); alter index {schema}.{quoted} reset (buffering)"
                ));
            }
            statements.push(IndexStatement {
                sql,
                form: format!("{unique}{form}"),
                is_btree: index.method == "btree",
                is_unique: index.unique,
                columns: index.on.clone(),
                name,
            });
        }
        // Duplicates end it all: they are found first.
        statements.sort_by_key(|index| !index.is_unique);
        Ok(statements)
    }
}

/// The local time of this moment, YYYYMMDDHHMMSS, moved on while indexes of that name exist: two builds in
/// one second must not collide.
pub(super) async fn free_suffix(
    client: &Client,
    schema: &str,
    definition: &Definition,
) -> anyhow::Result<String> {
    let mut moment = Zoned::now();
    loop {
        let suffix = moment.strftime("%Y%m%d%H%M%S").to_string();
        let names: Vec<String> = definition
            .index_statements(schema, "", &suffix)?
            .into_iter()
            .map(|index| index.name)
            .collect();
        let taken = client
            .query_one(
                "select count(*) from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
                 where n.nspname = $1 and c.relname = any($2::text[]::name[])",
                &[&schema, &names],
            )
            .await?;
        if taken.get::<_, i64>(0) == 0 {
            return Ok(suffix);
        }
        moment = moment.checked_add(1.second()).context("The clock is at its end")?;
    }
}
