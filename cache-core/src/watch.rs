//! Watching: the history of all sites, their latest misses, and what can be learned from these.
//!
//! It begins with the first who asks for it, because it costs memory and every miss a little. A thread of its own then notes the sums of
//! all sites every five seconds. Hits go on as before.

use std::borrow::Cow;
use std::sync::{Condvar, Mutex, Once, PoisonError};
use std::thread;
use std::time::Duration;

use once_cell::sync::OnceCell;

use crate::caches;
use crate::clock::{self, Moment};
use crate::site::{Site, all_sites};
#[cfg(feature = "dashboard")]
use crate::stats::StudyResult;
use crate::stats::{self, PartReport, Period, Stats, StudyTerms, Window};
use crate::why::{MissCause, Why};

pub(crate) use self::keys::reader_of;

mod keys;

/// How often sums are noted.
const STEP: Duration = Duration::from_secs(5);

/// So many entries of a site are looked at to tell how many are alive.
pub(crate) const SAMPLE: usize = 1_024;

static BEGUN: Once = Once::new();
static SINCE: OnceCell<Moment> = OnceCell::new();

/// Begins to watch all functions, pages and layers of the program: from now on there are rates over the last minute, hour and day, and
/// the reasons and keys of the latest misses. The dashboard and `CacheMonitor` do this themselves.
///
/// It takes about 100 KB for each function that is called, and a thread that wakes every five seconds.
pub fn watch() {
    BEGUN.call_once(|| {
        stats::turn_on();
        // What was counted before says nothing of the time from now on.
        tick();
        let _ = SINCE.set(clock::now());
        let thread = thread::Builder::new().name("cache-watch".into());
        // Where the system refuses the thread, readers note the sums themselves.
        let _ = thread.spawn(|| {
            loop {
                tick();
                pause();
            }
        });
    });
}

/// For how long the program has been watched.
#[cfg(feature = "dashboard")]
pub(crate) fn watched_for() -> Duration {
    let since = SINCE.get();
    since.map_or(Duration::ZERO, |since| clock::now().since(*since))
}

fn pause() {
    static NEVER: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());
    let guard = NEVER.0.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = NEVER.1.wait_timeout(guard, STEP);
}

/// Notes the sums of all sites that were called, and reads the misses that they have noted.
pub(crate) fn tick() {
    for site in all_sites() {
        let stats = site.counted();
        if stats.was_called() {
            study(site, &stats);
            let history = &mut site.counters.watched().history();
            if let Some(since) = SINCE.get() {
                history.begin(*since);
            }
            history.tick(clock::now(), &stats);
        }
    }
}

/// What was counted of a site in the window before now; `None` if it is not watched yet.
pub(crate) fn last(site: &'static Site, window: Window, stats: &Stats) -> Option<Period> {
    let history = site.counters.watched().history();
    history.last(window, clock::now(), stats)
}

/// The parts of a window, the oldest first.
#[cfg(feature = "dashboard")]
pub(crate) fn parts(site: &'static Site, window: Window) -> Vec<Period> {
    let history = site.counters.watched().history();
    history.parts(window, clock::now())
}

/// A miss, as users see it.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "dashboard"),
    expect(dead_code, reason = "the dashboard alone shows it")
)]
pub(crate) struct RecentMiss {
    pub(crate) ago: Duration,
    pub(crate) key: Option<String>,
    pub(crate) why: Why,
}

/// The latest misses of a site, the latest first.
pub(crate) fn recent(site: &'static Site) -> Vec<RecentMiss> {
    let watched = site.counters.watched();
    let misses = watched.recent().into_iter();
    let shown = misses.map(|miss| RecentMiss {
        ago: clock::now().since(miss.at),
        key: miss.key.map(|key| watched.text_of(&key)),
        why: MissCause::from_bits(miss.cause).explain(),
    });
    shown.collect()
}

/// What each part of the keys of a site does to its hits, by its name.
pub(crate) fn key_parts(site: &'static Site) -> Vec<(Cow<'static, str>, PartReport)> {
    let counters = &site.counters;
    counters.watched().parts(counters.requests())
}

/// What the site would hit with other capacities and ttls, as far as it was studied.
#[cfg(feature = "dashboard")]
pub(crate) fn study_of(site: &'static Site) -> Option<(StudyResult, StudyTerms)> {
    let terms = terms(site, &site.counted());
    site.counters.look(&terms);
    let result = site.counters.watched().study().result(&terms)?;
    result.is_enough().then_some((result, terms))
}

fn study(site: &'static Site, stats: &Stats) {
    let terms = terms(site, stats);
    site.counters.look(&terms);
    site.counters.begin_study(&terms);
}

fn terms(site: &'static Site, stats: &Stats) -> StudyTerms {
    let (census, bound) = site.census(SAMPLE);
    let minute = last(site, Window::Minute, stats);
    let rate = minute.map_or(0.0, |minute| {
        let requests = minute.counts.hits + minute.counts.misses;
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let requests = requests as f64;
        requests / minute.span.as_secs_f64().max(1.0)
    });
    let shared = || Some(caches::in_use()?.named(site.info().cache).entries());
    let capacity = bound.or_else(shared);
    StudyTerms {
        now: clock::now(),
        requests: stats.hits + stats.misses,
        rate,
        entries: census.entries,
        // A function that shares a cache has the room of that.
        capacity: capacity.map_or(census.entries, |capacity| capacity as u64),
        ttl: census.ttl,
    }
}
