//! A warehouse, a bucket and a PostgreSQL server, and the binary between them.

mod job;
mod postgres;

pub(crate) use job::{BUCKET, Job, Run};
pub(crate) use postgres::Postgres;
