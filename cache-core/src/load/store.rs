//! What a look-up, a load and a refresh do in the store that backs a near tier.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::backing::Backing;
use super::request::{LoadRequest, Wants};
use crate::clock::{self, Moment};
use crate::entry::{AnyEntry, BY_HAND, Meta, Origin};
use crate::error::Result;
use crate::far::{BESIDE, Lease, NewEntry, Snapshot, WriteOutcome};
use crate::generation::Generation;
use crate::marks::Slot;
use crate::name::{HAND, Name};
use crate::policy::{Freshness, Life};
use crate::rule::{self, Rule};

/// What is known of the store behind before a load.
pub(super) enum Asked {
    /// It was not asked.
    NotYet,
    /// It did not answer.
    InVain,
    /// It has nothing of use.
    Saw(Snapshot),
    /// It has a value that is past its life, expired, or due for a refresh.
    Stale(Snapshot, Arc<dyn AnyEntry>),
}

impl Backing<'_> {
    /// What the store has under the key of a request, or what was seen there instead.
    /// `generation` was taken before this call.
    pub(super) async fn look(
        &self,
        request: &LoadRequest<'_>,
        generation: &Generation,
    ) -> Result<Arc<dyn AnyEntry>, Asked> {
        let key = self.key_of(&request.key);
        let with_ttl = request.patience.is_some() || self.wants_ttl(request.near);
        let Ok(seen) = self.far.read_one(&key, &request.names, with_ttl).await else {
            return Err(Asked::InVain);
        };
        if let Some(entry) = self.any_entry(request, &seen, generation) {
            return wanted(request, entry).map_err(|stale| Asked::Stale(seen, stale));
        }
        match self.look_beside(request, &seen).await {
            Ok(Some(seen)) => match self.any_entry(request, &seen, generation) {
                Some(entry) => wanted(request, entry).map_err(|stale| Asked::Stale(seen, stale)),
                None => Err(Asked::Saw(seen)),
            },
            Ok(None) => Err(Asked::Saw(seen)),
            Err(_counted) => Err(Asked::InVain),
        }
    }

    /// What lies beside the value of another type that was seen under the key; none if it is no such value.
    ///
    /// # Errors
    ///
    /// If the store could not be asked.
    pub(super) async fn look_beside(
        &self,
        request: &LoadRequest<'_>,
        seen: &Snapshot,
    ) -> Result<Option<Snapshot>> {
        let fingerprint = (self.format)().fingerprint();
        if !seen.is_of_another_type(fingerprint) {
            return Ok(None);
        }
        let (key, names) = (self.key_at(&request.key, true), names_at(request, true));
        let with_ttl = request.patience.is_some() || self.wants_ttl(request.near);
        self.far.read_one(&key, &names, with_ttl).await.map(Some)
    }

    /// The entry of a request in what was seen under its key, if it may be used.
    pub(super) fn entry(
        &self,
        request: &LoadRequest<'_>,
        seen: &Snapshot,
        generation: &Generation,
    ) -> Option<Arc<dyn AnyEntry>> {
        fresh(request, self.any_entry(request, seen, generation)?).ok()
    }

    /// The entry of a request in what was seen under its key, which may be past its life or expired.
    fn any_entry(
        &self,
        request: &LoadRequest<'_>,
        seen: &Snapshot,
        generation: &Generation,
    ) -> Option<Arc<dyn AnyEntry>> {
        let sites = self.site.map(|site| [site, HAND]);
        let sites = sites.as_ref().map(<[_; 2]>::as_slice);
        let fingerprint = (self.format)().fingerprint();
        let blob = self.far.any_entry(seen, sites, Some(fingerprint))?;
        // Where the store forgets an entry that has no end, it ends then.
        let times = blob.times();
        let ttl = times.soft.or(times.hard).or(seen.left());
        let life = Life::of_age(seen.asked, seen.age(&blob), ttl);
        let origin = match self.site {
            _ if blob.identity().site == HAND => BY_HAND,
            Some(_) => request.asker.origin,
            None => Origin::of_some_site(),
        };
        let slots = request.near.slots(blob.names().map(|born| born.name));
        let mut generation = generation.renamed(slots);
        if seen.has_expired(&blob) {
            generation = generation.with(&[Slot::EXPIRED], None);
        }
        let meta = Meta::new(generation, life, origin, 0)
            .stamped(blob.names().collect())
            .named(|| blob.names().map(|born| born.name).collect());
        let plan = request.plan_of(&meta, times.cost);
        let meta = meta.planned(plan, None);
        let Some(entry) = (self.format)().decode(blob.codec(), blob.body(), meta) else {
            self.far.unreadable();
            return None;
        };
        entry.bind(seen.asked.after(self.near_ttl), request.due(&entry));
        if !request.near.keeps_nothing() {
            let start = seen.start.as_ref();
            let key = self.key_at(&request.key, seen.is_beside);
            self.far.arm(start, &key, request.near.core(), &entry);
        }
        Some(entry)
    }

    /// The lease of the key, over what was seen there; or the value that somebody has written meanwhile. No lease if the
    /// store does not give one.
    pub(super) async fn lease(
        &self,
        request: &LoadRequest<'_>,
        seen: Snapshot,
        generation: &Generation,
    ) -> Result<Arc<dyn AnyEntry>, Option<Lease>> {
        let key = self.key_at(&request.key, seen.is_beside);
        let names = names_at(request, seen.is_beside);
        match self.far.lease(&key, &names, seen).await {
            Ok(Ok(lease)) => Err(Some(lease)),
            Ok(Err(seen)) => {
                let theirs = self.any_entry(request, &seen, generation).ok_or(None)?;
                match fresh(request, theirs) {
                    Ok(entry) => Ok(entry),
                    Err(_stale) => Err(self.claim_over(request, seen).await.ok()),
                }
            }
            Err(_counted) => Err(None),
        }
    }

    /// The right to replace this stale value in the store, which stays there until then.
    ///
    /// # Errors
    ///
    /// If the store could not be asked.
    pub(super) async fn claim_over(
        &self,
        request: &LoadRequest<'_>,
        seen: Snapshot,
    ) -> Result<Lease> {
        let key = self.key_at(&request.key, seen.is_beside);
        let names = names_at(request, seen.is_beside);
        self.far.claim_over(&key, &names, seen).await
    }

    /// Writes a loaded value, and settles what it is good for here: what was invalidated meanwhile is dead, and what the
    /// store could not confirm is used no longer than if the store had been asked when its load began.
    ///
    /// # Errors
    ///
    /// If the store could not be asked.
    pub(crate) async fn keep(
        &self,
        request: &LoadRequest<'_>,
        lease: Option<&Lease>,
        entry: &Arc<dyn AnyEntry>,
        begun: Moment,
    ) -> Result<WriteOutcome> {
        let Some(lease) = lease else {
            self.unconfirmed(request, entry, begun);
            return Ok(WriteOutcome::Unknown);
        };
        let now = clock::now();
        let ttl = entry.life().left(now);
        if ttl == Some(Duration::ZERO) {
            // Nobody has asked whether it was invalidated meanwhile.
            self.unconfirmed(request, entry, begun);
            self.far.withdraw(lease).await?;
            return Ok(WriteOutcome::Good);
        }
        let new = NewEntry {
            key: &lease.key,
            site: self.site.unwrap_or(HAND),
            format: (self.format)(),
            value: entry.any_value(),
            ttl,
            stale_for: request.rules().window(),
            cost: now.since(begun),
        };
        let start = self.far.write_start(&lease.key);
        let kept = self.far.write(lease, &new).await;
        match &kept {
            Ok(WriteOutcome::Good | WriteOutcome::NotStored { good: true, .. }) => {
                Self::bind(request, entry, now.after(self.near_ttl));
                if matches!(kept, Ok(WriteOutcome::Good)) {
                    let near = request.near.core();
                    self.far.arm(start.as_ref(), &lease.key, near, entry);
                }
            }
            Ok(WriteOutcome::Invalidated) => {
                // Its caller has it all the same, and what that makes of it is nobody else's.
                if !rule::is_left_out(Rule::DeadPartsEndAtOnce) {
                    Self::bind(request, entry, begun);
                }
                entry.generation.kill();
            }
            Ok(WriteOutcome::Unknown | WriteOutcome::NotStored { good: false, .. }) | Err(_) => {
                self.unconfirmed(request, entry, begun);
            }
        }
        kept
    }

    /// Settles what a loaded value is good for that is not to be stored, under its lease where the store is to be asked.
    pub(super) async fn confirm(
        &self,
        request: &LoadRequest<'_>,
        lease: Option<&Lease>,
        entry: &Meta,
        begun: Moment,
    ) {
        let now = clock::now();
        let is_good = match lease {
            Some(lease) => self.far.is_good(lease).await,
            None => Ok(false),
        };
        match is_good {
            Ok(true) => Self::bind(request, entry, now.after(self.near_ttl)),
            _ => self.unconfirmed(request, entry, begun),
        }
    }

    /// Where every call must ask the store, those who have waited cannot share what it has not confirmed. What is made of it
    /// ends all the same.
    fn unconfirmed(&self, request: &LoadRequest<'_>, entry: &Meta, begun: Moment) {
        let bound = entry.bound().min(begun.after(self.near_ttl));
        Self::bind(request, entry, bound);
        if request.near.keeps_nothing() {
            entry.generation.kill();
        }
    }

    fn bind(request: &LoadRequest<'_>, entry: &Meta, bound: Moment) {
        entry.bind(bound, request.due(entry));
    }
}

/// The entry, if it is what the request wants.
fn wanted(
    request: &LoadRequest<'_>,
    entry: Arc<dyn AnyEntry>,
) -> Result<Arc<dyn AnyEntry>, Arc<dyn AnyEntry>> {
    let is_due = clock::now() >= request.due(&entry);
    if is_due && request.wants == Wants::NotDue {
        return Err(entry);
    }
    fresh(request, entry)
}

/// The entry, if its life has not ended and it has not expired.
fn fresh(
    request: &LoadRequest<'_>,
    entry: Arc<dyn AnyEntry>,
) -> Result<Arc<dyn AnyEntry>, Arc<dyn AnyEntry>> {
    if request.past_its_time(&entry) == Freshness::Due {
        Ok(entry)
    } else {
        Err(entry)
    }
}

/// The names that an entry is known to carry.
fn names_at<'m>(request: &'m LoadRequest<'_>, is_beside: bool) -> Cow<'m, [Name]> {
    if is_beside {
        Cow::Owned(request.names.iter().copied().chain([BESIDE]).collect())
    } else {
        Cow::Borrowed(&request.names)
    }
}
