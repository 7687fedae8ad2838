//! Studies: now and then the requests of a site are looked at, for its miss-ratio curve.
//!
//! A study takes a sample of the keys. A hit of another key costs one comparison; one of the sample leaves its hash in a ring, which whoever
//! watches empties. A study ends after a million requests of the sample or after an hour, and the next begins ten minutes later: in
//! between, hits run at full speed, and over all that time a study costs little.

// Nothing depends on what is looked at, so the models leave it out.
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use once_cell::sync::OnceCell;

use super::curve::{Curve, CurveSampler};
use crate::clock::{self, Moment};

/// So many requests wait to be looked at; while there are more, the oldest are overwritten.
const RING: usize = 1 << 12;

/// After so many requests of the sample a study ends.
const REQUESTS: u64 = 1 << 20;

/// After this time it ends at the latest.
const LONGEST: Duration = Duration::from_secs(3_600);

/// How long it is until the next.
const PAUSE: Duration = Duration::from_secs(600);

/// A study begins with so few keys that about so many requests a second are looked at.
const PER_SECOND: f64 = 5_000.0;

/// It has so many keys at least, as far as the site has them.
const LEAST_KEYS: f64 = 512.0;

/// The curve goes up to so many times the capacity.
const UP_TO: u64 = 8;

/// The ttls that a curve compares, as parts of the present one.
const PARTS_OF_TTL: [(u32, u32); 7] = [(1, 8), (1, 4), (1, 2), (1, 1), (2, 1), (4, 1), (8, 1)];

/// The same where there is none, in seconds.
const WITHOUT_TTL: [u64; 6] = [10, 60, 600, 3_600, 21_600, 86_400];

/// What is looked at of a site.
#[derive(Debug, Default)]
pub(crate) struct Study {
    ring: OnceCell<Box<[WaitingAccess]>>,
    /// How many were put there so far, and taken.
    put: AtomicUsize,
    taken: AtomicUsize,
    progress: Mutex<Progress>,
}

/// A request that waits to be looked at.
#[derive(Debug, Default)]
struct WaitingAccess {
    /// The hash of its key; the lowest bit says that the entry had been invalidated.
    hash: AtomicU64,
    /// When it was, as bits.
    at: AtomicU64,
}

/// Where a study stands.
#[derive(Debug, Default)]
struct Progress {
    running: Option<Box<RunningStudy>>,
    ended: Option<Moment>,
    /// What the last one has told.
    told: Option<StudyResult>,
}

#[derive(Debug)]
struct RunningStudy {
    sampler: CurveSampler,
    /// The part of the keys that are looked at at all.
    of_keys: f64,
    /// Keys with a hash below this are.
    below: u64,
    begun: Moment,
    /// The requests of the site before.
    before: u64,
    looked_at: u64,
}

/// What a study has told.
#[derive(Clone, Debug)]
pub(crate) struct StudyResult {
    curve: Arc<Curve>,
    of_keys: f64,
    /// On how many requests of the site it rests.
    pub(crate) requests: u64,
}

/// What is known of a site that may be studied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StudyTerms {
    pub(crate) now: Moment,
    /// All requests so far.
    pub(crate) requests: u64,
    /// Requests a second, of late.
    pub(crate) rate: f64,
    pub(crate) entries: u64,
    pub(crate) capacity: u64,
    /// How long an entry lives.
    pub(crate) ttl: Option<Duration>,
}

impl Study {
    /// Notes a request of the sample. Tells whether it is time to [look](Self::look) at what waits.
    pub(super) fn note(&self, hash: u64, lost: bool) -> bool {
        let Some(ring) = self.ring.get() else {
            return false;
        };
        let at = self.put.fetch_add(1, Ordering::Relaxed);
        let waiting = &ring[at % RING];
        let noted = hash & !1 | u64::from(lost);
        waiting.hash.store(noted, Ordering::Relaxed);
        waiting.at.store(clock::now().to_bits(), Ordering::Relaxed);
        at.wrapping_sub(self.taken.load(Ordering::Relaxed)) >= RING / 2
    }

    /// Looks at what waits, and begins or ends a study where it is time. Keys with a hash below what is returned are to be noted from
    /// now on; `None` if somebody else looks just now.
    pub(super) fn look(&self, terms: &StudyTerms) -> Option<u64> {
        let mut progress = self.progress.try_lock().ok()?;
        if let Some(running) = &mut progress.running {
            self.empty(running, terms);
        }
        let has_ended = progress.running.as_ref().is_some_and(|running| {
            running.looked_at >= REQUESTS || terms.now.since(running.begun) >= LONGEST
        });
        if has_ended {
            progress.told = progress.running.take().map(|ended| ended.tell(terms));
            progress.ended = Some(terms.now);
        }
        Some(
            progress
                .running
                .as_ref()
                .map_or(0, |running| running.noted_below()),
        )
    }

    /// Begins a study, unless one is running or has just ended.
    pub(super) fn begin(&self, terms: &StudyTerms) {
        let mut progress = self.progress();
        let ended = progress.ended;
        if progress.running.is_some() || ended.is_some_and(|at| terms.now.since(at) < PAUSE) {
            return;
        }
        let empty = || (0..RING).map(|_| WaitingAccess::default()).collect();
        self.ring.get_or_init(empty);
        self.taken
            .store(self.put.load(Ordering::Relaxed), Ordering::Relaxed);
        progress.running = Some(Box::new(RunningStudy::begin(terms)));
    }

    /// What the study that runs tells so far, or the last one.
    pub(crate) fn result(&self, terms: &StudyTerms) -> Option<StudyResult> {
        let progress = self.progress();
        let running = progress.running.as_ref();
        let running = running.filter(|running| running.looked_at > 0);
        match (&progress.told, running) {
            // The more it rests on, the better.
            (Some(told), Some(running)) if running.looked_at < REQUESTS / 2 => Some(told.clone()),
            (_, Some(running)) => Some(running.tell(terms)),
            (told, None) => told.clone(),
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what waits out of the ring.
    fn empty(&self, running: &mut RunningStudy, terms: &StudyTerms) {
        let Some(ring) = self.ring.get() else { return };
        let put = self.put.load(Ordering::Relaxed);
        let waiting = put
            .wrapping_sub(self.taken.load(Ordering::Relaxed))
            .min(RING);
        for at in 0..waiting {
            let at = put.wrapping_sub(waiting - at);
            let waiting = &ring[at % RING];
            let noted = waiting.hash.load(Ordering::Relaxed);
            let at = Moment::from_bits(waiting.at.load(Ordering::Relaxed));
            running.see(noted, at, terms);
        }
        self.taken.store(put, Ordering::Relaxed);
    }
}

/// How many hashes there are.
const HASHES: f64 = 18_446_744_073_709_551_616.0;

impl RunningStudy {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a part of the keys need not be exact"
    )]
    fn begin(terms: &StudyTerms) -> Self {
        let few = LEAST_KEYS / (terms.entries as f64).max(1.0);
        let of_keys = (PER_SECOND / terms.rate.max(1.0)).max(few).min(1.0);
        let ttls: Vec<u64> = match terms.ttl {
            Some(ttl) => PARTS_OF_TTL
                .iter()
                .map(|part| nanos(ttl.saturating_mul(part.0) / part.1))
                .collect(),
            None => WITHOUT_TTL
                .iter()
                .map(|ttl| nanos(Duration::from_secs(*ttl)))
                .collect(),
        };
        let most = terms.capacity.saturating_mul(UP_TO);
        let most = (most as f64 * of_keys).max(1.0) as u64;
        Self {
            sampler: CurveSampler::new(&ttls, most),
            of_keys,
            below: (of_keys * HASHES) as u64,
            begun: terms.now,
            before: terms.requests,
            looked_at: 0,
        }
    }

    fn see(&mut self, noted: u64, at: Moment, terms: &StudyTerms) {
        let (hash, lost) = (noted & !1, noted & 1 == 1);
        if hash >= self.below {
            return;
        }
        self.looked_at += 1;
        // To the sampler these are all the keys that there are.
        let spread = (u128::from(hash) << 64) / u128::from(self.below.max(1));
        let spread = u64::try_from(spread).unwrap_or(u64::MAX);
        let requests = self.requests(terms);
        let now = nanos(at.since(self.begun));
        self.sampler.see(spread, now, lost, || requests);
    }

    /// Keys with a hash below this are to be noted.
    fn noted_below(&self) -> u64 {
        let below = (u128::from(self.sampler.threshold()) * u128::from(self.below)) >> 64;
        // Rounded up, and the lowest bit is not a part of a hash.
        u64::try_from(below + 2).unwrap_or(u64::MAX).min(self.below)
    }

    /// The requests of the keys that are looked at.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate"
    )]
    fn requests(&self, terms: &StudyTerms) -> u64 {
        let of_site = terms.requests.saturating_sub(self.before);
        (of_site as f64 * self.of_keys) as u64
    }

    fn tell(&self, terms: &StudyTerms) -> StudyResult {
        StudyResult {
            curve: Arc::new(self.sampler.curve(self.requests(terms).max(self.looked_at))),
            of_keys: self.of_keys,
            requests: terms.requests.saturating_sub(self.before),
        }
    }
}

impl StudyResult {
    /// The part of the requests that hit with so many entries and this ttl; `None` if the ttl is none of those that were compared.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a part of the keys need not be exact"
    )]
    pub(crate) fn hit_ratio(&self, entries: u64, ttl: Option<Duration>) -> Option<f64> {
        let entries = (entries as f64 * self.of_keys) as u64;
        self.curve.hit_ratio(entries, ttl.map(nanos))
    }

    /// The ttls that were compared; at last none.
    pub(crate) fn ttls(&self) -> impl Iterator<Item = Option<Duration>> {
        let lines = self.curve.lines().iter();
        lines.map(|line| line.ttl().map(Duration::from_nanos))
    }

    /// Whether it rests on enough requests to be shown.
    pub(crate) fn is_enough(&self) -> bool {
        self.curve.sampled() >= 1_000
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(all(test, not(cache_loom)))]
#[allow(clippy::unwrap_used, reason = "a test fails so")]
mod tests {
    use super::*;

    fn terms(requests: u64, rate: f64) -> StudyTerms {
        StudyTerms {
            now: clock::now(),
            requests,
            rate,
            entries: 1_000,
            capacity: 500,
            ttl: None,
        }
    }

    /// A number that looks random, for a key.
    fn hash(key: u64) -> u64 {
        let mixed = (key + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    }

    /// Requests of `keys` in a loop: all of them hit if there is room for all, and none if not.
    fn studied(keys: u64, rate: f64) -> StudyResult {
        let study = Study::default();
        study.begin(&terms(0, rate));
        let mut below = study.look(&terms(0, rate)).unwrap();
        for request in 0..200_000 {
            let hash = hash(request % keys);
            if hash < below && study.note(hash, false) {
                below = study.look(&terms(request, rate)).unwrap();
            }
        }
        study.look(&terms(200_000, rate));
        study.result(&terms(200_000, rate)).unwrap()
    }

    #[test]
    fn a_study_tells_how_many_entries_a_loop_needs() {
        for rate in [1.0, 20_000.0] {
            let told = studied(1_000, rate);
            assert!(told.is_enough() && told.requests == 200_000);
            assert!(told.hit_ratio(500, None).unwrap() < 0.05, "{rate}");
            assert!(told.hit_ratio(1_200, None).unwrap() > 0.95, "{rate}");
            assert_eq!(told.ttls().count(), WITHOUT_TTL.len() + 1);
        }
    }

    #[test]
    fn a_study_ends_and_rests_before_the_next() {
        let study = Study::default();
        let begin = terms(0, 1.0);
        assert_eq!(study.look(&begin), Some(0));
        assert!(!study.note(7, false), "nothing is looked at yet");
        study.begin(&begin);
        assert!(study.look(&begin).unwrap() > 1 << 60);
        let at = |seconds| StudyTerms {
            now: begin.now.after(Duration::from_secs(seconds)),
            ..begin
        };
        assert_eq!(study.look(&at(3_600)), Some(0));
        study.begin(&at(3_700));
        assert_eq!(study.look(&at(3_700)), Some(0));
        study.begin(&at(4_200));
        assert!(study.look(&at(4_200)).unwrap() > 0);
    }
}
