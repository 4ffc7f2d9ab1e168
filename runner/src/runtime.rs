//! For everything that waits, and for whoever wants it to stop: SIGTERM and Ctrl-C end what is under
//! way, a request as well as a query, so that a run comes to its end within moments.

use crate::warehouse::duckdb::DuckDb;
use anyhow::{Context as _, bail};
use duckdb::InterruptHandle;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::signal::unix::{self, SignalKind};
use tokio::sync::watch;

/// How often the engine is told to stop: one word is lost where it comes between two statements.
const REPEAT: Duration = Duration::from_millis(20);

/// Who wants a run to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT: Ctrl-C.
    Interrupt,
    /// SIGTERM: a scheduler.
    Terminate,
}

impl Signal {
    /// The exit code of a program that a signal ended, as shells have it: 128 and the signal's number.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        })
    }
}

/// A signal came.
#[derive(Debug, thiserror::Error)]
#[error("Stopped by {0}")]
pub struct Stopped(pub Signal);

type Queries = Arc<Mutex<Option<Arc<InterruptHandle>>>>;

/// Runs futures, until a signal comes.
pub struct Runtime {
    tokio: tokio::runtime::Runtime,
    stop: watch::Receiver<Option<Signal>>,
    queries: Queries,
}

impl Runtime {
    /// Starts, and listens to SIGINT and SIGTERM from now on. The second signal ends the process at
    /// once.
    ///
    /// # Errors
    ///
    /// When the system refuses threads or the signals.
    pub fn start() -> anyhow::Result<Self> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let tokio = builder.worker_threads(2).enable_all().build();
        let tokio = tokio.context("The runtime does not start")?;
        let (sender, stop) = watch::channel(None);
        let queries = Queries::default();
        let mut signals = tokio.block_on(async { Signals::listen() })?;
        let stopped = Arc::clone(&queries);
        tokio.spawn(async move {
            let first = signals.next().await;
            tracing::warn!("{first}: stopping; a second signal ends the run at once");
            sender.send_replace(Some(first));
            loop {
                if let Some(handle) = &*stopped.lock().unwrap_or_else(PoisonError::into_inner) {
                    handle.interrupt();
                }
                tokio::select! {
                    second = signals.next() => std::process::exit(second.exit_code().into()),
                    () = tokio::time::sleep(REPEAT) => {}
                }
            }
        });
        Ok(Self { tokio, stop, queries })
    }

    /// The signal that came, if one did.
    pub fn signal(&self) -> Option<Signal> {
        *self.stop.borrow()
    }

    /// For moments between two steps.
    ///
    /// # Errors
    ///
    /// [`Stopped`].
    pub fn check(&self) -> anyhow::Result<()> {
        match self.signal() {
            Some(signal) => Err(Stopped(signal).into()),
            None => Ok(()),
        }
    }

    /// Has a signal end the queries of this warehouse too.
    pub fn stops(&self, warehouse: &DuckDb) {
        let handle = warehouse.connection().interrupt_handle();
        *self.queries.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
    }

    /// Waits for a future that is to end although a signal came: a last word, a removal. It has to end by
    /// itself soon.
    ///
    /// # Errors
    ///
    /// The future's.
    pub fn finish<T>(&self, future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        self.tokio.block_on(future)
    }

    /// Waits for a future. When a signal comes it is dropped, with the requests it has under way.
    ///
    /// # Errors
    ///
    /// The future's, or that a signal came.
    pub fn block_on<T>(
        &self,
        future: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        let mut stop = self.stop.clone();
        self.tokio.block_on(async {
            tokio::select! {
                biased;
                // The sender lives as long as the runtime.
                _ = stop.wait_for(Option::is_some) => {
                    self.check()?;
                    bail!("The runtime has ended")
                }
                result = future => result,
            }
        })
    }
}

struct Signals {
    interrupt: unix::Signal,
    terminate: unix::Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        let listen = |kind, signal: Signal| {
            unix::signal(kind).with_context(|| format!("Could not listen to {signal}"))
        };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt(), Signal::Interrupt)?,
            terminate: listen(SignalKind::terminate(), Signal::Terminate)?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::template::Statement;
    use std::process::Command;
    use std::time::Instant;

    /// Neither would end by itself.
    #[test]
    fn a_signal_ends_queries_and_futures() {
        let runtime = Runtime::start().expect("started");
        let warehouse = DuckDb::open_bare(None, &[]).expect("opened");
        runtime.stops(&warehouse);
        assert!(runtime.check().is_ok() && runtime.signal().is_none());
        let begun = Instant::now();
        let killer = std::thread::spawn(|| {
            std::thread::sleep(Duration::from_millis(100));
            let own = std::process::id().to_string();
            Command::new("kill").args(["-TERM", &own]).status().expect("sent")
        });
        let query = "select sum(hash(range)) from range(1000000000000)";
        let error = warehouse.transaction(&[Statement::new("long", query)]).unwrap_err();
        assert!(killer.join().expect("ended").success());
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        assert!(format!("{error:#}").to_lowercase().contains("interrupt"), "{error:#}");
        assert_eq!(runtime.signal(), Some(Signal::Terminate));
        let ended = runtime.block_on(std::future::pending::<anyhow::Result<()>>());
        assert_eq!(ended.unwrap_err().to_string(), "Stopped by SIGTERM");
    }
}
