//! Work that goes on behind the call that began it: refreshes, and loads that their callers no longer wait for.
//!
//! Async work runs on the caller's tokio runtime, blocking work on a few threads of ours. The process may end at any moment;
//! [`drain`] waits until nothing is under way.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

#[cfg(feature = "tokio")]
pub(crate) use tokio::runtime::Handle as Runtime;

use once_cell::sync::{Lazy, OnceCell};

use crate::clock::{self, stopped};
use crate::wait::{WaitCell, block_on};

#[cfg(test)]
pub(crate) mod simulated;

/// What [`drain`] begins before it waits.
static LAST_WORK: OnceCell<fn()> = OnceCell::new();

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
pub struct Job {
    work: Work,
    /// Whether somebody waits for it.
    has_caller: bool,
}

type Work = Box<dyn FnOnce() + Send>;

/// The threads for blocking work, and what they have still to do.
struct RefreshPool {
    jobs: VecDeque<Work>,
    threads: usize,
    /// How many of them wait for a job.
    idle: usize,
}

/// The most threads for work that nobody waits for.
const THREADS: usize = 8;

/// The most threads while there is work that somebody waits for. Such work never queues: otherwise loads that hang would hold up
/// all others.
const THREADS_WITH_CALLERS: usize = 512;

/// The most jobs that wait for a thread.
const JOBS: usize = 1024;

/// How long a thread waits for another job before it ends.
const IDLE: Duration = Duration::from_secs(10);

fn pool() -> MutexGuard<'static, RefreshPool> {
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Job {
    pub(crate) fn new(has_caller: bool, work: impl FnOnce() + Send + 'static) -> Self {
        Self {
            work: Box::new(work),
            has_caller,
        }
    }

    /// Runs it on this thread.
    pub(crate) fn run(self) {
        run(self.work);
    }
}

/// Runs a job on a thread of ours: at once if somebody waits for it, else at once or after those before it. Gives it back if
/// there is no room, if the system refuses the thread, or if the caller is such a thread itself: jobs that wait for jobs could
/// fill all threads.
pub(crate) fn spawn_blocking(job: Job) -> Result<(), Job> {
    if IS_OURS.get() {
        return Err(job);
    }
    let clock = stopped::here();
    let under_way = UnderWay::begin();
    let mut pool = pool();
    let most = if job.has_caller {
        THREADS_WITH_CALLERS
    } else {
        THREADS
    };
    let mut is_served = pool.idle > pool.jobs.len();
    if !is_served && pool.threads < most {
        let thread = thread::Builder::new().name("cache-refresh".into());
        is_served = thread.spawn(work).is_ok();
        pool.threads += usize::from(is_served);
    }
    let may_wait = !job.has_caller && pool.threads > 0 && pool.jobs.len() < JOBS;
    if !is_served && !may_wait {
        return Err(job);
    }
    let Job { work, has_caller } = job;
    let work: Work = Box::new(move || {
        let _under_way = under_way;
        let _clock = clock.as_ref().map(stopped::Stopped::enter);
        work();
    });
    if has_caller {
        pool.jobs.push_front(work);
    } else {
        pool.jobs.push_back(work);
    }
    NEW_JOB.notify_one();
    Ok(())
}

/// What work panics with was shown by the panic hook; its load has told those who wait.
fn run(work: Work) {
    let _ = catch_unwind(AssertUnwindSafe(work));
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
    #[cfg(test)]
    let Err(future) = simulated::spawn(future) else {
        return Ok(());
    };
    match Runtime::try_current() {
        Ok(runtime) => {
            spawn_on(&runtime, future);
            Ok(())
        }
        Err(_) => Err(future),
    }
}

/// Runs a future on this tokio runtime. If that has ended, the future is dropped.
#[cfg(feature = "tokio")]
pub(crate) fn spawn_on(runtime: &Runtime, future: impl Future<Output = ()> + Send + 'static) {
    let under_way = UnderWay::begin();
    let future = stopped::InClock::here(future);
    drop(runtime.spawn(async move {
        let _under_way = under_way;
        future.await;
    }));
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

/// Has [`drain`] begin this work, too, before it waits.
#[cfg(feature = "http")]
pub(crate) fn before_the_end(begin: fn()) {
    let _ = LAST_WORK.set(begin);
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
    if let Some(begin) = LAST_WORK.get() {
        begin();
    }
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
