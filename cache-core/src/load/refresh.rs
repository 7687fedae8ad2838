//! A load for one who wants a new value, whatever is kept.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::Miss;
use std::future::Future;

use crate::clock::{self, Moment};
use crate::context::{self, Found, InLoad};
use crate::entry::{Entry, Holds};
use crate::error::Result;
use crate::far::{Kept, Lease};
use crate::marks::{Birth, Name};
use crate::policy::Life;
use crate::sync::{AtomicBool, Ordering};

/// A load of a new value, whatever is kept.
pub(crate) struct Refresh<'m, K: Eq + Clone + 'static, V: ?Sized + 'static> {
    miss: &'m Miss<'m, K, V>,
    birth: Birth,
    lease: Option<Lease>,
    begun: Moment,
    found: Arc<Found>,
    stale: Arc<AtomicBool>,
    /// Whether the value is what its load has written elsewhere, rather than what it has read.
    puts: bool,
}

impl<'m, K: Eq + Clone + 'static, V: ?Sized + 'static> Refresh<'m, K, V> {
    /// Says that a refresh is under way, before its load begins.
    pub(super) fn of(miss: &'m Miss<'_, K, V>) -> Self {
        let stale = miss.near.begin_refresh(miss.hash, &miss.key);
        let birth = miss.near.birth(&miss.names);
        Self {
            miss,
            birth,
            lease: None,
            begun: clock::now(),
            found: Arc::default(),
            stale,
            puts: false,
        }
    }

    /// For a load that writes elsewhere what it brings here.
    pub(crate) fn put(&mut self) {
        self.puts = true;
    }

    /// [`of`](Self::of), in the store behind as well.
    pub(super) async fn begin(miss: &'m Miss<'_, K, V>) -> Self {
        let mut refresh = Self::of(miss);
        if let Some(behind) = &miss.behind {
            refresh.lease = behind.claim(miss).await.ok();
            refresh.begun = clock::now();
        }
        refresh
    }

    /// Runs a future as this load.
    pub(crate) fn load<F: Future>(&self, load: F) -> InLoad<F> {
        InLoad::new(None, &self.found, load)
    }

    /// Runs a function as this load.
    pub(crate) fn run<R>(&self, load: impl FnOnce() -> R) -> R {
        let _inside = context::enter(None, &self.found);
        load()
    }

    /// Tells the load that encloses this one, if there is one, what this one depends on.
    pub(crate) fn tell(&self) {
        if context::is_loading() {
            let stamped = self.lease.as_ref().map(Lease::stamped);
            self.miss.tell(&self.birth, stamped);
            context::depend(&self.found.read());
        }
    }

    /// Set once the key was removed or set by somebody else.
    pub(super) fn stale(&self) -> &AtomicBool {
        &self.stale
    }

    pub(super) fn is_stale(&self) -> bool {
        self.stale.load(Ordering::Relaxed)
    }

    /// The moment before the load began.
    pub(crate) fn birth(&self) -> Birth {
        self.birth.renamed(Box::default())
    }

    /// Takes away what is there: what was loaded is right, and is not to be kept.
    pub(crate) async fn pass(&self) {
        let Miss {
            near,
            hash,
            key,
            behind,
            ..
        } = self.miss;
        if let Some(behind) = behind {
            // What fails is owed: the store is not asked again before it is gone.
            let _ = behind.remove(key).await;
        }
        Miss::<K, V>::tell_bound(self.miss.bound(self.begun));
        near.withdraw(*hash, key, &self.birth, &self.stale);
    }

    /// Puts what was loaded in the place of whatever is there. What could not be put there is older than what was loaded: it
    /// is taken away.
    ///
    /// `names` are those that only the value knows.
    pub(crate) async fn keep<T>(&mut self, value: T, life: Life, weight: usize, names: &[Name])
    where
        V: Holds<T>,
    {
        let Miss { behind, .. } = self.miss;
        let birth = self
            .miss
            .birth_of(&self.birth, &self.found, names, &mut self.lease);
        let entry = self.entry(value, birth, life, weight);
        if let Some(behind) = behind {
            let lease = self.lease.as_ref();
            // Trouble with the store is counted there, and bounds how long the value is used here.
            let kept = behind.keep(self.miss, lease, &entry, self.begun).await;
            if !matches!(kept, Ok(Kept::Good)) {
                // What fails is owed: the store is not asked again before it is gone.
                let _ = behind.remove(&self.miss.key).await;
            }
        }
        Miss::<K, V>::tell_bound(entry.bound());
        let Miss {
            near, hash, key, ..
        } = self.miss;
        if self.puts {
            near.put(*hash, key, &entry, &self.stale);
        } else if near.is_live(&entry) {
            self.adopt(&entry);
        } else {
            near.withdraw(*hash, key, &self.birth, &self.stale);
        }
    }

    /// Puts a value that a hand brings in the place of whatever is there, and takes away all that is under way for the key. A
    /// value that the store does not take leaves nothing.
    ///
    /// `names` are those that only the value knows.
    pub(super) async fn set<T>(
        miss: &'m Miss<'_, K, V>,
        value: T,
        life: Life,
        names: &[Name],
    ) -> Result<()>
    where
        V: Holds<T>,
    {
        let mut refresh = Self::of(miss);
        let Some(behind) = &miss.behind else {
            let birth = miss.birth_of(&refresh.birth, &refresh.found, names, &mut None);
            let entry = V::hold(Entry::new(value, birth, life, miss.origin, 0));
            miss.near.set(miss.hash, &miss.key, &entry);
            return Ok(());
        };
        let claimed = behind.claim(miss).await;
        let (mut lease, fault) = match claimed {
            Ok(lease) => (Some(lease), None),
            Err(fault) => (None, Some(fault)),
        };
        let birth = miss.birth_of(&refresh.birth, &refresh.found, names, &mut lease);
        refresh.lease = lease;
        let entry = refresh.entry(value, birth, life, 0);
        let lease = refresh.lease.as_ref();
        let kept = behind.keep(miss, lease, &entry, refresh.begun).await;
        let kept = fault.map_or(kept, Err);
        if !matches!(kept, Ok(Kept::Good)) {
            // What fails is owed: the store is not asked again before it is gone.
            let _ = behind.remove(&miss.key).await;
        }
        let stored = match kept {
            Ok(Kept::Unstored { why, .. }) => Err(behind.far.unstored(why)),
            Ok(_) => Ok(()),
            Err(fault) => Err(fault),
        };
        if stored.is_err() {
            entry.birth.kill();
        }
        miss.near.put(miss.hash, &miss.key, &entry, &refresh.stale);
        stored
    }

    fn entry<T>(&self, value: T, birth: Birth, life: Life, weight: usize) -> Arc<Entry<V>>
    where
        V: Holds<T>,
    {
        let entry = Entry::new(value, birth, life, self.miss.origin, weight);
        entry.bind(self.found.bound());
        V::hold(match &self.lease {
            Some(lease) => entry.stamped(lease.stamped().into()),
            None => entry,
        })
    }

    /// Puts an entry in the place of whatever is here, unless it is no longer good.
    pub(super) fn adopt(&self, entry: &Arc<Entry<V>>) {
        let Miss {
            near, hash, key, ..
        } = self.miss;
        near.replace(*hash, key, entry, &self.stale);
    }
}

impl<K: Eq + Clone + 'static, V: ?Sized + 'static> Drop for Refresh<'_, K, V> {
    fn drop(&mut self) {
        let Miss {
            near, hash, key, ..
        } = self.miss;
        let stale = std::mem::take(&mut self.stale);
        // Comparing keys may run code that is not ours, and this may be the end of a panic already.
        let _ = catch_unwind(AssertUnwindSafe(|| near.end_refresh(*hash, key, stale)));
    }
}
