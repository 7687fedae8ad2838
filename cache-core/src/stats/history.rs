//! The statistics of a site over the last minute, hour and day.
//!
//! What is kept are sums at moments, so that the counts of a time are a difference.

use std::collections::VecDeque;
use std::time::Duration;

use super::{MissCounts, Stats, Timings};
use crate::clock::Moment;

/// The times that are looked at, each with the parts in which it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Window {
    /// A minute, in parts of five seconds.
    Minute,
    /// An hour, in parts of a minute.
    Hour,
    /// A day, in parts of a quarter of an hour.
    Day,
}

impl Window {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Minute, Self::Hour, Self::Day];

    /// Its name on the dashboard.
    #[cfg(feature = "dashboard")]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    const fn part(self) -> Duration {
        Duration::from_secs(match self {
            Self::Minute => 5,
            Self::Hour => 60,
            Self::Day => 900,
        })
    }

    const fn parts(self) -> usize {
        match self {
            Self::Minute => 12,
            Self::Hour => 60,
            Self::Day => 96,
        }
    }

    fn length(self) -> Duration {
        #[expect(clippy::cast_possible_truncation, reason = "at most 96")]
        let parts = self.parts() as u32;
        self.part() * parts
    }
}

/// What was counted in some time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Period {
    pub(crate) counts: Stats,
    /// How long ago it ended.
    pub(crate) ago: Duration,
    pub(crate) span: Duration,
}

/// The sums of a site at moments.
#[derive(Debug, Default)]
pub(crate) struct History {
    windows: [VecDeque<(Moment, Sums)>; Window::ALL.len()],
}

/// The sums at a moment. Those of loads wrap around, which a difference does not notice.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    hits: u64,
    load_nanos: u64,
    store_hits: u32,
    stale_hits: u32,
    missed: [u32; super::MissReason::ALL.len()],
    coalesced: u32,
    bypassed: u32,
    loads: u32,
    refreshes: u32,
    wasted: u32,
    errors: u32,
    evictions: u32,
}

impl History {
    /// Begins the history of what was not called before this moment, unless it has begun.
    pub(crate) fn begin(&mut self, at: Moment) {
        for kept in &mut self.windows {
            if kept.is_empty() {
                kept.push_back((at, Sums::default()));
            }
        }
    }

    /// Notes the sums at this moment, where a part of a window has ended.
    pub(crate) fn tick(&mut self, now: Moment, stats: &Stats) {
        let sums = Sums::of(stats);
        for (window, kept) in Window::ALL.into_iter().zip(&mut self.windows) {
            let is_due = kept
                .back()
                .is_none_or(|(last, _)| now.since(*last) >= window.part());
            if !is_due {
                continue;
            }
            // One more than the parts, so that the first of them has a beginning.
            if kept.len() > window.parts() {
                kept.pop_front();
            }
            kept.push_back((now, sums));
        }
    }

    /// What was counted in the window before now; in less time, where the history is younger.
    pub(crate) fn last(&self, window: Window, now: Moment, stats: &Stats) -> Option<Period> {
        let kept = &self.windows[window as usize];
        let begin = now.before(window.length());
        let before = kept.iter().rev().find(|(at, _)| *at <= begin);
        let (at, sums) = before.or(kept.front())?;
        Some(Period {
            counts: Sums::of(stats).since(sums),
            ago: Duration::ZERO,
            span: now.since(*at).min(window.length()),
        })
    }

    /// The parts of a window, the oldest first.
    pub(crate) fn parts(&self, window: Window, now: Moment) -> Vec<Period> {
        let kept = &self.windows[window as usize];
        let parts = kept.iter().zip(kept.iter().skip(1));
        let parts = parts.filter(|(_, (end, _))| now.since(*end) < window.length());
        let period = |((begin, first), (end, last)): (&(Moment, Sums), &(Moment, Sums))| Period {
            counts: last.since(first),
            ago: now.since(*end),
            span: end.since(*begin),
        };
        parts.map(period).collect()
    }
}

impl Sums {
    #[expect(clippy::cast_possible_truncation, reason = "differences of them count")]
    fn of(stats: &Stats) -> Self {
        Self {
            hits: stats.hits,
            load_nanos: stats.load_times.total.as_nanos() as u64,
            store_hits: stats.store_hits as u32,
            stale_hits: stats.stale_hits as u32,
            missed: stats.missed.0.map(|misses| misses as u32),
            coalesced: stats.coalesced as u32,
            bypassed: stats.bypassed as u32,
            loads: stats.loads as u32,
            refreshes: stats.refreshes as u32,
            wasted: stats.wasted_refreshes as u32,
            errors: stats.errors as u32,
            evictions: stats.evictions as u32,
        }
    }

    /// What was counted since `earlier`.
    fn since(&self, earlier: &Self) -> Stats {
        let part = |now: u32, then: u32| u64::from(now.wrapping_sub(then));
        let mut missed = MissCounts::default();
        for (at, count) in missed.0.iter_mut().enumerate() {
            *count = part(self.missed[at], earlier.missed[at]);
        }
        let loads = part(self.loads, earlier.loads);
        Stats {
            hits: self.hits.wrapping_sub(earlier.hits),
            store_hits: part(self.store_hits, earlier.store_hits),
            stale_hits: part(self.stale_hits, earlier.stale_hits),
            misses: missed.total(),
            missed,
            coalesced: part(self.coalesced, earlier.coalesced),
            bypassed: part(self.bypassed, earlier.bypassed),
            loads,
            load_times: Timings {
                count: loads,
                total: Duration::from_nanos(self.load_nanos.wrapping_sub(earlier.load_nanos)),
                ..Timings::default()
            },
            refreshes: part(self.refreshes, earlier.refreshes),
            wasted_refreshes: part(self.wasted, earlier.wasted),
            errors: part(self.errors, earlier.errors),
            evictions: part(self.evictions, earlier.evictions),
            ..Stats::default()
        }
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;
    use crate::clock;

    fn hits(hits: u64) -> Stats {
        Stats {
            hits,
            ..Stats::default()
        }
    }

    /// One hit a second for a day and more.
    #[test]
    fn each_window_has_what_was_counted_in_it() {
        let (begin, mut history) = (clock::now(), History::default());
        let at = |second: u64| begin.after(Duration::from_secs(second));
        for second in (0..100_000).step_by(5) {
            history.tick(at(second), &hits(second));
        }
        let now = 99_995 + 3;
        for (window, length) in Window::ALL.into_iter().zip([60, 3_600, 86_400]) {
            let last = history.last(window, at(now), &hits(now)).unwrap();
            let more = window.part().as_secs() + 3;
            assert!(
                (length..=length + more).contains(&last.counts.hits),
                "{window:?}: {last:?}"
            );
            assert_eq!(last.span.as_secs(), length);
            let parts = history.parts(window, at(now));
            assert!(parts.len() >= window.parts() - 1);
            assert!(
                parts
                    .iter()
                    .all(|part| part.counts.hits == part.span.as_secs())
            );
            assert!(parts.is_sorted_by_key(|part| std::cmp::Reverse(part.ago)));
        }
    }

    #[test]
    fn a_young_history_says_how_long_it_is() {
        let (begin, mut history) = (clock::now(), History::default());
        assert!(history.last(Window::Hour, begin, &hits(0)).is_none());
        history.tick(begin, &hits(7));
        let now = begin.after(Duration::from_secs(10));
        let last = history.last(Window::Hour, now, &hits(9)).unwrap();
        assert_eq!((last.counts.hits, last.span.as_secs()), (2, 10));
        assert!(history.parts(Window::Hour, now).is_empty());
    }
}
