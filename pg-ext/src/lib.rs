//! `aim_pg`: AIM in PostgreSQL. Its SQL surface is the schema `reco`.
//!
//! * `distance`: great-circle distance.
//! * `robust`, `tail`: robust statistics and tail probabilities, by the same core as the DuckDB
//!   functions of those names.

mod distance;
mod robust;
mod tail;

pgrx::pg_module_magic!(name, version);

/// Raises an error about an argument.
fn refuse(problem: impl Into<String>) -> ! {
    let code = pgrx::PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE;
    pgrx::ereport!(ERROR, code, problem.into());
}
