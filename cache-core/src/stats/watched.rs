//! What is noted of a site beside its counters, where somebody watches: on the dashboard, or for the audit.
//!
//! Misses are noted with their keys. Hits note nothing but, of a sample of the keys, that they were asked for.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::hash::BuildHasher;
// Nothing depends on what is noted, so the models leave it out.
use std::sync::atomic::{AtomicBool, Ordering};

use once_cell::sync::OnceCell;

use super::distinct::{KeyParts, PartReport};
use super::history::History;
use super::study::Study;
use crate::clock::Moment;
use crate::sync::{Mutex, MutexGuard};

/// Whether anybody watches.
static ON: AtomicBool = AtomicBool::new(false);

/// So many misses are shown.
const SHOWN: usize = 100;

/// The longest key that is noted.
const LONGEST: usize = 1_024;

/// A miss as it is noted.
#[derive(Clone, Debug)]
pub(crate) struct NotedMiss {
    pub(crate) at: Moment,
    /// The text of the key, where it has one.
    pub(crate) key: Option<Box<[u8]>>,
    /// The bits of a `MissCause`.
    pub(crate) cause: u32,
}

/// Reads the keys of a site.
pub(crate) trait ReadKey: std::fmt::Debug + Send + Sync {
    /// A key as it is shown.
    fn text(&self, key: &[u8]) -> String;

    /// The parts of a key, each with its name; the names and their number are the same for all keys of a site.
    fn parts(&self, key: &[u8]) -> Vec<NamedPart>;
}

/// A part of a key: its name, as the user has written it, and its value.
pub(crate) type NamedPart = (Cow<'static, str>, Vec<u8>);

/// What is noted of a site.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    history: Mutex<History>,
    recent: Mutex<VecDeque<NotedMiss>>,
    reader: OnceCell<Box<dyn ReadKey>>,
    parts: Mutex<NamedParts>,
    pub(super) study: Study,
}

/// The parts of the keys, and their names.
#[derive(Debug, Default)]
struct NamedParts {
    names: Vec<Cow<'static, str>>,
    sketches: KeyParts,
}

impl Watched {
    pub(crate) fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock()
    }

    pub(crate) fn study(&self) -> &Study {
        &self.study
    }

    /// What reads the keys of the site.
    pub(crate) fn reader(&self, make: impl FnOnce() -> Box<dyn ReadKey>) -> &dyn ReadKey {
        &**self.reader.get_or_init(make)
    }

    /// Apart, because it is large while it is made: misses that nobody watches do not carry the room for it.
    #[cold]
    #[inline(never)]
    pub(crate) fn boxed() -> Box<Self> {
        Box::default()
    }

    /// A key as users know it.
    pub(crate) fn text_of(&self, key: &[u8]) -> String {
        let lossy = || String::from_utf8_lossy(key).into_owned();
        self.reader
            .get()
            .map_or_else(lossy, |reader| reader.text(key))
    }

    /// Notes a miss. `requests` gives the number of all requests of the site so far.
    pub(super) fn note_miss(&self, mut miss: NotedMiss, requests: impl FnOnce() -> u64) {
        miss.key.take_if(|key| key.len() > LONGEST);
        if let (Some(key), Some(reader)) = (&miss.key, self.reader.get()) {
            self.note_parts(reader.parts(key), miss.at, requests);
        }
        let mut recent = self.recent.lock();
        if recent.len() == SHOWN {
            recent.pop_front();
        }
        recent.push_back(miss);
    }

    fn note_parts(&self, parts: Vec<NamedPart>, at: Moment, requests: impl FnOnce() -> u64) {
        let hash = |value: &[u8]| foldhash::fast::FixedState::default().hash_one(value);
        let hashes: Vec<u64> = parts.iter().map(|(_, value)| hash(value)).collect();
        let since_start = at.since(Moment::from_bits(0));
        let now = u64::try_from(since_start.as_nanos()).unwrap_or(u64::MAX);
        let mut named = self.parts.lock();
        if named.names.len() != parts.len() {
            named.names = parts.into_iter().map(|(name, _)| name).collect();
        }
        named.sketches.see(&hashes, now, requests);
    }

    /// What each part of the keys does, by its name, where the site had so many requests so far.
    pub(crate) fn parts(&self, requests: u64) -> Vec<(Cow<'static, str>, PartReport)> {
        let named = self.parts.lock();
        let reports = named.sketches.report(requests).into_iter();
        reports
            .filter_map(|report| Some((named.names.get(report.index)?.clone(), report)))
            .collect()
    }

    /// The latest misses, the latest first.
    pub(crate) fn recent(&self) -> Vec<NotedMiss> {
        self.recent.lock().iter().rev().cloned().collect()
    }
}

/// Whether anybody watches.
#[inline]
pub(crate) fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// Somebody watches from now on.
pub(crate) fn turn_on() {
    ON.store(true, Ordering::Relaxed);
}
