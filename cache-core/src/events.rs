//! Subscribers to the events of entries, to the changes of values of a type, and to what CDNs are to purge.

use std::any::{Any, TypeId};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::cdn::Purge;
use crate::invalidation::{Change, Invalidation};

#[cfg(feature = "http")]
pub(crate) use self::invalidating::follow_up;
pub(crate) use self::invalidating::invalidating;

mod invalidating;

/// An event of a cache in this process.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A value was stored in the memory of this process. A value that only goes to a store is not reported.
    Stored {
        /// Its key, if the function that stored it has a `key = "…"` or if it was stored by hand.
        key: Option<&'a [u8]>,
    },
    /// An entry left the memory of this process.
    Evicted {
        /// Its key, as for `Stored`.
        key: Option<&'a [u8]>,
        /// Why.
        cause: Cause,
    },
    /// Tags, keys or namespaces were invalidated or marked stale, even if a store is told later (see
    /// [`Cache::settled`](crate::Cache::settled)). `clear` of a cache or a function is not reported; [`on_purge`] has those too.
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

type PurgeHook = Arc<dyn Fn(&Purge) + Send + Sync>;
type EventSubscriber = Arc<dyn Fn(&Event<'_>) + Send + Sync>;
/// An `Arc<dyn Fn(&T, &Change)>` for the `T` of the id.
type ChangeSubscriber = (TypeId, Arc<dyn Any + Send + Sync>);
type Subscriber<T> = Arc<dyn Fn(&T, &Change) + Send + Sync>;

#[derive(Default)]
struct Subscribers {
    events: Vec<(u64, EventSubscriber)>,
    changes: Vec<(u64, ChangeSubscriber)>,
    purges: Vec<(u64, PurgeHook)>,
    next: u64,
}

static SUBSCRIBERS: RwLock<Option<Subscribers>> = RwLock::new(None);
/// Without subscribers, an event only costs a read of this.
static WANTED: AtomicBool = AtomicBool::new(false);
static PANICS: AtomicU64 = AtomicU64::new(0);
static DROPPED: AtomicU64 = AtomicU64::new(0);

/// How deep subscribers may call each other: without a limit, one that causes the event that it receives would overflow the stack.
const DEEPEST: usize = 16;

thread_local! {
    /// How many subscribers enclose the running code.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

fn read() -> RwLockReadGuard<'static, Option<Subscribers>> {
    SUBSCRIBERS.read().unwrap_or_else(PoisonError::into_inner)
}

fn write() -> RwLockWriteGuard<'static, Option<Subscribers>> {
    SUBSCRIBERS.write().unwrap_or_else(PoisonError::into_inner)
}

/// A subscription. The subscriber is called until [`stop`](Subscription::stop), even if this is dropped.
#[derive(Clone, Copy, Debug)]
pub struct Subscription(u64);

impl Subscription {
    /// Ends it. A call that runs on another thread may still finish.
    pub fn stop(self) {
        let mut subscribers = write();
        let Some(subscribers) = &mut *subscribers else {
            return;
        };
        subscribers.events.retain(|(number, _)| *number != self.0);
        subscribers.changes.retain(|(number, _)| *number != self.0);
        subscribers.purges.retain(|(number, _)| *number != self.0);
        WANTED.store(!subscribers.events.is_empty(), Ordering::Release);
    }
}

/// Calls `receive` at every event of every cache of this process, after it happened, on the same thread and outside all locks. A
/// subscriber that panics is counted, and called again. A subscriber that causes events receives them too, up to a depth: see
/// [`dropped_events`].
///
/// ```
/// cache_core::subscribe(|event| {
///     if let cache_core::Event::Invalidated(stale) = event {
///         println!("stale: {:?}", stale.tags());
///     }
/// });
/// ```
pub fn subscribe(receive: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Subscription {
    subscribed(|subscribers, number| {
        subscribers.events.push((number, Arc::new(receive)));
        WANTED.store(true, Ordering::Release);
    })
}

/// Calls `receive` at every change of a value of this type that [`Cache::changed`](crate::Cache::changed) or a committed
/// [`Batch`](crate::Batch) reports, after its invalidations. A subscriber that panics is counted, and called again.
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
    let subscriber: Subscriber<T> = Arc::new(receive);
    let of_type = (
        TypeId::of::<T>(),
        Arc::new(subscriber) as Arc<dyn Any + Send + Sync>,
    );
    subscribed(|subscribers, number| subscribers.changes.push((number, of_type)))
}

/// Calls `receive` after every invalidation with the tags by which a CDN purges what it has made stale: those that pages are sent with
/// where [`Builder::cdn_tags`](crate::Builder::cdn_tags) asks for it. This includes invalidations of tags, keys, namespaces and paths,
/// [`Cache::expire_tag`](crate::Cache::expire_tag), and every `clear`.
///
/// It is called **in the process that invalidates** and in no other, so set it in every process that does, workers included. It is called
/// on the thread that invalidates, outside all locks: hand the purge over to a task of yours, which calls the CDN. A hook that
/// panics is counted, and called again.
///
/// A CDN keeps an older page until it is purged, so your task must not lose a purge. Let it purge **once more** after [`Purge::lag`] and the
/// longest time that a response is under way: until then, the CDN may still receive an older page.
///
/// ```
/// use cache_core::CdnField;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// # let cache = cache_core::Cache::memory(10);
/// let (purges, received) = std::sync::mpsc::channel();
/// cache_core::on_purge(move |purge| {
///     let _ = purges.send(purge.clone());
/// });
///
/// cache.invalidate_tag("posts").await?;
///
/// let purge = received.recv().expect("a purge");
/// assert!(purge.is_acknowledged() && !purge.is_soft());
/// // What the API of Fastly takes: `POST /service/{id}/purge` with this field.
/// let keys = CdnField::SurrogateKey.value(purge.tags());
/// assert_eq!(keys.split(' ').count(), purge.tags().len());
/// # Ok::<(), cache_core::Error>(())
/// # })?;
/// # Ok::<(), cache_core::Error>(())
/// ```
pub fn on_purge(receive: impl Fn(&Purge) + Send + Sync + 'static) -> Subscription {
    subscribed(|subscribers, number| subscribers.purges.push((number, Arc::new(receive))))
}

/// Adds a subscriber under a number of its own.
fn subscribed(add: impl FnOnce(&mut Subscribers, u64)) -> Subscription {
    let mut subscribers = write();
    let subscribers = subscribers.get_or_insert_default();
    subscribers.next += 1;
    let number = subscribers.next;
    add(subscribers, number);
    Subscription(number)
}

/// Returns how often a subscriber has panicked.
pub fn subscriber_panics() -> u64 {
    PANICS.load(Ordering::Relaxed)
}

/// Returns how many events were not delivered because subscribers caused them 16 deep within each other, as a subscriber does that
/// stores a value at every `Stored`.
pub fn dropped_events() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

/// Whether there are subscribers.
#[inline]
pub(crate) fn are_wanted() -> bool {
    WANTED.load(Ordering::Acquire)
}

/// Calls the subscribers; `event` is made only if there are any.
pub(crate) fn tell<'a>(event: impl FnOnce() -> Event<'a>) {
    if !are_wanted() {
        return;
    }
    let subscribers = subscribers_of(|subscribers| &subscribers.events);
    let event = event();
    for receive in subscribers {
        guarded(|| receive(&event));
    }
}

/// Calls the subscribers to changes of this type.
pub(crate) fn changed<T: 'static>(value: &T, change: &Change) {
    let subscribers: Vec<Subscriber<T>> = match &*read() {
        Some(subscribers) => {
            let of_type = subscribers.changes.iter();
            let of_type = of_type.filter(|(_, (id, _))| *id == TypeId::of::<T>());
            of_type
                .filter_map(|(_, (_, subscriber))| {
                    subscriber.downcast_ref::<Subscriber<T>>().cloned()
                })
                .collect()
        }
        None => return,
    };
    for receive in subscribers {
        guarded(|| receive(value, change));
    }
}

/// Calls the hooks of CDNs; `purge` is made only if there are any.
pub(crate) fn purged(purge: impl FnOnce() -> Purge) {
    let hooks = subscribers_of(|subscribers| &subscribers.purges);
    if hooks.is_empty() {
        return;
    }
    let purge = purge();
    for receive in hooks {
        guarded(|| receive(&purge));
    }
}

/// The subscribers of a kind, to be called outside of the lock.
fn subscribers_of<S: Clone>(of_kind: impl Fn(&Subscribers) -> &Vec<(u64, S)>) -> Vec<S> {
    let subscribers = read();
    let all = subscribers.iter().flat_map(of_kind);
    all.map(|(_, receive)| receive.clone()).collect()
}

fn guarded(receive: impl FnOnce()) {
    let depth = DEPTH.with(Cell::get);
    if depth >= DEEPEST {
        DROPPED.fetch_add(1, Ordering::Relaxed);
        return;
    }
    DEPTH.with(|cell| cell.set(depth + 1));
    let outcome = catch_unwind(AssertUnwindSafe(receive));
    DEPTH.with(|cell| cell.set(depth));
    if let Err(thrown) = outcome {
        PANICS.fetch_add(1, Ordering::Relaxed);
        // The payload of a panic may panic when it is dropped; the payload of that is leaked.
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(thrown))) {
            std::mem::forget(again);
        }
    }
}
