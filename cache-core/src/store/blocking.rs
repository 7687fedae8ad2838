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
    calls: VecDeque<Box<dyn BlockingCall>>,
    /// How many threads take calls, or are about to.
    threads: usize,
}

/// A call, and who waits for it.
trait BlockingCall: Send {
    fn is_given_up(&self) -> bool;

    fn make(self: Box<Self>);
}

struct WaitedCall<T, F> {
    reply: oneshot::Sender<T>,
    call: F,
}

impl<T: Send, F: FnOnce() -> T + Send> BlockingCall for WaitedCall<T, F> {
    fn is_given_up(&self) -> bool {
        self.reply.is_closed()
    }

    fn make(self: Box<Self>) {
        if !self.is_given_up() {
            // Who has stopped waiting wants no answer.
            drop(self.reply.send((self.call)()));
        }
    }
}

/// A thread that takes calls, counted until it ends, also if it never begins.
struct CallThread {
    calls: Arc<BlockingCalls>,
    is_counted: bool,
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
        self.add(Box::new(WaitedCall { reply, call }))?;
        answer
            .await
            .map_err(|_| Error::store("a call that blocks has panicked"))
    }

    fn add(self: &Arc<Self>, call: Box<dyn BlockingCall>) -> Result<()> {
        {
            let mut queue = self.queue.lock();
            // Those who wait give up in their order: a disk that hangs does not fill the memory.
            while queue.calls.front().is_some_and(|call| call.is_given_up()) {
                queue.calls.pop_front();
            }
            queue.calls.push_back(call);
            if queue.threads == self.most {
                return Ok(());
            }
            queue.threads += 1;
        }
        CallThread::begin(self.clone())
    }
}

impl CallThread {
    /// Begins a thread that was counted already.
    fn begin(calls: Arc<BlockingCalls>) -> Result<()> {
        let thread = Self {
            calls,
            is_counted: true,
        };
        spawn_on_files(move || thread.work())
    }

    fn work(mut self) {
        for _ in 0..TURNS {
            let Some(call) = self.next() else {
                return;
            };
            // Its caller learns of a panic: nobody answers any more.
            drop(catch_unwind(AssertUnwindSafe(|| call.make())));
        }
        self.is_counted = false;
        // The stores' thread is there: this one was begun by it.
        drop(Self::begin(self.calls.clone()));
    }

    /// The next call; without one, this thread is counted no more.
    fn next(&mut self) -> Option<Box<dyn BlockingCall>> {
        let mut queue = self.calls.queue.lock();
        let call = queue.calls.pop_front();
        if call.is_none() {
            // Under this lock: who adds a call after it begins another thread.
            queue.threads -= 1;
            self.is_counted = false;
        }
        call
    }
}

impl Drop for CallThread {
    fn drop(&mut self) {
        if self.is_counted {
            self.calls.queue.lock().threads -= 1;
        }
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

    /// The system may refuse a thread at any time.
    #[tokio::test]
    async fn a_thread_that_never_begins_is_not_counted() {
        let own = BlockingCalls::new(1);
        own.queue.lock().threads = 1;
        let thread = CallThread {
            calls: own.clone(),
            is_counted: true,
        };
        drop(thread);
        let served = timeout(SOON, own.run(|| 7)).await;
        assert_eq!(served.expect("in time").unwrap(), 7);
    }

    #[tokio::test]
    async fn calls_that_were_given_up_leave_the_queue() {
        let own = BlockingCalls::new(1);
        // None takes a call.
        own.queue.lock().threads = 1;
        for _ in 0..100 {
            assert!(timeout(Duration::ZERO, own.run(|| 7)).await.is_err());
        }
        assert_eq!(own.queue.lock().calls.len(), 1);
    }
}
