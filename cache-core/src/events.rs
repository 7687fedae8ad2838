//! Who wants to know what happens: to entries, and to values of a type.

use std::any::{Any, TypeId};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::invalidation::{Change, Invalidation};

/// Something that happened in a cache of this process.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A value was put into the memory of this process; one that goes to a store alone is counted there.
    Stored {
        /// Its key, where the function that stored it has a `key = "…"`, or a hand stored it.
        key: Option<&'a [u8]>,
    },
    /// An entry left the memory of this process.
    Evicted {
        /// Its key, as of `Stored`.
        key: Option<&'a [u8]>,
        /// Why.
        cause: Cause,
    },
    /// Tags, keys or namespaces were invalidated or declared stale: reached or owed, see [`Cache::settled`](crate::Cache::settled).
    /// To clear a cache or a function is no such event.
    Invalidated(&'a Invalidation),
}

/// Why an entry left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// There was no room for it.
    Bound,
    /// Another value was stored under its key.
    Replaced,
    /// It was removed by its key.
    Removed,
}

type OfEvents = Arc<dyn Fn(&Event<'_>) + Send + Sync>;
/// An `Arc<dyn Fn(&T, &Change)>` for the `T` of the id.
type OfChanges = (TypeId, Arc<dyn Any + Send + Sync>);
type Receiver<T> = Arc<dyn Fn(&T, &Change) + Send + Sync>;

#[derive(Default)]
struct Receivers {
    events: Vec<(u64, OfEvents)>,
    changes: Vec<(u64, OfChanges)>,
    next: u64,
}

static RECEIVERS: RwLock<Option<Receivers>> = RwLock::new(None);
/// So that what nobody wants to know costs one look.
static WANTED: AtomicBool = AtomicBool::new(false);
static PANICS: AtomicU64 = AtomicU64::new(0);
static UNTOLD: AtomicU64 = AtomicU64::new(0);

/// How deep receivers may stand in each other: one that causes what it is told of would else go on until the stack ends.
const DEEPEST: usize = 16;

thread_local! {
    /// How many receivers enclose the code that runs now.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

fn read() -> RwLockReadGuard<'static, Option<Receivers>> {
    RECEIVERS.read().unwrap_or_else(PoisonError::into_inner)
}

fn write() -> RwLockWriteGuard<'static, Option<Receivers>> {
    RECEIVERS.write().unwrap_or_else(PoisonError::into_inner)
}

/// A receiver, which receives until [`stop`](Subscription::stop): dropping this changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Subscription(u64);

impl Subscription {
    /// Ends it. A call that is under way on another thread ends after.
    pub fn stop(self) {
        let mut receivers = write();
        let Some(receivers) = &mut *receivers else {
            return;
        };
        receivers.events.retain(|(number, _)| *number != self.0);
        receivers.changes.retain(|(number, _)| *number != self.0);
        WANTED.store(!receivers.events.is_empty(), Ordering::Release);
    }
}

/// Calls `receive` at every event of every cache of this process, on the thread where it happens, after it happened and while
/// nothing of ours is locked. One that panics is counted, and called again. One that causes events itself hears of those too, up to
/// a depth: see [`receivers_untold`].
///
/// ```
/// cache_core::subscribe(|event| {
///     if let cache_core::Event::Invalidated(stale) = event {
///         println!("stale: {:?}", stale.tags());
///     }
/// });
/// ```
pub fn subscribe(receive: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Subscription {
    let mut receivers = write();
    let receivers = receivers.get_or_insert_default();
    receivers.next += 1;
    receivers.events.push((receivers.next, Arc::new(receive)));
    WANTED.store(true, Ordering::Release);
    Subscription(receivers.next)
}

/// Calls `receive` at every change of a value of this type that [`Cache::changed`](crate::Cache::changed) or a committed
/// [`Batch`](crate::Batch) tells of, after what it made stale was invalidated. One that panics is counted, and called again.
///
/// ```
/// # struct Post { slug: String }
/// cache_core::on_change::<Post>(|post, change| {
///     if change.created() {
///         println!("new: {}", post.slug);
///     }
/// });
/// ```
pub fn on_change<T: 'static>(
    receive: impl Fn(&T, &Change) + Send + Sync + 'static,
) -> Subscription {
    let receiver: Receiver<T> = Arc::new(receive);
    let mut receivers = write();
    let receivers = receivers.get_or_insert_default();
    receivers.next += 1;
    let of_type = (
        TypeId::of::<T>(),
        Arc::new(receiver) as Arc<dyn Any + Send + Sync>,
    );
    receivers.changes.push((receivers.next, of_type));
    Subscription(receivers.next)
}

/// How often a receiver has panicked.
pub fn receiver_panics() -> u64 {
    PANICS.load(Ordering::Relaxed)
}

/// How often a receiver was not called, because receivers had caused what it would have been told of, one within the other and
/// 16 deep: one that stores at every `Stored` does so.
pub fn receivers_untold() -> u64 {
    UNTOLD.load(Ordering::Relaxed)
}

/// Whether anybody wants to know of events.
#[inline]
pub(crate) fn are_wanted() -> bool {
    WANTED.load(Ordering::Acquire)
}

/// Tells those who want to know; `event` is made only for them.
pub(crate) fn tell<'a>(event: impl FnOnce() -> Event<'a>) {
    if !are_wanted() {
        return;
    }
    let receivers: Vec<OfEvents> = match &*read() {
        Some(receivers) => receivers
            .events
            .iter()
            .map(|(_, receive)| receive.clone())
            .collect(),
        None => return,
    };
    let event = event();
    for receive in receivers {
        guarded(|| receive(&event));
    }
}

/// Tells those who listen for changes of this type.
pub(crate) fn changed<T: 'static>(value: &T, change: &Change) {
    let receivers: Vec<Receiver<T>> = match &*read() {
        Some(receivers) => {
            let of_type = receivers.changes.iter();
            let of_type = of_type.filter(|(_, (id, _))| *id == TypeId::of::<T>());
            of_type
                .filter_map(|(_, (_, receiver))| receiver.downcast_ref::<Receiver<T>>().cloned())
                .collect()
        }
        None => return,
    };
    for receive in receivers {
        guarded(|| receive(value, change));
    }
}

fn guarded(receive: impl FnOnce()) {
    let depth = DEPTH.with(Cell::get);
    if depth >= DEEPEST {
        UNTOLD.fetch_add(1, Ordering::Relaxed);
        return;
    }
    DEPTH.with(|cell| cell.set(depth + 1));
    let outcome = catch_unwind(AssertUnwindSafe(receive));
    DEPTH.with(|cell| cell.set(depth));
    if let Err(thrown) = outcome {
        PANICS.fetch_add(1, Ordering::Relaxed);
        // What was thrown may panic where it is dropped; what that throws is let go.
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(thrown))) {
            std::mem::forget(again);
        }
    }
}
