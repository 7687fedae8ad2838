//! Near copies that a store reports changes of: which of its keys each copy was made of, and what a change ends.
//!
//! A copy is **armed** when its key and the stamps of all its names were read over one connection that reports changes. An armed copy
//! may be used while the session of its connection lasts. What is not armed is used for the cache's `near_ttl`. A copy of which a
//! change was reported between the first of these reads and the arming ends at once.
//!
//! A change removes what is armed and nothing else. Loads under way are left alone: their leases and stamps in the store say
//! whether what they bring is good.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{Arc, Weak};
use std::time::Duration;

use foldhash::fast::RandomState;

use crate::entry::{AnyEntry, Session};
use crate::marks::{Slot, marks};
use crate::rule::{self, Rule};
use crate::sync::{AtomicU64, Mutex, Ordering};

#[cfg(all(test, not(cache_loom)))]
mod tests;

/// How long a session lasts from the moment at which the last answered question was sent. A copy is used no longer than that after
/// a connection is cut silently.
pub(crate) const SESSION: Duration = Duration::from_secs(2);

/// How many keys may be armed. Beyond them the dead are forgotten; if half as many are left, all copies are dropped.
const KEYS: usize = 1 << 17;

/// How many slots remember the last change of their keys; a power of two. Keys that share a slot can keep each other from being
/// armed once.
const SLOTS: usize = 1 << 12;

/// The changes that a store reports to this process. Shared by the store, which reports them, and the caches above it.
#[derive(Debug, Default)]
pub struct Tracking {
    state: Mutex<TrackingState>,
    /// How many changes were reported.
    changes: AtomicU64,
}

#[derive(Debug)]
struct TrackingState {
    session: Option<Arc<Session>>,
    hasher: RandomState,
    /// Which change was the last of the keys in each slot.
    changed: Box<[u64]>,
    /// What this process has written over under the keys in each slot.
    own: Box<[OwnWrites]>,
    armed: HashMap<Box<[u8]>, Vec<Dependent>, RandomState>,
    /// The prefixes of the caches that changes are reported to, with the mark of everything in them.
    caches: Vec<(Vec<u8>, Slot)>,
}

/// Writes of this process over what was under keys.
#[derive(Clone, Copy, Debug, Default)]
struct OwnWrites {
    /// How many there were.
    count: u64,
    /// Which change was the last of them.
    last: u64,
}

/// What a change of a key reaches.
#[derive(Clone, Debug)]
pub(crate) enum Dependent {
    /// The copy of what lies under the key.
    Copy(Weak<dyn AnyEntry>),
    /// Everything with the name whose stamp lies under the key.
    Name(Slot),
}

/// A cache that changes are reported to, until this is dropped.
#[derive(Debug)]
pub(crate) struct TrackedCache {
    pub(crate) tracking: Arc<Tracking>,
    whole: Slot,
}

impl Drop for TrackedCache {
    fn drop(&mut self) {
        let caches = &mut self.tracking.state.lock().caches;
        caches.retain(|(_, whole)| *whole != self.whole);
    }
}

/// What is known before the first read of what a copy is made of.
#[derive(Clone, Debug)]
pub(crate) struct ReadStart {
    session: Arc<Session>,
    changes: u64,
    /// For a copy that is written to the store: how many writes there were before its own.
    writes: Option<u64>,
}

impl Default for TrackingState {
    fn default() -> Self {
        Self {
            session: None,
            hasher: RandomState::default(),
            changed: vec![0; SLOTS].into(),
            own: vec![OwnWrites::default(); SLOTS].into(),
            armed: HashMap::default(),
            caches: Vec::new(),
        }
    }
}

impl TrackingState {
    fn slot(&self, key: &[u8]) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "masked by the number of slots"
        )]
        let slot = self.hasher.hash_one(key) as usize & (SLOTS - 1);
        slot
    }

    /// Whether changes are reported over this connection.
    fn is_current(&self, session: &Arc<Session>) -> bool {
        (self.session.as_ref()).is_some_and(|current| Arc::ptr_eq(current, session))
    }

    /// Whether no other cache has this cache's prefix. The store does not report to one what another changes over the connection
    /// that they share.
    fn is_alone(&self, whole: Slot) -> bool {
        let own = self.caches.iter().find(|(_, slot)| *slot == whole);
        own.is_some_and(|(own, _)| {
            let same = self.caches.iter().filter(|(prefix, _)| prefix == own);
            same.count() == 1
        })
    }

    /// What depends on those of the keys of which a change was reported after this one.
    fn changed_since(&self, change: u64, keys: &[(Vec<u8>, Dependent)]) -> Vec<Dependent> {
        let has_changed = |(key, _): &&(Vec<u8>, Dependent)| {
            let unchanged = self.changed[self.slot(key)] <= change;
            !rule::holds(Rule::UnchangedSinceRead, unchanged)
        };
        let changed = keys.iter().filter(has_changed);
        changed.map(|(_, dependent)| dependent.clone()).collect()
    }

    /// Whether this process has written under a key nothing but the copy itself.
    fn is_unwritten(&self, start: &ReadStart, (key, dependent): &(Vec<u8>, Dependent)) -> bool {
        let own = self.own[self.slot(key)];
        match (dependent, start.writes) {
            (Dependent::Copy(_), Some(before)) => own.count == before + 1,
            (Dependent::Copy(_), None) => own.last <= start.changes,
            // This process rewrites a stamp only to prolong or to expire it; to expire it, it also marks the name.
            (Dependent::Name(_), _) => true,
        }
    }

    /// Forgets the copies that are gone; if that leaves too many, drops all. Returns whether there is room now.
    fn make_room(&mut self) -> bool {
        self.armed.retain(|_, dependents| {
            dependents.retain(Dependent::is_live);
            !dependents.is_empty()
        });
        let has_room = self.armed.len() < KEYS / 2;
        if !has_room {
            self.drop_all();
        }
        has_room
    }

    fn drop_all(&mut self) {
        self.armed.clear();
        for (_, whole) in &self.caches {
            marks().mark(*whole);
        }
    }
}

#[cfg_attr(
    not(feature = "redis"),
    allow(dead_code, reason = "Redis alone reports changes")
)]
impl Tracking {
    /// Reports changes to the cache with this prefix until the returned guard is dropped. `whole` marks everything in it.
    pub(crate) fn register(self: &Arc<Self>, prefix: &[u8], whole: Slot) -> TrackedCache {
        let mut state = self.state.lock();
        // What was armed while a cache of the same prefix was alone would not hear of the other's changes.
        if state.caches.iter().any(|(other, _)| other == prefix) {
            state.drop_all();
        }
        state.caches.push((prefix.to_vec(), whole));
        TrackedCache {
            tracking: self.clone(),
            whole,
        }
    }

    /// To be taken before the first read of what a copy is made of; `None` while nobody reports changes.
    pub(crate) fn read_start(&self) -> Option<ReadStart> {
        let session = self.state.lock().session.clone()?;
        let changes = self.changes.load(Ordering::Acquire);
        Some(ReadStart {
            session,
            changes,
            writes: None,
        })
    }

    /// [`read_start`](Self::read_start) for a copy that this process is about to write under `key`: its own write does not count as a
    /// change.
    pub(crate) fn write_start(&self, key: &[u8]) -> Option<ReadStart> {
        let state = self.state.lock();
        Some(ReadStart {
            session: state.session.clone()?,
            changes: self.changes.load(Ordering::Acquire),
            writes: Some(state.own[state.slot(key)].count),
        })
    }

    /// Arms a copy that depends on these keys, and returns its session. `None` if the connection is another by now, if another cache
    /// has the prefix, if there is no room, or if this process has written over its key meanwhile. If one of the keys has changed
    /// since `start`, the copy ends, as if it had been armed by then. `cache` is the one that holds the copy.
    pub(crate) fn arm(
        &self,
        start: &ReadStart,
        cache: &TrackedCache,
        keys: Vec<(Vec<u8>, Dependent)>,
    ) -> Option<Arc<Session>> {
        let mut state = self.state.lock();
        let changed = state.changed_since(start.changes, &keys);
        if !changed.is_empty() {
            if !rule::is_left_out(Rule::ChangedEndsAtOnce) {
                let copies = end(&changed);
                drop(state);
                drop(copies);
            }
            return None;
        }
        let is_alone = rule::holds(Rule::AloneWithPrefix, state.is_alone(cache.whole));
        if !state.is_current(&start.session) || !is_alone {
            return None;
        }
        // What this process has written meanwhile may be what was read, or not: a change ends the copy all the same.
        let is_armed = keys.iter().all(|key| state.is_unwritten(start, key));
        if state.armed.len() + keys.len() > KEYS && !state.make_room() {
            return None;
        }
        for (key, dependent) in keys {
            let armed = state.armed.entry(key.into()).or_default();
            armed.retain(|there| there.is_live() && !there.is_same(&dependent));
            armed.push(dependent);
        }
        is_armed.then(|| start.session.clone())
    }

    /// Something was written, removed or has expired under a key.
    pub(crate) fn changed(&self, key: &[u8]) {
        let mut state = self.state.lock();
        let slot = state.slot(key);
        state.changed[slot] = self.changes.fetch_add(1, Ordering::AcqRel) + 1;
        let armed = state.armed.remove(key).unwrap_or_default();
        let copies = end(&armed);
        drop(state);
        // Last: to drop a value may run code that is not ours.
        drop(copies);
    }

    /// This process has written over what was under a key, in a way after which the store goes on to report changes. The copies of
    /// what was there end. What depends on a stamp goes on: a rewrite that expires it also marks its name.
    pub(crate) fn replaced(&self, key: &[u8]) {
        let mut state = self.state.lock();
        let slot = state.slot(key);
        state.own[slot].count += 1;
        state.own[slot].last = self.changes.fetch_add(1, Ordering::AcqRel) + 1;
        let Some(armed) = state.armed.get_mut(key) else {
            return;
        };
        let is_copy = |dependent: &mut Dependent| matches!(dependent, Dependent::Copy(_));
        let replaced: Vec<_> = armed.extract_if(.., is_copy).collect();
        let copies = end(&replaced);
        drop(state);
        drop(copies);
    }

    /// Anything may have changed.
    pub(crate) fn all_changed(&self) {
        let mut state = self.state.lock();
        let change = self.changes.fetch_add(1, Ordering::AcqRel) + 1;
        state.changed.fill(change);
        state.drop_all();
    }

    /// A connection reports changes from now on, in place of another.
    pub(crate) fn begin(&self, session: &Arc<Session>) {
        let ended = self.state.lock().session.replace(session.clone());
        if let Some(ended) = ended {
            ended.end();
            self.all_changed();
        }
    }

    /// This connection reports no more changes.
    pub(crate) fn end(&self, session: &Arc<Session>) {
        session.end();
        let mut state = self.state.lock();
        if state.is_current(session) {
            state.session = None;
            state.drop_all();
        }
    }
}

/// Ends what depends on a key, and returns the copies among it.
fn end(dependents: &[Dependent]) -> Vec<Arc<dyn AnyEntry>> {
    let mut copies = Vec::new();
    for dependent in dependents {
        match dependent {
            Dependent::Copy(entry) => copies.extend(entry.upgrade()),
            Dependent::Name(slot) => marks().mark(*slot),
        }
    }
    for copy in &copies {
        copy.generation.kill();
    }
    copies
}

impl Dependent {
    fn is_live(&self) -> bool {
        match self {
            Self::Copy(entry) => entry.strong_count() > 0,
            Self::Name(_) => true,
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Name(one), Self::Name(other)) => one == other,
            (Self::Copy(one), Self::Copy(other)) => Weak::ptr_eq(one, other),
            _ => false,
        }
    }
}
