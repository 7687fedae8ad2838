//! Cached functions: what `#[cached]` calls. A look-up borrows; a miss gives a [`PendingLoad`] that owns its key and borrows
//! nothing, so that the arguments can move into the body.

pub use self::{
    apart::*, keep::*, local::*, owned::*, pending::*, running::*, shared::*, stale::*, typed::*,
    verify::*,
};

mod apart;
mod hot;
mod keep;
mod local;
mod owned;
mod pending;
mod running;
mod set;
mod shared;
mod site;
mod stale;
mod typed;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use self::site::{FunctionSite, text_of};
use self::verify::VerifiedRuns;
use crate::clock;
use crate::context::{self, Deps};
use crate::entry::{AnyEntry, EntryForm, EntryRef, Holds, Placing, ValueType};
use crate::key::CacheKey;
use crate::load::LoadRequest;
use crate::near::{Core, Near, NearKey, TierKey};
use crate::outcome::Outcome;
use crate::policy::{Freshness, Keep, Life, Staleness};
use crate::value::LocalValue;
use crate::verify::WantedHits;
use crate::why::Why;

/// The form of a function's entries, where it keeps its values for itself.
type LocalForm<O> = <<O as Outcome>::Placing as Placing>::Form<<O as Outcome>::Kept>;

/// What a look-up found.
pub enum Look<R, T> {
    /// The return value.
    Hit(R),
    /// The right to load it.
    Miss(T),
}

/// How long a value lives that is kept so, and as long as `default` where its site says nothing; `None` if it is not to be
/// kept.
fn life(keep: Keep, default: Option<Duration>, rules: &Staleness) -> Option<Life> {
    let ttl = match keep {
        Keep::Default => default,
        Keep::For(ttl) => Some(ttl),
        Keep::Pass => return None,
    };
    let ttl = ttl.map(|ttl| rules.jittered(ttl));
    Some(Life::new(clock::now(), ttl))
}

/// Tells those who observe this call that it has found an entry: the load that encloses it depends on the entry. The view of it is made
/// for them alone: others would write it to memory for nothing.
#[inline]
fn tell<'a>(near: &Core, entry: impl FnOnce() -> EntryRef<'a>) {
    if context::is_observed() {
        tell_observers(near, entry());
    }
}

/// Tells the load that encloses this call, if there is one, that a fallback goes into it.
fn taint() {
    if context::is_loading() {
        context::depend(&Deps::default().tainted_if(true));
    }
}

/// Apart, so that a hit that nobody observes does not carry the room for it.
#[cold]
#[inline(never)]
fn tell_observers(near: &Core, entry: EntryRef<'_>) {
    context::request::note_hit();
    if context::is_loading() {
        context::depend(&Deps::of_entry(near, entry));
    }
}

/// The kept value of a key, if it is good and accepted. Only what is `Copy`, or a pointer, is copied under the lock: any other `clone` is
/// not our code, and may even call a cached function.
#[inline]
fn get_if<K, E, O, Q>(
    _: O,
    near: &Near<K, E>,
    accepts: impl Fn(EntryRef<'_>) -> bool,
    (hash, key): (u64, &Q),
    is_good: fn(Freshness) -> bool,
) -> Option<O::Kept>
where
    K: NearKey,
    E: Holds<O::Kept>,
    O: Outcome<Kept: LocalValue>,
    Q: CacheKey<Stored = K> + ?Sized,
{
    if O::COPIES {
        near.get_if(hash, key, is_good, |found| {
            if !accepts(found.view()) {
                return None;
            }
            tell(near.core(), || found.view());
            O::copy(found.value()?)
        })
    } else {
        let entry = get_apart(near, &accepts, (hash, &|at| key.same(at)), is_good)?;
        E::held(&entry).cloned()
    }
}

/// The entry of the key for which `is_it` holds, which lies apart. Compiled once for all that look up such stored keys: the clone that
/// follows takes longer than the calls.
fn get_apart<K: NearKey, E: EntryForm>(
    near: &Near<K, E>,
    accepts: &dyn Fn(EntryRef<'_>) -> bool,
    (hash, is_it): (u64, &dyn Fn(&K) -> bool),
    is_good: fn(Freshness) -> bool,
) -> Option<Arc<E::Entry>> {
    let entry = near.get_where(hash, is_it, is_good, |found| {
        let entry = found.apart()?;
        accepts(found.view()).then(|| entry.clone())
    })?;
    tell(near.core(), || entry.meta().view());
    Some(entry)
}

/// Where a function's values are, and who asks.
pub struct FunctionCache<K: NearKey, E: EntryForm> {
    near: &'static Near<K, E>,
    own: FunctionSite,
}

impl<K: NearKey, E: EntryForm> Clone for FunctionCache<K, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: NearKey, E: EntryForm> std::marker::Copy for FunctionCache<K, E> {}

impl<K: NearKey, E: EntryForm> FunctionCache<K, E> {
    /// The kept value of a key, if it is good.
    #[inline]
    fn get_if<O, Q>(
        &self,
        outcome: O,
        hash: u64,
        key: &Q,
        is_good: fn(Freshness) -> bool,
    ) -> Option<O::Kept>
    where
        E: Holds<O::Kept>,
        O: Outcome<Kept: LocalValue>,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        let accepts = |entry: EntryRef<'_>| self.own.accepts(entry);
        get_if(outcome, self.near, accepts, (hash, key), is_good)
    }

    /// Looks a key up for a value of which `is_good` holds.
    #[inline]
    fn look_if<O, Q>(
        self,
        outcome: O,
        key: &Q,
        is_good: fn(Freshness) -> bool,
    ) -> Look<O::Ret, PendingLoad<O>>
    where
        E: Holds<O::Kept>,
        O: Outcome<Kept: LocalValue>,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        let hash = self.near.hash(key);
        match self.get_if(outcome, hash, key, is_good) {
            Some(kept) => {
                self.own.site.counters.hit(hash);
                Look::Hit(O::whole(kept))
            }
            None => Look::Miss(self.pending_at(outcome, hash, key)),
        }
    }

    /// The hit on a key that is verified so; `None` if the value is no longer there, was set by hand, or cannot be compared.
    #[cold]
    fn verified<O, Q>(
        self,
        _: O,
        key: &Q,
        wanted: WantedHits,
        how: Compared,
    ) -> Option<VerifiedHit<O>>
    where
        O: Outcome<Kept: LocalValue>,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        let runs = self.verified_runs(ValueType::of::<O::Kept>(), key, wanted, how);
        runs.map(VerifiedHit::new)
    }

    fn verified_runs<Q>(
        self,
        value: ValueType,
        key: &Q,
        wanted: WantedHits,
        how: Compared,
    ) -> Option<VerifiedRuns>
    where
        Q: CacheKey<Stored = K> + ?Sized,
    {
        // What nobody can compare would differ at every hit.
        let equals = how.equals?;
        let hash = self.near.hash(key);
        let mode = wanted.at(self.own.site, hash)?;
        let request = self.request(value, hash, key);
        self.own
            .verified(request, (hash, mode), (equals, how.shown), &|| text_of(key))
    }

    /// Why there is nothing under a key, or why the last look-up found nothing.
    fn why<V: 'static>(&self, key: &TierKey, hash: u64) -> Why {
        let asker = self.own.asker(ValueType::of::<V>());
        self.near.diagnose(hash, key, asker).explain()
    }

    #[cold]
    fn pending_at<O, Q>(self, outcome: O, hash: u64, key: &Q) -> PendingLoad<O>
    where
        O: Outcome<Kept: LocalValue>,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        PendingLoad {
            outcome,
            request: self.request(ValueType::of::<O::Kept>(), hash, key),
            ttl: self.own.ttl,
        }
    }

    fn pending<O, Q>(self, outcome: O, key: &Q) -> PendingLoad<O>
    where
        O: Outcome<Kept: LocalValue>,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        self.pending_at(outcome, self.near.hash(key), key)
    }

    /// The load of a value of this type.
    #[cold]
    fn request<Q>(self, value: ValueType, hash: u64, key: &Q) -> Box<LoadRequest<'static>>
    where
        Q: CacheKey<Stored = K> + ?Sized,
    {
        let stored = self.near.key(key);
        self.own
            .request(self.near, hash, stored, value, &|| text_of(key))
    }
}
