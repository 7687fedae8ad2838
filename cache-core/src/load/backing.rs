//! The store that backs a near tier, and where in it the values of one type and one site lie.

use std::borrow::Cow;
use std::time::Duration;

use crate::error::Result;
use crate::far::{Far, ValueFormat, beside};
use crate::name::Name;
use crate::near::{NearKey, Tier};

/// A store, and how the values of one type and one site lie there.
pub(crate) struct Backing<'n, K> {
    pub(crate) far: &'n Far,
    /// How long a copy is used here before the store is asked again.
    pub(crate) near_ttl: Duration,
    pub(crate) format: fn() -> &'static dyn ValueFormat,
    /// Whose entries these are; `None`: a hand's, which takes any site's.
    pub(crate) site: Option<Name>,
    pub(crate) key: fn(&K) -> &[u8],
    /// Whether the site's keys are its own, and must not meet those of others.
    pub(crate) has_own_keys: bool,
}

impl<K> Clone for Backing<'_, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Backing<'_, K> {}

impl<K: NearKey> Backing<'_, K> {
    /// A key as the store is asked for it.
    pub(super) fn key_of<'k>(&self, key: &'k K) -> Cow<'k, [u8]> {
        let key = (self.key)(key);
        match self.site {
            Some(site) if self.has_own_keys => {
                Cow::Owned([b"@", &site.to_digits()[..], b":", key].concat())
            }
            _ => Cow::Borrowed(key),
        }
    }

    /// The key of what lies under a key, or beside it.
    pub(super) fn key_at<'k>(&self, key: &'k K, is_beside: bool) -> Cow<'k, [u8]> {
        let key = self.key_of(key);
        if is_beside {
            Cow::Owned(beside(&key, (self.format)().fingerprint()))
        } else {
            key
        }
    }

    /// Where every call asks the store, it matters only to a page how long a value will still be there: its clients are told.
    pub(super) fn wants_ttl(&self, near: &dyn Tier<K>) -> bool {
        self.has_own_keys || !near.keeps_nothing()
    }

    /// Removes the key from the store.
    ///
    /// # Errors
    ///
    /// If the store could not be reached.
    pub(crate) async fn remove(&self, key: &K) -> Result<()> {
        self.far.remove(&[&self.key_of(key)]).await
    }
}
