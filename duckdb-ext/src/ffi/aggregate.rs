//! Aggregate functions.
//!
//! The engine owns the memory of a group's state, next to the group's key, and moves it byte by byte
//! as it likes. A state that is small in itself needs no allocation and no detour to reach.

use super::connection::Connection;
use super::error::{Error, panic_message, to_c};
use super::input::Args;
use super::output::Out;
use super::types::{Arg, Type};
use libduckdb_sys as duckdb;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// An aggregate function. Rows with a NULL argument do reach it.
///
/// As a window function one state is read many times, also by several threads: combining leaves the
/// source as it is, and finishing may be repeated.
pub(crate) trait Aggregate: Sized + 'static {
    const NAME: &'static str;
    /// The arguments of each overload.
    const OVERLOADS: &'static [&'static [Arg]];
    const RETURNS: Type;
    /// One line for users.
    const HELP: &'static str;
    /// A query's tail that a user can type after `select`.
    const EXAMPLE: &'static str;
    /// What one group has gathered. There may be millions: the smaller, the better.
    type State: Default + Send + Sync;
    /// The argument columns of one chunk.
    type Columns<'a>;

    fn columns<'a>(args: &Args<'a>) -> Result<Self::Columns<'a>, Error>;
    /// Adds one row to a group.
    fn update(
        state: &mut Self::State,
        columns: &Self::Columns<'_>,
        row: usize,
    ) -> Result<(), Error>;
    /// Adds what another thread gathered.
    fn combine(target: &mut Self::State, source: &Self::State) -> Result<(), Error>;
    /// Where in memory most of what a group has gathered is, to be fetched ahead of its turn.
    fn gathered(state: &Self::State) -> *const u8;
    /// How many list elements the result of a group has, for functions that give lists.
    fn elements(_: &Self::State) -> usize {
        0
    }
    /// Writes the result of a group.
    fn finish(state: &mut Self::State, out: &mut Out<'_>, row: usize) -> Result<(), Error>;

    /// Registers the function.
    fn register(connection: &Connection) -> Result<(), Error> {
        let name = to_c(Self::NAME);
        // SAFETY: the connection is live; whatever is created here is destroyed here, after the
        // engine has copied it.
        unsafe {
            let mut set = duckdb::duckdb_create_aggregate_function_set(name.as_ptr());
            for args in Self::OVERLOADS {
                let mut function = duckdb::duckdb_create_aggregate_function();
                duckdb::duckdb_aggregate_function_set_name(function, name.as_ptr());
                for (_, arg) in *args {
                    duckdb::duckdb_aggregate_function_add_parameter(function, arg.logical().0);
                }
                let returns = Self::RETURNS.logical();
                duckdb::duckdb_aggregate_function_set_return_type(function, returns.0);
                duckdb::duckdb_aggregate_function_set_special_handling(function);
                duckdb::duckdb_aggregate_function_set_functions(
                    function,
                    Some(state_size::<Self>),
                    Some(init::<Self>),
                    Some(update::<Self>),
                    Some(combine::<Self>),
                    Some(finalize::<Self>),
                );
                duckdb::duckdb_aggregate_function_set_destructor(function, Some(destroy::<Self>));
                duckdb::duckdb_add_aggregate_function_to_set(set, function);
                duckdb::duckdb_destroy_aggregate_function(&mut function);
            }
            let state = duckdb::duckdb_register_aggregate_function_set(connection.raw(), set);
            duckdb::duckdb_destroy_aggregate_function_set(&mut set);
            if state == duckdb::DuckDBSuccess { Ok(()) } else { Err(Error::Register(Self::NAME)) }
        }
    }
}

/// The state of a group.
///
/// # Safety
///
/// `group` must be memory of [`state_size`] bytes, [`init`]ialised, that nothing else uses for `'a`.
unsafe fn state<'a, S>(group: duckdb::duckdb_aggregate_state) -> &'a mut S {
    // SAFETY: by the caller; the alignment is checked in `state_size`.
    unsafe { &mut *group.cast::<S>() }
}

unsafe extern "C" fn state_size<A: Aggregate>(_: duckdb::duckdb_function_info) -> u64 {
    // The engine aligns states like its own values.
    const { assert!(align_of::<A::State>() <= align_of::<u64>()) };
    size_of::<A::State>() as u64
}

unsafe extern "C" fn init<A: Aggregate>(
    _: duckdb::duckdb_function_info,
    group: duckdb::duckdb_aggregate_state,
) {
    // SAFETY: fresh memory of `state_size` bytes.
    unsafe { group.cast::<A::State>().write(A::State::default()) };
}

unsafe extern "C" fn update<A: Aggregate>(
    info: duckdb::duckdb_function_info,
    chunk: duckdb::duckdb_data_chunk,
    states: *mut duckdb::duckdb_aggregate_state,
) {
    contain::<A>(info, || {
        // SAFETY: the engine hands over a live chunk of flat vectors and one state per row.
        let (args, states) = unsafe {
            let args = Args::new(chunk);
            let states = std::slice::from_raw_parts(states, args.len());
            (args, states)
        };
        let columns = A::columns(&args)?;
        for (row, &group) in states.iter().enumerate() {
            if let Some(&next) = states.get(row + AHEAD) {
                prefetch(next.cast());
            }
            // SAFETY: an initialised group that nothing else uses during the call.
            let state = unsafe { state::<A::State>(group) };
            A::update(state, &columns, row)?;
        }
        Ok(())
    });
}

unsafe extern "C" fn combine<A: Aggregate>(
    info: duckdb::duckdb_function_info,
    sources: *mut duckdb::duckdb_aggregate_state,
    targets: *mut duckdb::duckdb_aggregate_state,
    count: u64,
) {
    contain::<A>(info, || {
        for at in 0..count as usize {
            // SAFETY: `count` initialised groups on either side; sources are only read.
            unsafe {
                if at + AHEAD < count as usize {
                    prefetch(A::gathered(&*(*sources.add(at + AHEAD)).cast::<A::State>()));
                }
                let source = &*(*sources.add(at)).cast::<A::State>();
                A::combine(state(*targets.add(at)), source)?;
            }
        }
        Ok(())
    });
}

unsafe extern "C" fn finalize<A: Aggregate>(
    info: duckdb::duckdb_function_info,
    states: *mut duckdb::duckdb_aggregate_state,
    result: duckdb::duckdb_vector,
    count: u64,
    offset: u64,
) {
    contain::<A>(info, || {
        // SAFETY: the engine hands over a live result vector with room for these rows.
        let mut out = unsafe { Out::new(result, offset as usize, count as usize) };
        if matches!(A::RETURNS, Type::List(_)) {
            let elements = (0..count as usize).map(|row| {
                // SAFETY: as below.
                A::elements(unsafe { state::<A::State>(*states.add(row)) })
            });
            out.reserve_elements(elements.sum())?;
        }
        for row in 0..count as usize {
            // SAFETY: `count` initialised groups that nothing else uses during the call.
            let state = unsafe {
                if row + AHEAD < count as usize {
                    prefetch(A::gathered(state(*states.add(row + AHEAD))));
                }
                state::<A::State>(*states.add(row))
            };
            A::finish(state, &mut out, row)?;
        }
        Ok(())
    });
}

unsafe extern "C" fn destroy<A: Aggregate>(
    states: *mut duckdb::duckdb_aggregate_state,
    count: u64,
) {
    for at in 0..count as usize {
        // SAFETY: initialised groups. An empty state takes the place of the dropped one, so that
        // nothing is freed twice.
        unsafe { drop(std::mem::take(state::<A::State>(*states.add(at)))) };
    }
}

/// How many rows ahead a state is fetched: far enough to hide a trip to main memory.
const AHEAD: usize = 16;

/// Asks the processor to fetch a group's state: groups come in no order, and waiting for each of them
/// is most of the work where they are many.
fn prefetch(at: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint, for which any address will do.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(at.cast());
        _mm_prefetch::<_MM_HINT_T0>(at.cast::<i8>().wrapping_add(64));
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

/// Turns an error or a panic of `body` into an error of the query.
fn contain<A: Aggregate>(
    info: duckdb::duckdb_function_info,
    body: impl FnOnce() -> Result<(), Error>,
) {
    let message = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return,
        Ok(Err(error)) => to_c(&format!("{}: {error}", A::NAME)),
        Err(payload) => to_c(&panic_message(payload.as_ref())),
    };
    // SAFETY: the engine copies the message.
    unsafe { duckdb::duckdb_aggregate_function_set_error(info, message.as_ptr()) };
}
