//! Views that are refreshed side by side, each by a background worker of its own.

use pgrx::bgworkers::{
    BackgroundWorker, BackgroundWorkerBuilder, BackgroundWorkerStatus, DynamicBackgroundWorker,
    SignalWakeFlags,
};
use pgrx::prelude::*;

/// What fits beside a worker's registration, less the byte that ends it.
const LONGEST_ORDER: usize = 127;

#[pg_schema]
mod reco {
    use super::Workers;
    use pgrx::prelude::*;

    /// Refreshes views that do not read each other, `parallel` at a time; answers those that no worker
    /// finished, because none was free or because the refresh failed.
    #[pg_extern(volatile, parallel_unsafe, strict, create_or_replace)]
    fn refresh_by_workers(
        views: Vec<String>,
        mode: &str,
        parallel: i32,
    ) -> spi::Result<Vec<String>> {
        let began = Spi::get_one::<TimestampWithTimeZone>("select clock_timestamp()")?;
        let mut waiting = views.clone().into_iter();
        let mut workers = Workers::default();
        loop {
            while workers.0.len() < parallel.max(1) as usize
                && let Some(view) = waiting.next()
            {
                workers.start(&view, mode);
            }
            workers.forget_stopped();
            if workers.0.is_empty() && waiting.len() == 0 {
                break;
            }
            // Ends when the caller's statement is cancelled, and the workers with it.
            Spi::run("select pg_catalog.pg_sleep(0.02)")?;
        }
        let left = Spi::get_one_with_args(
            "select array(
                 select v.view from unnest($1) with ordinality as v(view, place)
                 where not exists (
                     select from reco.run as r where r.view = v.view and r.is_live and r.built_at >= $2
                 )
                 order by v.place
             )",
            &[views.into(), began.into()],
        )?;
        Ok(left.unwrap_or_default())
    }
}

/// Workers that have not ended; ended when dropped.
#[derive(Default)]
struct Workers(Vec<DynamicBackgroundWorker>);

impl Workers {
    /// Has a worker refresh a view, if one is free: the role is the caller's.
    fn start(&mut self, view: &str, mode: &str) {
        // SAFETY: both are set for as long as the session lasts.
        let (database, role, pid) = unsafe {
            (pg_sys::MyDatabaseId.to_u32(), pg_sys::GetUserId().to_u32(), pg_sys::MyProcPid)
        };
        let order = format!("{database} {role} {mode} {view}");
        if order.len() > LONGEST_ORDER {
            return;
        }
        let worker = BackgroundWorkerBuilder::new(&format!("aim_pg refresh of {view}"))
            .set_type("aim_pg refresh")
            .set_library("aim_pg")
            .set_function("aim_pg_refresh")
            .set_extra(&order)
            .set_notify_pid(pid)
            .enable_spi_access()
            .load_dynamic();
        match worker {
            Ok(worker) => self.0.push(worker),
            Err(_) => pgrx::log!("no background worker is free for {view}"),
        }
    }

    fn forget_stopped(&mut self) {
        let goes_on = |worker: &DynamicBackgroundWorker| {
            matches!(worker.pid(), Ok(_) | Err(BackgroundWorkerStatus::NotYetStarted))
        };
        self.0.retain(goes_on);
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        for worker in self.0.drain(..) {
            worker.terminate();
        }
    }
}

/// What a worker runs: one refresh, in one transaction. Its errors are in the server's log.
#[pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn aim_pg_refresh(_argument: pg_sys::Datum) {
    // Without handlers of ours, SIGTERM ends the worker also in the middle of a refresh.
    BackgroundWorker::attach_signal_handlers(SignalWakeFlags::empty());
    let mut order = BackgroundWorker::get_extra().splitn(4, ' ');
    let mut oid = || order.next().and_then(|oid| oid.parse().ok()).map(pg_sys::Oid::from_u32);
    let (database, role) = (oid(), oid());
    let (Some(mode), Some(view)) = (order.next(), order.next()) else {
        pgrx::error!("A refresh without a mode and a view was asked for");
    };
    BackgroundWorker::connect_worker_to_spi_by_oid(database, role);
    let refreshed = BackgroundWorker::transaction(|| {
        Spi::run_with_args(
            "select reco.refresh_view(case $2 when 'swap' then $1 else quote_ident($1) end, $2)",
            &[view.into(), mode.into()],
        )
    });
    if let Err(error) = refreshed {
        pgrx::error!("{view} was not refreshed: {error}");
    }
}
