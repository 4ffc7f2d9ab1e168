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
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

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
    /// Where in memory the next row goes, likewise.
    fn growing(state: &Self::State) -> *const u8 {
        Self::gathered(state)
    }
    /// How many list elements the result of a group has, for functions that give lists.
    fn elements(_: &Self::State) -> usize {
        0
    }
    /// How many rows a group holds for [`Self::measure`], and how many threads gathered them, where that
    /// is worth sharing among threads.
    fn work(_: &Self::State) -> (usize, usize) {
        (0, 1)
    }
    /// What is left to compute of a group once its rows are there.
    type Measured: Send;
    fn measure(state: &Self::State) -> Self::Measured;
    /// Writes the result of a group.
    fn write(
        state: &Self::State,
        measured: Self::Measured,
        out: &mut Out<'_>,
        row: usize,
    ) -> Result<(), Error>;

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
            if let Some(&next) = states.get(row + AHEAD / 2) {
                // SAFETY: an initialised group.
                prefetch(A::growing(unsafe { &*next.cast::<A::State>() }));
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
        // SAFETY: `count` initialised groups that nothing changes during the call.
        let state = |row: usize| unsafe { &*(*states.add(row)).cast::<A::State>() };
        let count = count as usize;
        if matches!(A::RETURNS, Type::List(_)) {
            out.reserve_elements((0..count).map(|row| A::elements(state(row))).sum())?;
        }
        let (rows, threads) = (0..count)
            .map(|row| A::work(state(row)))
            .fold((0, 1), |all, one| (all.0 + one.0, all.1.max(one.1)));
        if threads > 1 && rows >= SHARED {
            let groups: Vec<&A::State> = (0..count).map(state).collect();
            for (row, measured) in measure_on::<A>(threads, &groups) {
                A::write(groups[row], measured, &mut out, row)?;
            }
            return Ok(());
        }
        for row in 0..count {
            if row + AHEAD < count {
                prefetch(A::gathered(state(row + AHEAD)));
            }
            A::write(state(row), A::measure(state(row)), &mut out, row)?;
        }
        Ok(())
    });
}

/// From this number of rows on, measuring takes long enough (a millisecond) to be worth a thread.
const SHARED: usize = 1 << 18;

/// Measures groups on several threads: the engine finishes up to 4,096 groups on one, however many rows
/// they have, while those that gathered the rows wait. `threads` is how many did.
fn measure_on<A: Aggregate>(threads: usize, groups: &[&A::State]) -> Vec<(usize, A::Measured)> {
    let next = AtomicUsize::new(0);
    let measure = || {
        let mine = std::iter::from_fn(|| {
            let row = next.fetch_add(1, Ordering::Relaxed);
            groups.get(row).map(|group| (row, A::measure(group)))
        });
        mine.collect::<Vec<_>>()
    };
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(processors))
            // Where no thread is to be had, the others do its work.
            .filter_map(|_| std::thread::Builder::new().spawn_scoped(scope, measure).ok())
            .collect();
        let mut measured = measure();
        for other in others {
            measured.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        measured
    })
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
