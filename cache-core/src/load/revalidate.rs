//! Loads that ask whether the value that they replace is still good, as HTTP does with `If-None-Match`.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::backing::Backing;
use super::leader::Leader;
use super::request::LoadRequest;
use crate::context::{self, Deps, LoadDeps, Offer};
use crate::entry::{AnyEntry, BY_HAND};
use crate::far::Snapshot;
use crate::store::Token;

/// A value with more names than this is loaded anew: names that differ from load to load must not pile up.
const MOST_NAMES: usize = 256;

/// The value that a load replaces, for a source that can say whether it has changed.
///
/// A load gets it from `replaces = old` of [`cached`](macro@crate::cached), or from
/// [`get_or_refresh`](crate::CacheEntry::get_or_refresh). It shows the source a [`validator`](Self::validator) of the value, such as
/// an `ETag`, a date or a version. If the source says that nothing has changed, the load returns
/// [`not_modified`](Self::not_modified): the old value, which is as good as a new one from then on.
///
/// ```
/// # struct Answer { status: u16, etag: String, body: String }
/// # async fn fetch(url: &str, etag: Option<String>) -> Result<Answer, std::io::Error> {
/// #     Ok(Answer { status: 200, etag: String::new(), body: String::new() })
/// # }
/// use cache_core::cached;
///
/// #[derive(Clone, Debug, PartialEq)]
/// struct Feed {
///     etag: String,
///     body: String,
/// }
///
/// #[cached(ttl = "5m", stale_while_revalidate = "1h", replaces = old)]
/// async fn feed(url: String) -> Result<Feed, std::io::Error> {
///     let etag = old.as_ref().map(|old| old.validator(|feed| feed.etag.clone()));
///     let answer = fetch(&url, etag).await?;
///     match old {
///         Some(old) if answer.status == 304 => Ok(old.not_modified()),
///         _ => Ok(Feed { etag: answer.etag, body: answer.body }),
///     }
/// }
/// ```
pub struct Replaced<T> {
    offer: Offer,
    load: Arc<LoadDeps>,
    value: PhantomData<fn() -> T>,
}

impl<T: Any> Replaced<T> {
    fn of(load: &Arc<LoadDeps>) -> Option<Self> {
        let offer = load.take_offer()?;
        offer.old.value_as::<T>()?;
        Some(Self {
            offer,
            load: load.clone(),
            value: PhantomData,
        })
    }

    /// The value that the load replaces whose body runs now, which takes it once.
    pub(crate) fn of_running() -> Option<Self> {
        Self::of(&context::innermost()?)
    }

    fn value(&self) -> &T {
        let value = self.offer.old.value_as();
        value.expect("checked when this was made")
    }

    /// Returns what the source recognises the old value by. Build no new value from the old one: it would lack the old tags, and
    /// their invalidation would not reach it.
    pub fn validator<R>(&self, of: impl FnOnce(&T) -> R) -> R {
        of(self.value())
    }

    /// Returns the old value for the load to return. It is kept like a new one: for a whole life, with the tags that it had. If one
    /// of them is invalidated while the load runs, it is not kept.
    #[must_use = "the load returns it"]
    pub fn not_modified(self) -> T
    where
        T: Clone,
    {
        self.load.add(&self.offer.deps);
        // And the load that the caller is in, if that is another one.
        context::depend(&self.offer.deps);
        self.value().clone()
    }
}

impl<T: Any + fmt::Debug> fmt::Debug for Replaced<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Replaced").field(self.value()).finish()
    }
}

impl LoadRequest<'_> {
    /// The body of the load is given what it replaces.
    pub(crate) fn revalidate(&mut self) {
        self.revalidates = true;
    }
}

impl Leader<'_> {
    /// What the load replaces, for a body that is about to run.
    #[cfg_attr(
        not(feature = "tokio"),
        expect(dead_code, reason = "loads by hand with rules alone ask")
    )]
    pub(crate) fn replaced<T: Any>(&mut self) -> Option<Replaced<T>> {
        self.begin_body();
        Replaced::of(&self.deps)
    }

    /// Offers the body the value that is here, if the cache has no store.
    pub(super) fn offer_own(&mut self) {
        if !self.request.revalidates || self.request.backing.is_some() {
            return;
        }
        // What was made of a value in some store is as old as that.
        let old = self.old.clone().filter(|old| !old.is_unconfirmed());
        if let Some(old) = old {
            let scope = self.request.near.scope();
            let (slots, begun) = (old.generation.slots(), self.generation().epoch());
            let deps = Deps::of(slots, begun, None, scope)
                .named(old.names().iter().copied())
                .until(old.bound());
            self.offer(Offer { old, deps });
        }
    }

    /// The value that a store has shown, for the body. It is as good as it was when the store was asked, before this load began: its
    /// names count from then on, by the stamps that they had, and it must be confirmed again by the time that a copy must.
    pub(super) fn confirmed_offer(
        &self,
        backing: Backing<'_>,
        seen: &Snapshot,
        old: Arc<dyn AnyEntry>,
    ) -> Option<Offer> {
        let asker = self.request.asker.origin;
        // What some other function has stored is nothing that this load may store as its own.
        let is_own = old.origin == BY_HAND || old.origin == asker;
        if !self.request.revalidates || !is_own {
            return None;
        }
        let (stamps, near) = (seen.stamps_of_entry()?, self.request.near);
        let slots = near.slots(stamps.iter().map(|stamped| stamped.name));
        let (epoch, bound) = (old.generation.epoch(), seen.asked.after(backing.near_ttl));
        let deps = Deps::of(&slots, epoch, Some(&stamps), near.scope())
            .named(stamps.iter().map(|stamped| stamped.name))
            .until(bound);
        Some(Offer { old, deps })
    }

    /// Offers the body the value with this token, if it is the one that the load may replace: what was removed or set meanwhile must
    /// not come back.
    pub(super) fn offer_claimed(&self, offer: Option<Offer>, token: Option<Token>) {
        let claimed = self.lease.as_ref().zip(token);
        if let Some(offer) = offer
            && claimed.is_some_and(|(lease, token)| lease.replaces(token))
        {
            self.offer(offer);
        }
    }

    fn offer(&self, offer: Offer) {
        if offer.deps.slots.len() <= MOST_NAMES {
            self.deps.offer(offer);
        }
    }
}
