//! Threads and time, for checks that run on an executor that nobody knows.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use crate::clock::{self, Moment};
use crate::sync::{Mutex, RwLock};
use crate::timer::Alarm;
use crate::wait::block_on;

/// What has come from the threads so far, and who waits for the rest.
struct Gathered<T> {
    results: Vec<Result<T, String>>,
    waiting: Option<Waker>,
}

/// Runs `work` on so many threads at the same moment, each with its number, and gathers what they say, in no order. The
/// caller's executor is not blocked meanwhile: the store may need it.
pub(super) async fn at_once<T, F>(
    threads: usize,
    work: impl Fn(usize) -> F + Send + Sync + 'static,
) -> Result<Vec<T>, String>
where
    T: Send + 'static,
    F: Future<Output = Result<T, String>>,
{
    let gathered = Arc::new(Mutex::new(Gathered {
        results: Vec::new(),
        waiting: None,
    }));
    start(threads, work, &gathered)?;
    poll_fn(|context| {
        let mut gathered = gathered.lock();
        if gathered.results.len() == threads {
            return Poll::Ready(gathered.results.drain(..).collect());
        }
        gathered.waiting = Some(context.waker().clone());
        Poll::Pending
    })
    .await
}

/// The threads stand at a gate until all are there.
fn start<T, F>(
    threads: usize,
    work: impl Fn(usize) -> F + Send + Sync + 'static,
    gathered: &Arc<Mutex<Gathered<T>>>,
) -> Result<(), String>
where
    T: Send + 'static,
    F: Future<Output = Result<T, String>>,
{
    let gate = Arc::new(RwLock::new(()));
    let work = Arc::new(work);
    let _closed = gate.write();
    for number in 0..threads {
        let (gate, work, gathered) = (gate.clone(), work.clone(), gathered.clone());
        let run = move || {
            drop(gate.read());
            let result = catch_unwind(AssertUnwindSafe(|| block_on(work(number))));
            let mut gathered = gathered.lock();
            gathered
                .results
                .push(result.unwrap_or_else(|panic| Err(said(&*panic))));
            let waiting = gathered.waiting.take();
            drop(gathered);
            if let Some(waiting) = waiting {
                waiting.wake();
            }
        };
        thread::Builder::new()
            .spawn(run)
            .map_err(|error| format!("the system refuses a thread: {error}"))?;
    }
    Ok(())
}

/// Polls a call a few times and drops it, finished or not.
pub(super) fn drop_half_way<F: Future>(call: F, polls: usize) {
    let mut call = std::pin::pin!(call);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if call.as_mut().poll(&mut context).is_ready() {
            return;
        }
        thread::yield_now();
    }
}

/// Waits for a moment.
pub(super) async fn at(moment: Moment) {
    let mut alarm = None;
    poll_fn(|context| {
        if clock::now() >= moment {
            return Poll::Ready(());
        }
        alarm = Some(Alarm::set(moment, context.waker()));
        Poll::Pending
    })
    .await;
    drop(alarm);
}

/// Waits.
pub(super) async fn pause(long: Duration) {
    at(clock::now().after(long)).await;
}

/// What a panic said.
pub(super) fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    format!("a call panicked: {}", text.unwrap_or("it does not say why"))
}
