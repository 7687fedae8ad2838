//! The tiers of a cache, as its functions use them.

use std::sync::Arc;

use super::Cache;
use crate::context::{self, Deps};
#[cfg(feature = "dashboard")]
use crate::entry::BY_HAND;
use crate::entry::{AnyEntry, Meta};
use crate::format::codec::coder::coder;
use crate::key::Key;
use crate::load::{Backing, LoadRequest};
use crate::name::Name;
use crate::near::Asker;
#[cfg(any(feature = "dashboard", feature = "metrics"))]
use crate::near::{Census, Tier};
#[cfg(feature = "tokio")]
use crate::policy::Freshness;
use crate::value::SharedValue;
#[cfg(feature = "dashboard")]
use crate::why::Why;

impl Cache {
    /// The store behind the near tier, for values of this type and this site.
    pub(crate) fn backing<T: SharedValue>(&self, site: Option<Name>) -> Option<Backing<'_>> {
        Some(Backing {
            far: self.far()?,
            near_ttl: self.0.near_ttl,
            format: || coder::<T>(),
            site,
            has_own_keys: false,
        })
    }

    /// The request of a look-up by hand that near did not answer.
    pub(super) fn request<T: SharedValue>(
        &self,
        key: &Key,
        names: Box<[Name]>,
    ) -> Box<LoadRequest<'_>> {
        let near = self.near();
        LoadRequest::new(
            near,
            near.hash(key),
            near.key(key),
            Asker::by_hand::<T>(),
            names,
        )
        .before(self.backing::<T>(None))
    }

    /// The near entry of a key, whatever its type.
    pub(crate) fn nearby(&self, key: &Key) -> Option<Arc<dyn AnyEntry>> {
        let near = self.near();
        let entry = near.get(near.hash(key), key, |found| found.apart().cloned())?;
        self.tell(&entry);
        Some(entry)
    }

    /// The near entry of a key, if its value is a `T`.
    pub(super) fn nearby_as<T: SharedValue>(&self, key: &Key) -> Option<Arc<dyn AnyEntry>> {
        let near = self.near();
        let entry = near.get(near.hash(key), key, |found| {
            let is_it = found.value::<T>().is_some();
            found.apart().filter(|_| is_it).cloned()
        })?;
        self.tell(&entry);
        Some(entry)
    }

    /// The near entry of a key, if it holds a `T` and is not due for a refresh.
    #[cfg(feature = "tokio")]
    pub(super) fn fresh_as<T: SharedValue>(&self, key: &Key) -> Option<Arc<dyn AnyEntry>> {
        let near = self.near();
        let is_fresh = |freshness| freshness == Freshness::Fresh;
        near.get_if(near.hash(key), key, is_fresh, |found| {
            let is_it = found.value::<T>().is_some();
            found.apart().filter(|_| is_it).cloned()
        })
    }

    /// What it keeps here and may be used; of more than `most` entries, an estimate.
    #[cfg(any(feature = "dashboard", feature = "metrics"))]
    pub(crate) fn census(&self, most: usize) -> Census {
        Tier::census(self.near(), most)
    }

    /// Why there is nothing here under a key, or why the last look-up has found nothing.
    #[cfg(feature = "dashboard")]
    pub(crate) fn why(&self, key: &Key) -> Why {
        let asker = Asker {
            origin: BY_HAND,
            wants: None,
        };
        let near = self.near();
        near.diagnose(near.hash(key), &near.key(key), asker)
            .explain()
    }

    /// Tells the load that encloses this call, if there is one, that it depends on an entry.
    pub(super) fn tell(&self, entry: &Meta) {
        if context::is_observed() {
            context::request::note_hit();
            context::depend(&Deps::of_entry(self.near(), entry.view()));
        }
    }
}
