//! Requests that wait for a connection: whoever is free takes a share of all that wait, and asks it in one go. To wait for
//! one's own connections is no outage, however many wait.

use std::collections::VecDeque;

use crate::sync::Mutex;

/// Requests, and bytes, that go in one go at most: the first of them waits for the last.
const REQUESTS: usize = 256;
const BYTES: usize = 1 << 20;

/// Requests of one kind.
#[derive(Debug)]
pub(super) struct RequestQueue<T> {
    state: Mutex<QueueState<T>>,
    workers: usize,
}

#[derive(Debug)]
struct QueueState<T> {
    waiting: VecDeque<T>,
    at_work: usize,
}

/// A request of some length.
pub(super) trait Weighed {
    fn bytes(&self) -> usize;
}

impl<T: Weighed> RequestQueue<T> {
    /// For so many who work at once.
    pub(super) fn new(workers: usize) -> Self {
        Self {
            state: Mutex::new(QueueState {
                waiting: VecDeque::new(),
                at_work: 0,
            }),
            workers,
        }
    }

    /// Lines a request up, and says whether another [`worker`](Self::worker) is to come.
    pub(super) fn push(&self, request: T) -> bool {
        let mut state = self.state.lock();
        state.waiting.push_back(request);
        let needed = state.at_work < self.workers;
        state.at_work += usize::from(needed);
        needed
    }

    /// Whether nobody is at work, and nothing waits.
    #[cfg(feature = "sqlite")]
    pub(super) fn is_idle(&self) -> bool {
        let state = self.state.lock();
        state.at_work == 0 && state.waiting.is_empty()
    }

    /// For how many connections requests wait that are all at work; `None` if no request waits.
    pub(super) fn waiting_for(&self) -> Option<usize> {
        let waits = !self.state.lock().waiting.is_empty();
        waits.then_some(self.workers)
    }

    /// The worker that a push has asked for.
    pub(super) fn worker(&self) -> Worker<'_, T> {
        Worker {
            queue: self,
            is_done: false,
        }
    }
}

/// One who works off requests.
pub(super) struct Worker<'a, T> {
    queue: &'a RequestQueue<T>,
    is_done: bool,
}

impl<T: Weighed> Worker<'_, T> {
    /// The share of this worker of all that wait; `None` if it is done.
    pub(super) fn take(&mut self) -> Option<Vec<T>> {
        let mut state = self.queue.state.lock();
        let most = state
            .waiting
            .len()
            .div_ceil(self.queue.workers)
            .min(REQUESTS);
        if most == 0 {
            // In one step with the look: who comes next sees that there is one less.
            state.at_work -= 1;
            self.is_done = true;
            return None;
        }
        let mut taken = Vec::with_capacity(most);
        let mut bytes = 0;
        while taken.len() < most
            && bytes < BYTES
            && let Some(request) = state.waiting.pop_front()
        {
            bytes += request.bytes();
            taken.push(request);
        }
        Some(taken)
    }
}

impl<T> Drop for Worker<'_, T> {
    fn drop(&mut self) {
        if !self.is_done {
            self.queue.state.lock().at_work -= 1;
        }
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;

    impl Weighed for usize {
        fn bytes(&self) -> usize {
            *self
        }
    }

    #[test]
    fn each_worker_takes_its_share() {
        let queue = RequestQueue::new(2);
        let started: Vec<bool> = (0..9).map(|_| queue.push(1)).collect();
        assert_eq!(started, [[true; 2].as_slice(), &[false; 7]].concat());
        let (mut one, mut other) = (queue.worker(), queue.worker());
        assert_eq!(one.take().unwrap().len(), 5);
        assert_eq!(other.take().unwrap().len(), 2);
        assert_eq!(one.take().unwrap().len(), 1);
        assert_eq!(one.take().unwrap().len(), 1);
        assert!(one.take().is_none() && other.take().is_none());
        drop((one, other));
        assert!(queue.push(1), "whoever is done is missed by the next");
    }

    #[test]
    fn large_requests_go_alone_and_a_worker_that_is_lost_is_replaced() {
        let queue = RequestQueue::new(1);
        assert!(queue.push(BYTES) && !queue.push(BYTES));
        let mut worker = queue.worker();
        assert_eq!(worker.take().unwrap().len(), 1);
        drop(worker);
        assert!(queue.push(1));
    }
}
