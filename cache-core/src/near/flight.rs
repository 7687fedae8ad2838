//! A load under way, and those who wait for it.

use std::any::Any;
use std::sync::Arc;

use crate::clock::{self, Moment};
use crate::entry::{AnyEntry, Origin};
use crate::generation::Generation;
use crate::sync::{AtomicBool, AtomicUsize, Mutex, Ordering};
use crate::wait::WaitCell;

/// An error that is given to all who waited for the load that failed.
pub(crate) type SharedError = Arc<dyn Any + Send + Sync>;

/// How a flight ended, for those who waited.
#[derive(Clone)]
pub(crate) enum FlightResult {
    /// A value: theirs if it is still live when they wake.
    Value(Arc<dyn AnyEntry>),
    /// The load failed, with an error that all may have.
    Error(SharedError),
    /// The load failed, with an error that cannot be copied: look again; after a second failure, load solo.
    Failed,
    /// The value is the leader's alone: each caller loads for itself.
    Private,
    /// The leader is gone: look again.
    Gone,
    /// The leader has panicked: look again, but do not queue behind one panic after another.
    Panicked,
}

/// One load of one key. It is found under its key as long as its result may be kept there.
pub(crate) struct Flight {
    /// The moment before the load began, and the names that were known then.
    pub(crate) generation: Generation,
    pub(crate) origin: Origin,
    begun: Mutex<Moment>,
    leaders: AtomicUsize,
    closed: AtomicBool,
    result: WaitCell<Option<FlightResult>>,
}

impl Flight {
    pub(crate) fn new(generation: Generation, origin: Origin) -> Arc<Self> {
        Arc::new(Self {
            generation,
            origin,
            begun: Mutex::new(clock::now()),
            leaders: AtomicUsize::new(1),
            closed: AtomicBool::new(false),
            result: WaitCell::new(None),
        })
    }

    /// What names the flight while it is alive.
    pub(crate) fn id(self: &Arc<Self>) -> usize {
        Arc::as_ptr(self).cast::<()>() as usize
    }

    /// Whether somebody waits for it. Ask only after it was detached from its key.
    pub(crate) fn is_awaited(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) > 1
    }

    /// Its value is being written: who joins from here on waits for that, and then asks the store.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// When its last leader has begun.
    pub(crate) fn begun(&self) -> Moment {
        *self.begun.lock()
    }

    /// When its leader counts as stuck.
    pub(crate) fn overdue(&self, limit: std::time::Duration) -> Moment {
        self.begun().after(limit)
    }

    /// Joins the leader of an overdue flight, one after another each `limit`: whoever ends first ends the flight.
    pub(crate) fn replace_stuck_leader(&self, limit: std::time::Duration) -> bool {
        let mut begun = self.begun.lock();
        let now = clock::now();
        let overdue = now >= begun.after(limit);
        if overdue {
            *begun = now;
            self.leaders.fetch_add(1, Ordering::Relaxed);
        }
        overdue
    }

    /// A leader has gone without an end; tells whether it was the last.
    pub(crate) fn leave(&self) -> bool {
        self.leaders.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// Ends the flight; only the first end counts.
    pub(crate) fn land(&self, result: FlightResult) {
        let late = self.result.update(|ended| match ended {
            Some(_) => Some(result),
            None => ended.replace(result),
        });
        drop(late); // after the lock: it may hold a value
    }

    /// Waits for the end; `None` if it has not come by `deadline`.
    pub(crate) async fn result(&self, deadline: Moment) -> Option<FlightResult> {
        self.result.until(deadline, |ended| ended.clone()).await
    }
}
