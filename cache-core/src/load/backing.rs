//! The store that backs a near tier, and where in it the values of one type and one site lie.

use std::borrow::Cow;
use std::time::Duration;

use crate::error::Result;
use crate::far::{Far, ValueFormat, beside};
use crate::name::Name;
use crate::near::{Tier, TierKey};

/// A store, and how the values of one type and one site lie there.
#[derive(Clone, Copy)]
pub(crate) struct Backing<'n> {
    pub(crate) far: &'n Far,
    /// How long a copy is used here before the store is asked again.
    pub(crate) near_ttl: Duration,
    pub(crate) format: fn() -> &'static dyn ValueFormat,
    /// Whose entries these are; `None`: a hand's, which takes any site's.
    pub(crate) site: Option<Name>,
    /// Whether the site's keys are its own, and must not meet those of others.
    pub(crate) has_own_keys: bool,
}

impl Backing<'_> {
    /// A key as the store is asked for it.
    pub(super) fn key_of<'k>(&self, key: &'k TierKey) -> Cow<'k, [u8]> {
        let key = key
            .text()
            .expect("the keys of a tier with a store are text");
        match self.site {
            Some(site) if self.has_own_keys => {
                Cow::Owned([b"@", &site.to_digits()[..], b":", key].concat())
            }
            _ => Cow::Borrowed(key),
        }
    }

    /// The key of what lies under a key, or beside it.
    pub(super) fn key_at<'k>(&self, key: &'k TierKey, is_beside: bool) -> Cow<'k, [u8]> {
        let key = self.key_of(key);
        if is_beside {
            Cow::Owned(beside(&key, (self.format)().fingerprint()))
        } else {
            key
        }
    }

    /// Where every call asks the store, it matters only to a page how long a value will still be there: its clients are told.
    pub(super) fn wants_ttl(&self, near: &dyn Tier) -> bool {
        self.has_own_keys || !near.keeps_nothing()
    }

    /// Removes the key from the store.
    ///
    /// # Errors
    ///
    /// If the store could not be reached.
    pub(crate) async fn remove(&self, key: &TierKey) -> Result<()> {
        self.far.remove(&[&self.key_of(key)]).await
    }
}
