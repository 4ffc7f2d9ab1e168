use super::error::{Error, to_c};
use super::scalar::{self, Scalar};
use super::table::{self, Table};
use crate::functions;
use libduckdb_sys as duckdb;
use std::ffi::CStr;
use std::path::Path;

/// A connection that functions are registered through. They belong to the database: every other
/// connection sees them.
pub(crate) struct Connection(duckdb::duckdb_connection);

impl Connection {
    /// # Safety
    ///
    /// `database` must be live, and outlive the connection.
    pub(super) unsafe fn new(database: duckdb::duckdb_database) -> Result<Self, Error> {
        let mut connection = std::ptr::null_mut();
        // SAFETY: the database is live.
        match unsafe { duckdb::duckdb_connect(database, &mut connection) } {
            duckdb::DuckDBSuccess => Ok(Self(connection)),
            _ => Err(Error::Open("DuckDB does not accept a connection".into())),
        }
    }

    pub(super) fn raw(&self) -> duckdb::duckdb_connection {
        self.0
    }

    pub(crate) fn register_scalars(&self, overloads: &[&'static Scalar]) -> Result<(), Error> {
        // SAFETY: the connection is live.
        unsafe { scalar::register(self.0, overloads) }
    }

    pub(crate) fn register_table(&self, table: &'static Table) -> Result<(), Error> {
        // SAFETY: the connection is live.
        unsafe { table::register(self.0, table) }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: owned, and closed once. A connection that an extension keeps open would keep the
        // database open after its user has closed it.
        unsafe { duckdb::duckdb_disconnect(&mut self.0) };
    }
}

/// Opens a database with AIM's functions registered, for programs that embed the engine; `None` is
/// a database in memory. The settings are DuckDB's, by name.
///
/// The caller owns the result: hand it to `duckdb::Connection::open_from_raw`, and close it with
/// `duckdb_close` once no connection is left.
///
/// # Errors
///
/// When the file cannot be opened, or is no database, or a setting is unknown.
pub fn open(
    path: Option<&Path>,
    settings: &[(&str, String)],
) -> Result<duckdb::duckdb_database, Error> {
    let mut database = open_bare(path, settings)?;
    // SAFETY: just opened; the connection is closed before anything else happens to it.
    let registered = unsafe { Connection::new(database) }
        .and_then(|connection| functions::register(&connection));
    match registered {
        Ok(()) => Ok(database),
        Err(error) => {
            // SAFETY: opened above, with no connection left.
            unsafe { duckdb::duckdb_close(&mut database) };
            Err(error)
        }
    }
}

/// As [`open`], without AIM's functions.
///
/// # Errors
///
/// As for [`open`].
pub fn open_bare(
    path: Option<&Path>,
    settings: &[(&str, String)],
) -> Result<duckdb::duckdb_database, Error> {
    let config = Config::new(settings)?;
    let path = path.map(|path| to_c(&path.to_string_lossy()));
    let path = path.as_ref().map_or(std::ptr::null(), |path| path.as_ptr());
    let mut database = std::ptr::null_mut();
    let mut message = std::ptr::null_mut();
    // SAFETY: every pointer lives through the call.
    let state = unsafe { duckdb::duckdb_open_ext(path, &mut database, config.0, &mut message) };
    if state == duckdb::DuckDBSuccess {
        return Ok(database);
    }
    if message.is_null() {
        return Err(Error::Open("DuckDB cannot open the database".to_owned()));
    }
    // SAFETY: the engine's own text, released once.
    unsafe {
        let text = CStr::from_ptr(message).to_string_lossy().into_owned();
        duckdb::duckdb_free(message.cast());
        Err(Error::Open(text))
    }
}

/// An owned set of settings.
struct Config(duckdb::duckdb_config);

impl Config {
    fn new(settings: &[(&str, String)]) -> Result<Self, Error> {
        let mut raw = std::ptr::null_mut();
        // SAFETY: the target lives through the call.
        if unsafe { duckdb::duckdb_create_config(&mut raw) } != duckdb::DuckDBSuccess {
            return Err(Error::Open("DuckDB has no memory for its settings".to_owned()));
        }
        let config = Self(raw);
        for (name, value) in settings {
            let (c_name, c_value) = (to_c(name), to_c(value));
            // SAFETY: the configuration and both texts live through the call.
            let set =
                unsafe { duckdb::duckdb_set_config(config.0, c_name.as_ptr(), c_value.as_ptr()) };
            if set != duckdb::DuckDBSuccess {
                return Err(Error::Open(format!("DuckDB does not accept {name} = '{value}'")));
            }
        }
        Ok(config)
    }
}

impl Drop for Config {
    fn drop(&mut self) {
        // SAFETY: owned, and destroyed once.
        unsafe { duckdb::duckdb_destroy_config(&mut self.0) };
    }
}
