//! Whose cache a look-up asks, and who asks: what a function's cache has no types for.

use std::time::Duration;

use super::verify::{ShowValue, VerifiedRuns};
use crate::entry::{BY_HAND, EntryRef, Equals, Origin, ValueType};
use crate::key::{CacheKey, Key};
use crate::load::{Backing, LoadRequest};
use crate::near::{Asker, Tier, TierKey};
use crate::site::Site;
use crate::stats;
use crate::verify::{Trial, VerifyMode};
use crate::watch;

/// The site that asks, and what it asks behind its near tier.
#[derive(Clone, Copy)]
pub(super) struct FunctionSite {
    pub(super) site: &'static Site,
    /// How long values live where the site says nothing.
    pub(super) ttl: Option<Duration>,
    pub(super) backing: Option<Backing<'static>>,
    /// Who asks, where others ask as well; `None` where the cache belongs to one instance of the function alone.
    pub(super) origin: Option<Origin>,
}

/// The text of a key.
pub(super) fn text_of<Q: CacheKey + ?Sized>(key: &Q) -> Key {
    let mut text = Key::new();
    text.last(key);
    text
}

impl FunctionSite {
    #[inline]
    pub(super) fn accepts(&self, entry: EntryRef<'_>) -> bool {
        self.origin.is_none_or(|own| own.may_have(entry.origin()))
    }

    pub(super) fn asker(&self, value: ValueType) -> Asker {
        Asker {
            origin: self.origin.unwrap_or(BY_HAND),
            wants: Some(value),
        }
    }

    /// The load of what a look-up did not find. `text` gives the text of the key, for those who watch.
    pub(super) fn request(
        self,
        near: &'static dyn Tier,
        hash: u64,
        key: TierKey,
        value: ValueType,
        text: &dyn Fn() -> Key,
    ) -> Box<LoadRequest<'static>> {
        let asker = self.asker(value);
        let names = if asker.origin == BY_HAND {
            Box::default()
        } else {
            Box::new([self.site.own_name()]) as Box<[_]>
        };
        let mut request = LoadRequest::new(near, hash, key, asker, names)
            .before(self.backing)
            .counted(&self.site.counters);
        if stats::is_watched() {
            let watched = self.site.counters.watched();
            watched.reader(|| watch::reader_of(self.site));
            request.describe(text().as_bytes().into());
        }
        request
    }

    /// The runs that verify the hit of a request; `None` if the value is no longer there, or was set by hand.
    pub(super) fn verified(
        self,
        request: Box<LoadRequest<'static>>,
        (hash, mode): (u64, VerifyMode),
        how: (Equals, ShowValue),
        text: &dyn Fn() -> Key,
    ) -> Option<VerifiedRuns> {
        let entry = request
            .near()
            .usable(hash, request.key(), request.asker())?;
        // In a cache that others share, what a call by hand has stored has no origin.
        let is_of_hand = self.origin.is_some() && entry.origin == BY_HAND;
        if is_of_hand || entry.is_by_hand() || entry.is_tainted() {
            return None;
        }
        let near_ttl = self.backing.map(|backing| backing.near_ttl);
        let trial = Trial::new(self.site, mode, (hash, entry), near_ttl.unwrap_or_default());
        let key = watch::reader_of(self.site).text(text().as_bytes());
        Some(VerifiedRuns::new(request, key, trial, how))
    }
}
