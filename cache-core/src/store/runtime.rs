//! The thread that drives the sockets and files of all stores, started by the first of them. Whoever waits for a store, on
//! whatever runtime or thread, waits for this one and never for itself.

use std::future::Future;

use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::error::{Error, Result};

static RUNTIME: OnceCell<Runtime> = OnceCell::new();

/// Threads for calls that block, such as those of a file system.
const BLOCKING: usize = 4;

fn runtime() -> Result<&'static Runtime> {
    RUNTIME.get_or_try_init(|| {
        Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(BLOCKING)
            .thread_name("cache-store")
            .enable_all()
            .build()
            .map_err(Error::store)
    })
}

/// Runs a future to its end on the stores' thread, whether somebody waits for it or not.
///
/// # Errors
///
/// If the system refuses the thread.
pub(crate) fn spawn<F>(future: F) -> Result<JoinHandle<F::Output>>
where
    F: Future<Output: Send> + Send + 'static,
{
    Ok(runtime()?.spawn(future))
}

/// [`spawn`], and waits. Dropped while it waits, the work goes on to its end.
///
/// # Errors
///
/// If the system refuses the thread, or the work panicked.
#[cfg(feature = "sql")]
pub(crate) async fn run<T, F>(future: F) -> Result<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    spawn(future)?.await.map_err(Error::store)?
}

/// Runs a call that blocks on a thread that may, and waits. Dropped while it waits, the call goes on to its end.
///
/// # Errors
///
/// If the system refuses the thread, or the call panicked.
#[cfg(feature = "file")]
pub(crate) async fn run_blocking<T, F>(call: F) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T> + Send + 'static,
{
    runtime()?
        .spawn_blocking(call)
        .await
        .map_err(Error::store)?
}
