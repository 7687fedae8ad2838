//! Reading: what lies under keys.

use std::sync::Arc;

use super::keys::with_cache_once;
use super::{BESIDE, Far, SlotState, Snapshot, Stamps};
use crate::clock;
use crate::error::Result;
use crate::format::blob::Blob;
use crate::format::schema::Fingerprint;
use crate::name::{CACHE, Name};
use crate::store::Answer;

impl Far {
    /// What lies under these keys, in their order. Each comes with the names that its entry is known to carry: an entry that
    /// carries others costs a second round trip, unless it was [seen](super::known) to carry them before.
    ///
    /// # Errors
    ///
    /// If the store could not be asked, or does not take an invalidation that is undelivered.
    pub(crate) async fn read(
        &self,
        entries: &[(&[u8], &[Name])],
        with_ttl: bool,
    ) -> Result<Vec<Snapshot>> {
        self.deliver().await?;
        let known = entries.iter().map(|(key, names)| {
            let mut known = self.known.of(key);
            known.retain(|name| !names.contains(name));
            known
        });
        let known: Vec<Vec<Name>> = known.collect();
        let asked = entries.iter().flat_map(|(_, names)| *names);
        let names = with_cache_once(asked.chain(known.iter().flatten()).copied());
        let mut keys = self.keys(entries.len() + names.len());
        for (key, _) in entries {
            keys.entry(key);
        }
        keys.stamps(&names);
        let (start, asked) = (self.read_start(), clock::now());
        let mut answer = self.get(&keys.all(), with_ttl).await?;
        let stamps = answer.found.split_off(entries.len());
        let there = entries.iter().zip(answer.found);
        let there: Vec<SlotState> = there
            .map(|((key, _), found)| SlotState::of(key, found))
            .collect();
        if !with_ttl && there.iter().any(SlotState::outlives_itself) {
            return Box::pin(self.read(entries, true)).await;
        }
        let mut seen = Stamps::seen(answer.incarnation, &names, &stamps);
        self.see_others(&there, &mut seen).await?;
        for (((key, names), known), there) in entries.iter().zip(&known).zip(&there) {
            self.note_names(key, names, known, there);
        }
        self.last.note(&seen);
        let stamps = Arc::new(seen);
        let seen = there.into_iter().map(|there| Snapshot {
            state: there,
            asked,
            stamps: stamps.clone(),
            start: start.clone(),
            is_beside: false,
        });
        Ok(seen.collect())
    }

    /// [`read`](Self::read) of one key. Every hit in a store passes here, and takes as little memory as may be.
    ///
    /// # Errors
    ///
    /// As of [`read`](Self::read).
    pub(crate) async fn read_one(
        &self,
        key: &[u8],
        names: &[Name],
        with_ttl: bool,
    ) -> Result<Snapshot> {
        self.deliver().await?;
        let mut known = self.known.of(key);
        known.retain(|name| !names.contains(name));
        let others = || {
            let all = names.iter().chain(&known);
            all.filter(|name| **name != CACHE)
        };
        let entry = self.space.entry(key);
        let stamps: Vec<Vec<u8>> = others().map(|name| self.stamp_of(*name, key)).collect();
        let mut keys = Vec::with_capacity(2 + stamps.len());
        keys.extend([entry.as_slice(), self.stamp.as_slice()]);
        keys.extend(stamps.iter().map(Vec::as_slice));
        let (start, asked) = (self.read_start(), clock::now());
        let Answer { incarnation, found } = self.get(&keys, with_ttl).await?;
        let mut found = found.into_iter();
        let there = SlotState::of(key, found.next().flatten());
        if !with_ttl && there.outlives_itself() {
            return Box::pin(self.read_one(key, names, true)).await;
        }
        let all = std::iter::once(&CACHE).chain(others());
        let mut seen = Stamps::seen(incarnation, all, found.as_slice());
        self.see_others(std::slice::from_ref(&there), &mut seen)
            .await?;
        self.note_names(key, names, &known, &there);
        self.last.note(&seen);
        Ok(Snapshot {
            state: there,
            asked,
            stamps: Arc::new(seen),
            start,
            is_beside: names.contains(&BESIDE),
        })
    }

    /// What lies under one key, and how long it will; `names` are those that it is known to carry.
    ///
    /// # Errors
    ///
    /// As of [`read`](Self::read).
    pub(crate) async fn snapshot(&self, key: &[u8], names: &[Name]) -> Result<Snapshot> {
        self.read_one(key, names, true).await
    }

    /// Whether a good entry lies under a key, of whatever type.
    ///
    /// # Errors
    ///
    /// As of [`read`](Self::read).
    pub(crate) async fn contains(&self, key: &[u8]) -> Result<bool> {
        let seen = self.snapshot(key, &[]).await?;
        Ok(self.entry(&seen, None, None).is_some())
    }

    /// What is under the keys of the stamps of these names.
    pub(super) async fn look(&self, names: &[Name]) -> Result<Answer> {
        let mut keys = self.keys(names.len());
        keys.stamps(names);
        self.get(&keys.all(), true).await
    }

    /// Asks for the names that the entries carry and nobody has named.
    async fn see_others(&self, there: &[SlotState], seen: &mut Stamps) -> Result<()> {
        let mut others: Vec<Name> = Vec::new();
        for there in there {
            let unseen = there.names().filter(|name| !seen.knows(*name));
            others.extend(unseen);
        }
        if others.is_empty() {
            return Ok(());
        }
        others.sort_unstable();
        others.dedup();
        let found = self.look(&others).await?;
        let Answer { incarnation, found } = found;
        if incarnation != seen.incarnation() {
            // The store has begun another life in between: nothing of what was seen can be confirmed.
            *seen = Stamps::new(incarnation);
        }
        seen.see(&others, &found);
        Ok(())
    }

    /// Notes what an entry carries beside the names that its caller has named, unless just that is known.
    fn note_names(&self, key: &[u8], asked: &[Name], known: &[Name], there: &SlotState) {
        if !matches!(there, SlotState::Value { fault: None, .. }) {
            return;
        }
        let extra = || {
            let names = there.names();
            names.filter(|name| {
                *name != CACHE && Stamps::is_under_a_key(*name) && !asked.contains(name)
            })
        };
        if !extra().eq(known.iter().copied()) {
            self.known.note(key, extra().collect());
        }
    }

    /// [`any_entry`](Self::any_entry), if it is neither past its life nor expired.
    pub(crate) fn entry<'s>(
        &self,
        seen: &'s Snapshot,
        sites: Option<&[Name]>,
        fingerprint: Option<Fingerprint>,
    ) -> Option<Blob<'s>> {
        let any = self.any_entry(seen, sites, fingerprint);
        any.filter(|blob| !seen.is_stale(blob))
    }

    /// The entry that was seen, if nothing that it carries has been invalidated, though it may have expired, and it is of this type, and of
    /// one of these sites where sites are named. Counts a hit or a miss.
    pub(crate) fn any_entry<'s>(
        &self,
        seen: &'s Snapshot,
        sites: Option<&[Name]>,
        fingerprint: Option<Fingerprint>,
    ) -> Option<Blob<'s>> {
        let usable = self.usable(seen, sites, fingerprint);
        match &usable {
            Some(_) => self.counters.hit(),
            None => self.counters.miss(),
        }
        usable
    }

    fn usable<'s>(
        &self,
        seen: &'s Snapshot,
        sites: Option<&[Name]>,
        fingerprint: Option<Fingerprint>,
    ) -> Option<Blob<'s>> {
        let fits = seen.state.blob()?.and_then(|blob| {
            if let Some(fingerprint) = fingerprint {
                blob.check(sites, fingerprint)?;
            }
            Ok(blob)
        });
        match fits {
            Ok(blob) => seen.stands(blob),
            Err(why) => {
                self.counters.unusable(why);
                None
            }
        }
    }

    /// An entry that was usable has a body that its codec does not read.
    pub(crate) fn unreadable(&self) {
        self.counters.broken();
    }
}
