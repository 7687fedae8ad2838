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
use tokio::sync::Semaphore;
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
const BLOCKING: usize = 128;

/// A disk that does not answer holds every thread that asks it. The others look names up and open databases.
#[cfg(feature = "file")]
const FILES: usize = BLOCKING / 2;

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

/// Runs a call that blocks on a thread that may, and waits. `own` bounds how many calls of one store are under way. Dropped
/// while it waits, the call goes on to its end if it has started.
///
/// # Errors
///
/// If the system refuses the thread, or the call panicked.
#[cfg(feature = "file")]
pub(crate) async fn run_blocking<T, F>(own: &Arc<Semaphore>, call: F) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let threads = threads()?;
    let own = own.clone().acquire_owned().await.map_err(Error::store)?;
    let any = threads.files.clone().acquire_owned().await;
    let any = any.map_err(Error::store)?;
    let call = move || {
        let _permits = (own, any);
        call()
    };
    let called = threads.runtime.spawn_blocking(call).await;
    called.map_err(Error::store)
}

#[cfg(test)]
#[cfg(feature = "file")]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use tokio::task::yield_now;
    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    /// Calls of one store on a disk that does not answer, until they are dropped.
    struct Stuck {
        started: Arc<AtomicUsize>,
        end: Arc<Barrier>,
    }

    impl Stuck {
        /// So many calls of a store that may have `own` under way, of which `begin` will begin.
        async fn new(calls: usize, own: usize, begin: usize) -> Self {
            let own = Arc::new(Semaphore::new(own));
            let (started, end) = (
                Arc::new(AtomicUsize::new(0)),
                Arc::new(Barrier::new(begin + 1)),
            );
            for _ in 0..calls {
                let (own, started, end) = (own.clone(), started.clone(), end.clone());
                let call = move || {
                    // Those that are let in after the others have ended do not wait.
                    if started.fetch_add(1, Ordering::SeqCst) < begin {
                        end.wait();
                    }
                };
                drop(spawn(async move { run_blocking(&own, call).await }).unwrap());
            }
            let all_begun = async {
                while started.load(Ordering::SeqCst) < begin {
                    yield_now().await;
                }
            };
            timeout(SOON, all_begun).await.expect("they begin");
            Self { started, end }
        }
    }

    impl Drop for Stuck {
        fn drop(&mut self) {
            self.end.wait();
        }
    }

    /// A call of another store is served, and a name is looked up.
    #[tokio::test]
    async fn a_disk_that_does_not_answer_holds_up_its_own_store_alone() {
        let stuck = Stuck::new(100, 8, 8).await;
        let own = Arc::new(Semaphore::new(8));
        let other = timeout(SOON, run_blocking(&own, || 7)).await;
        assert_eq!(other.expect("in time").unwrap(), 7);
        assert_eq!(stuck.started.load(Ordering::SeqCst), 8);
        drop(stuck);

        let all_files = Stuck::new(2 * BLOCKING, 2 * BLOCKING, FILES).await;
        let look_up = threads().unwrap().runtime.spawn_blocking(|| 7);
        assert_eq!(timeout(SOON, look_up).await.expect("in time").unwrap(), 7);
        assert_eq!(all_files.started.load(Ordering::SeqCst), FILES);
    }
}
