//! Work that goes on behind the call that began it: refreshes, and loads that their callers no longer wait for.
//!
//! Async work runs on the caller's tokio runtime, blocking work on a few threads of ours. The process may end at any moment;
//! [`drain`] waits until nothing is under way.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use once_cell::sync::Lazy;

use crate::clock::{self, stopped};
use crate::wait::{WaitCell, block_on};

/// How many pieces of work are under way, of all kinds.
static UNDER_WAY: Lazy<WaitCell<usize>> = Lazy::new(|| WaitCell::new(0));

static POOL: Mutex<RefreshPool> = Mutex::new(RefreshPool {
    jobs: VecDeque::new(),
    threads: 0,
    idle: 0,
});
static NEW_JOB: Condvar = Condvar::new();

thread_local! {
    static IS_OURS: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// A piece of blocking work.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// The threads for blocking work, and what they have still to do.
struct RefreshPool {
    jobs: VecDeque<Job>,
    threads: usize,
    /// How many of them wait for a job.
    idle: usize,
}

/// The most threads for blocking work.
const THREADS: usize = 8;

/// The most jobs that wait for a thread.
const JOBS: usize = 1024;

/// How long a thread waits for another job before it ends.
const IDLE: Duration = Duration::from_secs(10);

fn pool() -> MutexGuard<'static, RefreshPool> {
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a job on a thread of ours, at once or after those before it. Gives it back if too many wait already, if the system
/// refuses the thread, or if the caller is such a thread itself: jobs that wait for jobs could fill all threads.
pub(crate) fn spawn_blocking(job: Job) -> Result<(), Job> {
    if IS_OURS.get() {
        return Err(job);
    }
    let clock = stopped::here();
    let under_way = UnderWay::begin();
    let mut pool = pool();
    if pool.jobs.len() >= JOBS {
        return Err(job);
    }
    if pool.idle <= pool.jobs.len() && pool.threads < THREADS {
        let thread = thread::Builder::new().name("cache-refresh".into());
        match thread.spawn(work) {
            Ok(_) => pool.threads += 1,
            Err(_) if pool.threads == 0 => return Err(job),
            Err(_) => {}
        }
    }
    pool.jobs.push_back(Box::new(move || {
        let _under_way = under_way;
        let _clock = clock.as_ref().map(stopped::Stopped::enter);
        job();
    }));
    NEW_JOB.notify_one();
    Ok(())
}

/// Runs a job. What it panics with was shown by the panic hook; its load has told those who wait.
pub(crate) fn run(job: Job) {
    let _ = catch_unwind(AssertUnwindSafe(job));
}

fn work() {
    IS_OURS.set(true);
    let mut guard = pool();
    loop {
        if let Some(job) = guard.jobs.pop_front() {
            drop(guard);
            run(job);
            guard = pool();
            continue;
        }
        guard.idle += 1;
        let waited = NEW_JOB.wait_timeout(guard, IDLE);
        let (woken, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        guard = woken;
        guard.idle -= 1;
        if timeout.timed_out() && guard.jobs.is_empty() {
            guard.threads -= 1;
            return;
        }
    }
}

/// Runs a future on the tokio runtime that the caller runs on. Gives it back if there is none.
#[cfg(feature = "tokio")]
pub(crate) fn spawn<F>(future: F) -> Result<(), F>
where
    F: Future<Output = ()> + Send + 'static,
{
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return Err(future);
    };
    let under_way = UnderWay::begin();
    let future = stopped::InClock::here(future);
    drop(runtime.spawn(async move {
        let _under_way = under_way;
        future.await;
    }));
    Ok(())
}

/// Counts a piece of work as under way until it is dropped.
struct UnderWay(());

impl UnderWay {
    fn begin() -> Self {
        UNDER_WAY.update(|count| *count += 1);
        Self(())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        UNDER_WAY.update(|count| *count -= 1);
    }
}

/// Waits until no load runs behind its call any more, for `limit` at most. Returns `false` if some still run then.
///
/// Call it before the program ends, after the last request: what a load brings is then in its store. Loads that begin while it waits are
/// waited for as well. It stops nothing: what still runs after `limit` goes on, and ends with the program.
///
/// Async functions load on the runtime of their callers, so call this on that runtime while it runs.
///
/// ```
/// # use std::time::Duration;
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// assert!(cache_core::drain(Duration::from_secs(5)).await);
/// # });
/// ```
pub async fn drain(limit: Duration) -> bool {
    let none = |count: &mut usize| (*count == 0).then_some(());
    let deadline = clock::now().after(limit);
    UNDER_WAY.until(deadline, none).await.is_some()
}

/// [`drain`], for programs without a runtime: blocks this thread.
///
/// ```
/// assert!(cache_core::drain_blocking(std::time::Duration::from_secs(5)));
/// ```
pub fn drain_blocking(limit: Duration) -> bool {
    block_on(drain(limit))
}
