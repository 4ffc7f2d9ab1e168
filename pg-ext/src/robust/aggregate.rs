//! The aggregate `reco.robust_stats(float8)`: gathers the values of a group, on several workers if the
//! planner likes, and describes them once.

use super::values::Values;
use pgrx::heap_tuple::PgHeapTuple;
use pgrx::prelude::*;
use pgrx::{AllocatedByRust, Internal, PgTupleDesc};

extension_sql!(
    "
create or replace aggregate reco.robust_stats(x float8) (
    stype = internal,
    sfunc = reco.robust_stats_add,
    finalfunc = reco.robust_stats_final,
    combinefunc = reco.robust_stats_combine,
    serialfunc = reco.robust_stats_serial,
    deserialfunc = reco.robust_stats_deserial,
    parallel = safe
);
",
    name = "robust_stats",
    requires = [
        reco::robust_stats_add,
        reco::robust_stats_final,
        reco::robust_stats_combine,
        reco::robust_stats_serial,
        reco::robust_stats_deserial
    ]
);

#[pg_schema]
mod reco {
    use super::*;
    use aim_ext::core::robust::{Scratch, robust_stats};

    /// Adds one value to a group.
    #[pg_extern(immutable, parallel_safe)]
    fn robust_stats_add(
        state: Internal,
        x: Option<f64>,
        fcinfo: pg_sys::FunctionCallInfo,
    ) -> Internal {
        let Some(x) = x.filter(|x| !x.is_nan()) else { return state };
        // SAFETY: PostgreSQL hands over the state that this aggregate made.
        unsafe { gather(state, &[x], fcinfo) }
    }

    /// Adds what another worker gathered.
    #[pg_extern(immutable, parallel_safe)]
    fn robust_stats_combine(
        state: Internal,
        other: Internal,
        fcinfo: pg_sys::FunctionCallInfo,
    ) -> Internal {
        // SAFETY: PostgreSQL hands over states that this aggregate made.
        unsafe {
            match other.get::<Values>() {
                Some(other) => gather(state, other.as_slice(), fcinfo),
                None => state,
            }
        }
    }

    /// What a worker sends: the doubles as they stand in memory, for another process of this server.
    #[pg_extern(immutable, strict, parallel_safe)]
    fn robust_stats_serial(state: Internal) -> Vec<u8> {
        // SAFETY: PostgreSQL hands over the state that this aggregate made.
        let values = unsafe { state.get::<Values>() };
        values.map_or(&[][..], Values::as_slice).iter().flat_map(|x| x.to_ne_bytes()).collect()
    }

    /// What a worker sent.
    #[pg_extern(immutable, strict, parallel_safe)]
    fn robust_stats_deserial(sent: &[u8], _unused: Internal) -> Internal {
        let (values, _) = sent.as_chunks();
        let values: Vec<f64> = values.iter().map(|bytes| f64::from_ne_bytes(*bytes)).collect();
        // SAFETY: the current context outlives the call; combining copies the values out of it.
        unsafe {
            let state = Values::new_in(pg_sys::CurrentMemoryContext);
            state.extend(&values);
            as_internal(state)
        }
    }

    /// Describes a group. As a window function it is called many times, while the group grows.
    #[pg_extern(immutable, strict, parallel_safe)]
    fn robust_stats_final(
        state: Internal,
        fcinfo: pg_sys::FunctionCallInfo,
    ) -> Option<pgrx::composite_type!('static, "reco.robust_statistics")> {
        // SAFETY: PostgreSQL hands over the state that this aggregate made.
        let values = unsafe { state.get::<Values>() }?;
        let stats = robust_stats([values.as_slice()], &mut Scratch::default())?;
        let (n, [median, mad, aad]) = (stats.n as i64, [stats.median, stats.mad, stats.aad]);
        let fields = [n.into_datum(), median.into_datum(), mad.into_datum(), aad.into_datum()];
        // SAFETY: the call's function information is live, and tells the type it returns; the fields
        // are those of that type.
        unsafe { row(fcinfo, fields) }
    }
}

/// Adds values to a group, which begins with the first of them.
///
/// # Safety
///
/// `state` must be one that this aggregate made, `fcinfo` the information of the call.
unsafe fn gather(mut state: Internal, add: &[f64], fcinfo: pg_sys::FunctionCallInfo) -> Internal {
    // SAFETY: as the caller says; the aggregate's context lives as long as the group.
    unsafe {
        if let Some(values) = state.get_mut::<Values>() {
            values.extend(add);
            return state;
        }
        let mut context = std::ptr::null_mut();
        if pg_sys::AggCheckCallContext(fcinfo, &mut context) == 0 {
            crate::refuse("This function is a part of reco.robust_stats; call that one instead");
        }
        let values = Values::new_in(context);
        values.extend(add);
        as_internal(values)
    }
}

fn as_internal(values: &mut Values) -> Internal {
    Internal::from(Some(pg_sys::Datum::from(std::ptr::from_mut(values))))
}

/// A row of the type that the called function returns.
///
/// # Safety
///
/// `fcinfo` must be the information of the call, and `fields` of the types of that row.
unsafe fn row<const N: usize>(
    fcinfo: pg_sys::FunctionCallInfo,
    fields: [Option<pg_sys::Datum>; N],
) -> Option<PgHeapTuple<'static, AllocatedByRust>> {
    // SAFETY: as the caller says; the description is released when the row is dropped.
    let built = unsafe {
        let returns = pg_sys::get_fn_expr_rettype((*fcinfo).flinfo);
        let description = pg_sys::lookup_rowtype_tupdesc(returns, -1);
        PgHeapTuple::from_datums(PgTupleDesc::from_pg(description), fields)
    };
    match built {
        Ok(row) => Some(row),
        Err(error) => {
            crate::refuse(format!("The type reco.robust_statistics was altered: {error}"))
        }
    }
}
