//! What processes do with a [`Far`]: cached calls, refreshes, invalidations.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use super::super::{Far, KeySpace, Lease, NewEntry, Snapshot, ValueFormat, WriteOutcome};
use super::explorer::{Choices, Task};
use super::world::{Nature, World};
use crate::entry::{AnyEntry, Meta};
use crate::error::Error;
use crate::format::codec::CodecId;
use crate::format::schema::Fingerprint;
use crate::name::{CACHE, HAND, Name, NameScope};

pub(super) const KEY: &[u8] = b"x";
pub(super) const TAG: Name = Name::from_bytes(*b"a tag of entries");

/// What an invalidation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Key,
    Tag,
    Cache,
    /// The tag, softly.
    Expired,
}

pub(super) const ALL: [What; 4] = [What::Key, What::Tag, What::Cache, What::Expired];

/// One process, with what it needs for its tasks.
#[derive(Clone, Debug)]
pub(super) struct Process {
    pub(super) name: &'static str,
    pub(super) far: Arc<Far>,
    pub(super) world: World,
}

/// Processes over one store.
pub(super) fn processes<const N: usize>(
    names: [&'static str; N],
    nature: Nature,
    choices: Choices,
) -> [Process; N] {
    let world = World::new(nature, choices);
    names.map(|name| {
        let far = Far::new(
            world.clone(),
            KeySpace::new("", 1),
            NameScope::fresh(),
            Duration::from_secs(3600),
        );
        Process {
            name,
            far,
            world: world.clone(),
        }
    })
}

/// How a version lies in the store: as one byte. What is no version cannot be written.
struct VersionFormat;

impl ValueFormat for VersionFormat {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::from_bytes([7; 12])
    }

    fn encode(&self, value: &dyn Any, out: &mut Vec<u8>) -> crate::Result<CodecId> {
        let version: &u64 = value.downcast_ref().ok_or_else(Error::absent)?;
        out.push(u8::try_from(*version).unwrap());
        Ok(CodecId(1))
    }

    fn decode(&self, _: CodecId, _: &[u8], _: Meta) -> Option<Arc<dyn AnyEntry>> {
        None
    }
}

/// The entry of a version.
pub(super) fn entry(version: &(dyn Any + Send + Sync)) -> NewEntry<'_> {
    NewEntry {
        key: KEY,
        site: HAND,
        format: &VersionFormat,
        value: version,
        ttl: None,
        stale_for: Duration::ZERO,
        cost: Duration::ZERO,
    }
}

/// An invalidation under way: dropped before its end, its process owes it.
struct Asked<'p> {
    process: &'p Process,
    what: What,
    version: u64,
    done: bool,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let Process { name, world, .. } = self.process;
        if self.what == What::Expired {
            world.expired(name, self.version, !self.done);
        } else {
            world.invalidated(name, self.version, !self.done);
        }
    }
}

impl Process {
    /// Runs a call as a task of this process.
    pub(super) fn task<F: Future<Output = ()>>(
        &self,
        name: &'static str,
        call: impl FnOnce(Self) -> F + 'static,
    ) -> Task {
        let process = self.clone();
        Task::new(name, async move { call(process).await })
    }

    pub(super) fn found(&self, seen: &Snapshot) -> Option<u64> {
        let blob = self.far.entry(seen, None, None)?;
        blob.body().first().copied().map(u64::from)
    }

    pub(super) async fn see(&self, names: &[Name]) -> crate::Result<Snapshot> {
        self.far.read_one(KEY, names, false).await
    }

    /// A cached call: what the store has, or else what it loads and stores.
    pub(super) async fn call(self) {
        let floor = self.world.floor(self.name);
        let version = self.value().await;
        self.world.gives(floor, version);
    }

    async fn value(&self) -> u64 {
        let Ok(seen) = self.see(&[TAG]).await else {
            return self.world.load().await;
        };
        if let Some(version) = self.found(&seen) {
            return version;
        }
        let lease = match self.far.any_entry(&seen, None, None) {
            // It has expired, and stays until then.
            Some(_) => self.far.claim_over(KEY, &[TAG], seen).await.map(Ok),
            None => self.far.lease(KEY, &[TAG], seen).await,
        };
        match lease {
            Ok(Err(seen)) => match self.found(&seen) {
                Some(version) => version,
                None => self.world.load().await,
            },
            Ok(Ok(lease)) => {
                let version = self.world.load().await;
                self.keep(&lease, version, true).await;
                version
            }
            Err(_) => self.world.load().await,
        }
    }

    /// What is called good may be given to those who ask while it is written.
    async fn keep(&self, lease: &Lease, version: u64, writable: bool) {
        let floor = self.world.floor(self.name);
        let new = if writable {
            entry(&version)
        } else {
            entry(&())
        };
        let kept = self.far.write(lease, &new).await;
        if let Ok(WriteOutcome::Good) = kept {
            self.world.say("it is called good");
            self.world.gives(floor, version);
        }
    }

    /// A cached call whose value no codec can write.
    pub(super) async fn call_unwritable(self) {
        let Ok(seen) = self.see(&[TAG]).await else {
            return;
        };
        if let Ok(Ok(lease)) = self.far.lease(KEY, &[TAG], seen).await {
            let version = self.world.load().await;
            self.keep(&lease, version, false).await;
        }
    }

    /// A load of a new value, whatever is there.
    pub(super) async fn refresh(self) {
        if let Ok(lease) = self.far.claim(KEY, &[TAG]).await {
            let version = self.world.load().await;
            self.keep(&lease, version, true).await;
        }
    }

    /// A look at the store, by one who does not know the tags.
    pub(super) async fn look(self) {
        let floor = self.world.floor(self.name);
        if let Ok(seen) = self.see(&[]).await
            && let Some(version) = self.found(&seen)
        {
            self.world.gives(floor, version);
        }
    }

    /// A look by one who accepts stale values.
    pub(super) async fn look_for_stale(self) {
        let floor = self.world.stale_floor(self.name);
        if let Ok(seen) = self.see(&[TAG]).await
            && let Some(blob) = self.far.any_entry(&seen, None, None)
        {
            self.world.gives(floor, blob.body()[0].into());
        }
    }

    /// Changes the data, and invalidates what depends on it.
    pub(super) async fn invalidate(self, what: What) {
        let version = self.world.change();
        let mut asked = Asked {
            process: &self,
            what,
            version,
            done: false,
        };
        let reached = match what {
            What::Key => self.far.remove(&[KEY]).await,
            What::Tag => self.far.forget(&[TAG]).await,
            What::Cache => self.far.forget(&[CACHE]).await,
            What::Expired => self.far.expire(&[TAG]).await,
        };
        asked.done = reached.is_ok();
    }

    /// Changes the data, and sets its new version by hand.
    pub(super) async fn set(self) {
        let version = self.world.change();
        if self.far.put_values(&[entry(&version)], None).await.is_ok() {
            self.world.invalidated(self.name, version, false);
        }
    }
}
