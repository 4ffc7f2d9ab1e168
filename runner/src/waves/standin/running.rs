//! A stand-in that serves: its address, its counts, its end.

use super::Service;
use axum::Router;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A stand-in that accepts requests; dropping it ends it after the requests in progress.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    service: Arc<Service>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

/// How often the stand-in was asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Posts to `/login`, right or wrong.
    pub logins: u64,
    /// Batch requests with a session, faulty answers included.
    pub batches: u64,
    /// Page requests with a session, faulty answers included.
    pub pages: u64,
    /// CAMs of the batches and pages that were answered with results.
    pub cams: u64,
}

/// [`Counts`] in the making.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) logins: AtomicU64,
    pub(super) batches: AtomicU64,
    pub(super) pages: AtomicU64,
    pub(super) cams: AtomicU64,
}

impl Running {
    /// Serves on the current runtime.
    pub(super) fn serve(
        listener: TcpListener,
        router: Router,
        service: Arc<Service>,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            // An error of the receiver means that the sender was dropped: stop as well.
            let stopped = async move { drop(stopped.await) };
            axum::serve(listener, router).with_graceful_shutdown(stopped).await
        });
        Ok(Self { address, service, stop, task })
    }

    /// For example `http://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What has been asked so far.
    pub fn counts(&self) -> Counts {
        let counters = &self.service.counters;
        Counts {
            logins: counters.logins.load(Ordering::Relaxed),
            batches: counters.batches.load(Ordering::Relaxed),
            pages: counters.pages.load(Ordering::Relaxed),
            cams: counters.cams.load(Ordering::Relaxed),
        }
    }

    /// Accepts no more requests, lets those in progress end.
    pub async fn stop(self) -> io::Result<()> {
        drop(self.stop);
        self.task.await.map_err(io::Error::other)?
    }
}
