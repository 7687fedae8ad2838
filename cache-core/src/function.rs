//! Cached functions: what `#[cached]` calls. A look-up borrows; a miss gives a [`PendingLoad`] that owns its key and borrows
//! nothing, so that the arguments can move into the body.

pub use self::{awaited::*, doors::*, fate::Fate, pending::*};

mod awaited;
mod doors;
mod fate;
mod pending;
mod set;

use std::time::Duration;

use crate::clock;
use crate::context::{self, Dependencies};
use crate::entry::{BY_HAND, EntryForm, Holds, Meta, Origin, ValueType};
use crate::error::Invalidated;
use crate::key::CacheKey;
use crate::load::{Behind, Request};
use crate::near::{AnyTier, Asker, Core, Near, NearKey};
use crate::outcome::Outcome;
use crate::policy::{Keep, Life};
use crate::site::Site;
use crate::sync::OnDrop;
use crate::value::LocalValue;

/// What a look-up found.
pub enum Look<R, T> {
    /// The return value.
    Hit(R),
    /// The right to load it.
    Miss(T),
}

/// How long a value lives that is kept so, and as long as `default` where its site says nothing; `None` if it is not to be
/// kept.
fn life(keep: Keep, default: Option<Duration>) -> Option<Life> {
    let ttl = match keep {
        Keep::Default => default,
        Keep::For(ttl) => Some(ttl),
        Keep::Pass => return None,
    };
    Some(Life::new(clock::now(), ttl))
}

/// Tells the load that encloses this call, if there is one, that it depends on an entry.
#[inline]
fn tell(near: &Core, entry: &Meta) {
    if context::is_loading() {
        tell_inside(near, entry);
    }
}

/// Apart, so that a hit outside of any load does not carry the room for it.
#[cold]
#[inline(never)]
fn tell_inside(near: &Core, entry: &Meta) {
    context::depend(&Dependencies::of_entry(near, entry));
}

/// A place to look for a function's values: the tier, and who asks.
pub struct Place<K: NearKey, E: EntryForm + ?Sized> {
    near: &'static Near<K, E>,
    site: &'static Site,
    /// How long values live where the site says nothing.
    ttl: Option<Duration>,
    behind: Option<Behind<'static, K>>,
    /// Who asks, where others ask as well; `None` where the place belongs to one copy of the function alone.
    origin: Option<Origin>,
}

impl<K: NearKey, E: EntryForm + ?Sized> Clone for Place<K, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: NearKey, E: EntryForm + ?Sized> std::marker::Copy for Place<K, E> {}

impl<K: NearKey, E: EntryForm + ?Sized> Place<K, E> {
    fn origin(&self) -> Origin {
        self.origin.unwrap_or(BY_HAND)
    }

    #[inline]
    fn accepts(&self, entry: &Meta) -> bool {
        self.origin
            .is_none_or(|own| entry.origin == own || entry.origin == BY_HAND)
    }

    /// The kept value of a key. Only what is `Copy` is copied under the lock: a `clone` is not our code, and may even call
    /// a cached function.
    #[inline]
    fn get<O, Q>(&self, _: O, hash: u64, key: &Q) -> Option<O::Kept>
    where
        E: Holds<O::Kept>,
        O: Outcome<Kept: LocalValue>,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        if O::COPIES {
            self.near.get(hash, key, |entry| {
                if !self.accepts(entry.meta()) {
                    return None;
                }
                tell(self.near.core(), entry.meta());
                O::copy(entry.view()?)
            })
        } else {
            let entry = self.near.get(hash, key, |entry| {
                self.accepts(entry.meta()).then(|| entry.clone())
            })?;
            tell(self.near.core(), entry.meta());
            entry.view().cloned()
        }
    }

    #[expect(
        clippy::inline_always,
        reason = "a call would have to hand over the whole place, which takes as long as a third of a hit"
    )]
    #[inline(always)]
    pub(crate) fn look<O, Q>(self, outcome: O, key: &Q) -> Look<O::Ret, PendingLoad<O, K>>
    where
        E: Holds<O::Kept>,
        O: Outcome<Kept: LocalValue>,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        let hash = self.near.hash(key);
        match self.get(outcome, hash, key) {
            Some(kept) => {
                self.site.counters.hit(hash);
                Look::Hit(O::whole(kept))
            }
            None => Look::Miss(self.pending(outcome, hash, key)),
        }
    }

    #[cold]
    fn pending<O, Q>(self, outcome: O, hash: u64, key: &Q) -> PendingLoad<O, K>
    where
        E: Holds<O::Kept>,
        O: Outcome<Kept: LocalValue>,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        let names = if self.origin() == BY_HAND {
            Box::default()
        } else {
            Box::new([self.site.own_name()]) as Box<[_]>
        };
        let asker = Asker {
            origin: self.origin(),
            wants: Some(ValueType::of::<O::Kept>()),
        };
        let request = Request::new(self.near, hash, key.store(), asker, names)
            .before(self.behind)
            .counted(&self.site.counters);
        PendingLoad {
            outcome,
            request,
            ttl: self.ttl,
        }
    }

    pub(crate) fn refresh<O, Q>(self, outcome: O, key: &Q) -> PendingLoad<O, K>
    where
        E: Holds<O::Kept>,
        O: Outcome<Kept: LocalValue>,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        self.pending(outcome, self.near.hash(key), key).anew()
    }

    pub(crate) fn put<O, Q>(self, outcome: O, key: &Q) -> PendingLoad<O, K>
    where
        E: Holds<O::Kept>,
        O: Outcome<Kept: LocalValue>,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        self.pending(outcome, self.near.hash(key), key).put()
    }

    pub(crate) async fn peek<O, Q>(self, outcome: O, key: &Q) -> Option<O::Kept>
    where
        E: Holds<O::Kept>,
        O: Outcome<Kept: LocalValue>,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        let hash = self.near.hash(key);
        if let Some(kept) = self.get(outcome, hash, key) {
            return Some(kept);
        }
        self.behind?;
        let pending = self.pending(outcome, hash, key);
        // Trouble with the store is counted there.
        let entry = pending.request.peek().await.ok()??;
        tell(self.near.core(), &entry);
        entry.view().cloned()
    }

    /// In the store first: whoever reads here meanwhile must not bring back what the store still had.
    pub(crate) async fn invalidate<Q: CacheKey<Stored = K> + ?Sized>(self, key: &Q) -> Invalidated {
        let hash = self.near.hash(key);
        let _removed = OnDrop(|| {
            self.near.remove(hash, key);
        });
        match &self.behind {
            Some(behind) => behind.remove(&key.store()).await.into(),
            None => Ok(()).into(),
        }
    }
}
