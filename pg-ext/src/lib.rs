//! `aim_pg`: AIM in PostgreSQL. Its SQL surface is the schema `reco`, all of it in the plain SQL file that
//! this extension runs first. Native code then takes the place of what it does better, under the same
//! signatures: PostgreSQL refuses to replace a function by one of another type.
//!
//! * `distance`: great-circle distance.
//! * `robust`, `tail`: robust statistics and tail probabilities, by the same core as the DuckDB
//!   functions of those names.
//! * `workers`: views refreshed side by side.

mod distance;
mod robust;
mod tail;
mod workers;

pgrx::pg_module_magic!(name, version);

pgrx::extension_sql_file!("../../sql/postgres/aim_pg.sql", name = "aim_pg", bootstrap);
pgrx::extension_sql!(
    "select pg_extension_config_dump('reco.run', '');",
    name = "dumped_with_the_database",
    requires = ["aim_pg"]
);

/// Raises an error about an argument.
fn refuse(problem: impl Into<String>) -> ! {
    let code = pgrx::PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE;
    pgrx::ereport!(ERROR, code, problem.into());
}
