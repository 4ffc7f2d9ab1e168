//! The recommendation export: every case drives the built binary, from a warehouse of its own through
//! Parquet into a PostgreSQL server of its own.

#[cfg(test)]
mod edges;
#[cfg(test)]
mod exports;
#[cfg(test)]
mod extension;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod foreign;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod guards;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod names;
#[cfg(test)]
mod readers;
#[cfg(test)]
mod swaps;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod views;
