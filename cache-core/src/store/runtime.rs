//! The thread that drives the sockets and files of all stores, started by the first of them. Whoever waits for a store, on
//! whatever runtime or thread, waits for this one and never for itself.

use std::future::Future;
#[cfg(feature = "sqlite")]
use std::pin::Pin;
#[cfg(feature = "file")]
use std::sync::Arc;
#[cfg(feature = "sqlite")]
use std::task::{Context, Poll};

use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Runtime};
#[cfg(feature = "file")]
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use crate::error::{Error, Result};

static RUNTIME: OnceCell<Threads> = OnceCell::new();

struct Threads {
    runtime: Runtime,
    /// Of the threads that may block, those that file stores may have at once.
    #[cfg(feature = "file")]
    files: Arc<Semaphore>,
}

/// Threads for calls that block. They are started when they are needed, and end when they are not.
pub(super) const BLOCKING: usize = 128;

/// A disk that does not answer holds every thread that asks it. The others look names up and open databases.
#[cfg(feature = "file")]
pub(super) const FILES: usize = BLOCKING / 2;

fn threads() -> Result<&'static Threads> {
    RUNTIME.get_or_try_init(|| {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(BLOCKING)
            .thread_name("cache-store")
            .enable_all()
            .build()
            .map_err(Error::store)?;
        Ok(Threads {
            runtime,
            #[cfg(feature = "file")]
            files: Arc::new(Semaphore::new(FILES)),
        })
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
    Ok(threads()?.runtime.spawn(future))
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

/// Runs a future to its end on the caller's own thread, as if on the stores' thread: what wakes it wakes the caller, and nobody in
/// between. Dropped before its end, it goes on on the stores' thread.
///
/// # Errors
///
/// If the system refuses that thread.
#[cfg(feature = "sqlite")]
pub(crate) async fn run_here(future: impl Future<Output = ()> + Send + 'static) -> Result<()> {
    let here = Here {
        runtime: &threads()?.runtime,
        future: Some(Box::pin(future)),
    };
    here.await;
    Ok(())
}

/// A future that is polled where its caller is.
#[cfg(feature = "sqlite")]
struct Here {
    runtime: &'static Runtime,
    /// Until it has ended.
    future: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

#[cfg(feature = "sqlite")]
impl Future for Here {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let _inside = self.runtime.enter();
        let Some(future) = &mut self.future else {
            return Poll::Ready(());
        };
        std::task::ready!(future.as_mut().poll(context));
        self.future = None;
        Poll::Ready(())
    }
}

#[cfg(feature = "sqlite")]
impl Drop for Here {
    fn drop(&mut self) {
        if let Some(future) = self.future.take() {
            self.runtime.spawn(future);
        }
    }
}

/// Runs a call that blocks on a thread that may, once file stores have room for one more thread. The call returns that room when it
/// is dropped or has ended.
///
/// # Errors
///
/// If the system refuses the stores' thread.
#[cfg(feature = "file")]
pub(super) fn spawn_on_files(call: impl FnOnce() + Send + 'static) -> Result<()> {
    let threads = threads()?;
    let call = |room: OwnedSemaphorePermit| {
        move || {
            let _room = room;
            call();
        }
    };
    if let Ok(room) = threads.files.clone().try_acquire_owned() {
        threads.runtime.spawn_blocking(call(room));
        return Ok(());
    }
    threads.runtime.spawn(async {
        if let Ok(room) = threads.files.clone().acquire_owned().await {
            threads.runtime.spawn_blocking(call(room));
        }
    });
    Ok(())
}
