//! The calls of one store that block: so many at once, the others in a queue.
//!
//! A thread that has ended a call takes the next one by itself. Where many ask, nobody is woken between two calls but those who wait
//! for them.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::oneshot;

use super::runtime::spawn_on_files;
use crate::error::{Error, Result};
use crate::sync::Mutex;

/// After so many calls a thread makes room for those of another store.
const TURNS: usize = 64;

/// The calls of one store.
pub(super) struct BlockingCalls {
    /// How many threads it may have at once.
    most: usize,
    queue: Mutex<CallQueue>,
}

#[derive(Default)]
struct CallQueue {
    calls: VecDeque<Box<dyn FnOnce() + Send>>,
    /// How many threads take calls, or are about to.
    threads: usize,
}

impl BlockingCalls {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            queue: Mutex::default(),
        })
    }

    /// Runs a call that blocks, and waits. Dropped while it waits, the call goes on to its end if it has started, and else is not made.
    ///
    /// # Errors
    ///
    /// If the system refuses the stores' thread, or the call panicked.
    pub(super) async fn run<T, F>(self: &Arc<Self>, call: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.add(Box::new(move || {
            if !reply.is_closed() {
                // Who has stopped waiting wants no answer.
                drop(reply.send(call()));
            }
        }))?;
        answer.await.map_err(Error::store)
    }

    fn add(self: &Arc<Self>, call: Box<dyn FnOnce() + Send>) -> Result<()> {
        {
            let mut queue = self.queue.lock();
            queue.calls.push_back(call);
            if queue.threads == self.most {
                return Ok(());
            }
            queue.threads += 1;
        }
        self.begin()
    }

    /// Begins a thread that was counted already.
    fn begin(self: &Arc<Self>) -> Result<()> {
        let calls = self.clone();
        let begun = spawn_on_files(move || calls.work());
        if begun.is_err() {
            self.queue.lock().threads -= 1;
        }
        begun
    }

    fn work(self: &Arc<Self>) {
        for _ in 0..TURNS {
            let Some(call) = self.next() else {
                return;
            };
            // Its caller learns of a panic: nobody answers any more.
            drop(catch_unwind(AssertUnwindSafe(call)));
        }
        // The stores' thread is there: this one was begun by it.
        drop(self.begin());
    }

    /// The next call; without one, the thread that asks is counted no more.
    fn next(&self) -> Option<Box<dyn FnOnce() + Send>> {
        let mut queue = self.queue.lock();
        let call = queue.calls.pop_front();
        if call.is_none() {
            queue.threads -= 1;
        }
        call
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use tokio::task::{JoinSet, yield_now};
    use tokio::time::timeout;

    use super::*;
    use crate::store::runtime::{BLOCKING, FILES, spawn};

    const SOON: Duration = Duration::from_secs(20);

    /// Calls of one store on a disk that does not answer, until they are dropped.
    struct Stuck {
        started: Arc<AtomicUsize>,
        end: Arc<Barrier>,
    }

    impl Stuck {
        /// So many calls of a store that may have `most` under way, of which `begin` will begin.
        async fn new(calls: usize, most: usize, begin: usize) -> Self {
            let own = BlockingCalls::new(most);
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
                drop(spawn(async move { own.run(call).await }).unwrap());
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
        let other = BlockingCalls::new(8);
        let served = timeout(SOON, other.run(|| 7)).await;
        assert_eq!(served.expect("in time").unwrap(), 7);
        assert_eq!(stuck.started.load(Ordering::SeqCst), 8);
        drop(stuck);

        let all_files = Stuck::new(2 * BLOCKING, 2 * BLOCKING, FILES).await;
        let look_up = spawn(async { tokio::task::spawn_blocking(|| 7).await }).unwrap();
        let found = timeout(SOON, look_up).await.expect("in time").unwrap();
        assert_eq!(found.unwrap(), 7);
        assert_eq!(all_files.started.load(Ordering::SeqCst), FILES);
    }

    /// However they come, end, panic or are given up: the others are made, each once.
    #[tokio::test]
    async fn each_call_is_made_once() {
        let own = BlockingCalls::new(2);
        let made = Arc::new(AtomicUsize::new(0));
        let mut calls = JoinSet::new();
        for number in 0..10 * TURNS {
            let (own, made) = (own.clone(), made.clone());
            calls.spawn(async move {
                let call = move || {
                    made.fetch_add(1, Ordering::SeqCst);
                    assert!(number % 7 > 0, "one in seven");
                    number
                };
                let returned = own.run(call).await;
                assert_eq!(returned.ok(), (number % 7 > 0).then_some(number));
            });
        }
        let all = async { while calls.join_next().await.is_some_and(|made| made.is_ok()) {} };
        timeout(SOON, all).await.expect("all end");
        assert_eq!(made.load(Ordering::SeqCst), 10 * TURNS);
    }

    #[tokio::test]
    async fn a_call_that_nobody_waits_for_is_not_begun() {
        let stuck = BlockingCalls::new(1);
        let end = Arc::new(Barrier::new(2));
        let waits = end.clone();
        let first = tokio::spawn({
            let stuck = stuck.clone();
            async move { stuck.run(move || waits.wait().is_leader()).await }
        });
        while stuck.queue.lock().threads == 0 || !stuck.queue.lock().calls.is_empty() {
            yield_now().await;
        }
        let made = Arc::new(AtomicUsize::new(0));
        let count = made.clone();
        let given_up = stuck.run(move || count.fetch_add(1, Ordering::SeqCst));
        assert!(timeout(Duration::ZERO, given_up).await.is_err());
        end.wait();
        first.await.unwrap().unwrap();
        assert_eq!(stuck.run(|| 7).await.unwrap(), 7);
        assert_eq!(made.load(Ordering::SeqCst), 0);
    }
}
