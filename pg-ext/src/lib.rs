//! `aim_pg`: AIM in PostgreSQL. Its SQL surface is the schema `reco`.
//!
//! * `distance`: great-circle distance.
//! * `robust`: robust statistics, by the same core as the DuckDB functions of those names.

mod distance;
mod robust;

pgrx::pg_module_magic!(name, version);
