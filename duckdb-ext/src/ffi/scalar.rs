//! Scalar functions.

use super::error::{Error, panic_message, to_c};
use super::input::Args;
use super::output::Out;
use super::types::{Arg, Type};
use libduckdb_sys as duckdb;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Computes the result of one chunk.
pub(crate) type Eval = fn(&Args<'_>, &mut Out<'_>) -> Result<(), Error>;

/// What happens to NULL arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// The result is NULL, and the engine may skip the call.
    Propagate,
    /// The function sees them.
    Passed,
}

/// A scalar function; overloads share a name.
pub(crate) struct Scalar {
    pub(crate) name: &'static str,
    pub(crate) args: &'static [Arg],
    pub(crate) returns: Type,
    pub(crate) nulls: Nulls,
    pub(crate) eval: Eval,
    /// One line for users.
    pub(crate) help: &'static str,
    /// An expression that a user can type after `select`.
    pub(crate) example: &'static str,
}

/// Registers the overloads of one function.
///
/// # Safety
///
/// `connection` must be live.
pub(super) unsafe fn register(
    connection: duckdb::duckdb_connection,
    overloads: &[&'static Scalar],
) -> Result<(), Error> {
    let Some(first) = overloads.first() else { return Ok(()) };
    let name = to_c(first.name);
    // SAFETY: the connection is live; whatever is created here is destroyed here, after the engine
    // has copied it; the extra information is static.
    unsafe {
        let mut set = duckdb::duckdb_create_scalar_function_set(name.as_ptr());
        for overload in overloads {
            let mut function = duckdb::duckdb_create_scalar_function();
            duckdb::duckdb_scalar_function_set_name(function, name.as_ptr());
            for (_, arg) in overload.args {
                if let Type::Many(each) = arg {
                    duckdb::duckdb_scalar_function_set_varargs(function, each.logical().0);
                } else {
                    duckdb::duckdb_scalar_function_add_parameter(function, arg.logical().0);
                }
            }
            duckdb::duckdb_scalar_function_set_return_type(function, overload.returns.logical().0);
            if overload.nulls == Nulls::Passed {
                duckdb::duckdb_scalar_function_set_special_handling(function);
            }
            let info = std::ptr::from_ref::<Scalar>(overload).cast_mut().cast();
            duckdb::duckdb_scalar_function_set_extra_info(function, info, None);
            duckdb::duckdb_scalar_function_set_function(function, Some(call));
            duckdb::duckdb_add_scalar_function_to_set(set, function);
            duckdb::duckdb_destroy_scalar_function(&mut function);
        }
        let state = duckdb::duckdb_register_scalar_function_set(connection, set);
        duckdb::duckdb_destroy_scalar_function_set(&mut set);
        if state == duckdb::DuckDBSuccess { Ok(()) } else { Err(Error::Register(first.name)) }
    }
}

unsafe extern "C" fn call(
    info: duckdb::duckdb_function_info,
    chunk: duckdb::duckdb_data_chunk,
    result: duckdb::duckdb_vector,
) {
    // SAFETY: the engine hands over live vectors for the duration of the call, arguments flattened,
    // and the extra information set at registration, which is static.
    let (scalar, args, mut out) = unsafe {
        let scalar: &'static Scalar = &*duckdb::duckdb_scalar_function_get_extra_info(info).cast();
        let args = Args::new(chunk);
        let out = Out::new(result, 0, args.len());
        (scalar, args, out)
    };
    let result = catch_unwind(AssertUnwindSafe(|| (scalar.eval)(&args, &mut out)));
    let message = match result {
        Ok(Ok(())) => return,
        Ok(Err(error)) => to_c(&format!("{}: {error}", scalar.name)),
        Err(payload) => to_c(&panic_message(payload.as_ref())),
    };
    // SAFETY: the engine copies the message.
    unsafe { duckdb::duckdb_scalar_function_set_error(info, message.as_ptr()) };
}
