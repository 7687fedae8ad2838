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
mod stale;
mod typed;
mod verify;

use std::time::Duration;

use crate::clock;
use crate::context::{self, Deps};
use crate::entry::{AnyEntry, BY_HAND, EntryForm, EntryRef, Holds, Origin, Placing, ValueType};
use crate::key::{CacheKey, Key};
use crate::load::{Backing, LoadRequest};
use crate::near::{AnyTier, Asker, Core, Near, NearKey, Tier};
use crate::outcome::Outcome;
use crate::policy::{Freshness, Keep, Life, Staleness};
use crate::site::Site;
use crate::stats;
use crate::value::LocalValue;
use crate::verify::{Trial, WantedHits};
use crate::watch;
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

/// A look-up of a site that near did not answer.
fn request<K: NearKey>(
    near: &'static dyn Tier<K>,
    site: &'static Site,
    backing: Option<Backing<'static, K>>,
    hash: u64,
    key: K,
    asker: Asker,
) -> Box<LoadRequest<'static, K>> {
    let names = if asker.origin == BY_HAND {
        Box::default()
    } else {
        Box::new([site.own_name()]) as Box<[_]>
    };
    let request = LoadRequest::new(near, hash, key, asker, names)
        .before(backing)
        .counted(&site.counters);
    Box::new(request)
}

/// Tells those who observe this call that it has found an entry: the load that encloses it depends on the entry.
#[inline]
fn tell(near: &Core, entry: EntryRef<'_>) {
    if context::is_observed() {
        tell_observers(near, entry);
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

/// Where a function's values are, and who asks.
pub struct FunctionCache<K: NearKey, E: EntryForm> {
    near: &'static Near<K, E>,
    site: &'static Site,
    /// How long values live where the site says nothing.
    ttl: Option<Duration>,
    backing: Option<Backing<'static, K>>,
    /// Who asks, where others ask as well; `None` where the cache belongs to one instance of the function alone.
    origin: Option<Origin>,
}

impl<K: NearKey, E: EntryForm> Clone for FunctionCache<K, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: NearKey, E: EntryForm> std::marker::Copy for FunctionCache<K, E> {}

impl<K: NearKey, E: EntryForm> FunctionCache<K, E> {
    #[inline]
    fn accepts(&self, entry: EntryRef<'_>) -> bool {
        self.origin.is_none_or(|own| own.may_have(entry.origin()))
    }

    /// The kept value of a key. Only what is `Copy`, or a pointer, is copied under the lock: any other `clone` is not our code, and may
    /// even call a cached function.
    #[inline]
    fn get<O, Q>(&self, outcome: O, hash: u64, key: &Q) -> Option<O::Kept>
    where
        E: Holds<O::Kept>,
        O: Outcome<Kept: LocalValue>,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        self.get_if(outcome, hash, key, Freshness::is_usable)
    }

    #[inline]
    fn get_if<O, Q>(
        &self,
        _: O,
        hash: u64,
        key: &Q,
        is_good: impl FnOnce(Freshness) -> bool,
    ) -> Option<O::Kept>
    where
        E: Holds<O::Kept>,
        O: Outcome<Kept: LocalValue>,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        if O::COPIES {
            self.near.get_if(hash, key, is_good, |found| {
                if !self.accepts(found.view()) {
                    return None;
                }
                tell(self.near.core(), found.view());
                O::copy(found.value()?)
            })
        } else {
            let entry = self.near.get_if(hash, key, is_good, |found| {
                let entry = found.apart()?;
                self.accepts(found.view()).then(|| entry.clone())
            })?;
            tell(self.near.core(), entry.meta().view());
            E::held(&entry).cloned()
        }
    }

    /// Looks a key up for a value of which `is_good` holds.
    #[expect(
        clippy::inline_always,
        reason = "a call would have to hand over all of this, which takes as long as a third of a hit"
    )]
    #[inline(always)]
    pub(crate) fn look_if<O, Q>(
        self,
        outcome: O,
        key: &Q,
        is_good: impl FnOnce(Freshness) -> bool,
    ) -> Look<O::Ret, PendingLoad<O, K>>
    where
        E: Holds<O::Kept>,
        O: Outcome<Kept: LocalValue>,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        let hash = self.near.hash(key);
        match self.get_if(outcome, hash, key, is_good) {
            Some(kept) => {
                self.site.counters.hit(hash);
                Look::Hit(O::whole(kept))
            }
            None => Look::Miss(self.pending_at(outcome, hash, key)),
        }
    }

    /// The hit on a key that is verified so; `None` if the value is no longer there, was set by hand, or cannot be compared.
    #[cold]
    fn verified<O, Q>(
        self,
        outcome: O,
        key: &Q,
        wanted: WantedHits,
        how: Compared,
    ) -> Option<VerifiedHit<O, K>>
    where
        E: Holds<O::Kept>,
        O: Outcome<Kept: LocalValue>,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        // What nobody can compare would differ at every hit.
        let equals = how.equals?;
        let hash = self.near.hash(key);
        let mode = wanted.at(self.site, hash)?;
        let PendingLoad { request, .. } = self.pending_at(outcome, hash, key);
        let entry = self.near.usable(hash, request.key(), request.asker())?;
        // In a cache that others share, what a call by hand has stored has no origin.
        let is_of_hand = self.origin.is_some() && entry.origin == BY_HAND;
        if is_of_hand || entry.is_by_hand() || entry.is_tainted() {
            return None;
        }
        let mut text = Key::new();
        text.last(key);
        let near_ttl = self.backing.map(|backing| backing.near_ttl);
        Some(VerifiedHit {
            outcome,
            near: self.near,
            request,
            key: watch::reader_of(self.site).text(text.as_bytes()),
            equals,
            shown: how.shown,
            trial: Trial::new(self.site, mode, (hash, entry), near_ttl.unwrap_or_default()),
            first: None,
        })
    }

    /// Why there is nothing under a key, or why the last look-up found nothing.
    fn why<V: 'static>(&self, key: &K, hash: u64) -> Why {
        let asker = self.asker::<V>();
        self.near.diagnose(hash, key, asker).explain()
    }

    fn asker<V: 'static>(&self) -> Asker {
        Asker {
            origin: self.origin.unwrap_or(BY_HAND),
            wants: Some(ValueType::of::<V>()),
        }
    }

    #[cold]
    fn pending_at<O, Q>(self, outcome: O, hash: u64, key: &Q) -> PendingLoad<O, K>
    where
        E: Holds<O::Kept>,
        O: Outcome<Kept: LocalValue>,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        let asker = self.asker::<O::Kept>();
        let mut request = request(self.near, self.site, self.backing, hash, key.store(), asker);
        if stats::is_watched() {
            let watched = self.site.counters.watched();
            watched.reader(|| watch::reader_of(self.site));
            let mut text = Key::new();
            text.last(key);
            request.describe(text.as_bytes().into());
        }
        PendingLoad {
            outcome,
            request,
            ttl: self.ttl,
        }
    }

    fn pending<O, Q>(self, outcome: O, key: &Q) -> PendingLoad<O, K>
    where
        E: Holds<O::Kept>,
        O: Outcome<Kept: LocalValue>,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        self.pending_at(outcome, self.near.hash(key), key)
    }
}
