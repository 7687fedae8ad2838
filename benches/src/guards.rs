//! `cargo xtask bench --quick`: ratios and sizes that must not grow, as a test, with margins so wide that only a real loss leaves
//! them. A contest whose figures are of time is held up to three times, because other work of the machine only makes them worse.
#![cfg_attr(
    debug_assertions,
    allow(dead_code, reason = "without optimization, nothing is measured")
)]

use crate::contest::Contest;
use crate::results::{Figures, Row};
use crate::{hits, memory, names, ratios, report};

/// What a figure of cache-core may be.
enum Bound {
    Most(f64),
    Least(f64),
    /// So many times the figure of another contender.
    MostTimes(f64, &'static str),
}

struct Guard {
    title: &'static str,
    unit: &'static str,
    contender: &'static str,
    bound: Bound,
}

const fn at_most(title: &'static str, unit: &'static str, limit: f64) -> Guard {
    Guard {
        title,
        unit,
        contender: "cache-core",
        bound: Bound::Most(limit),
    }
}

const fn times_quick_cache(title: &'static str, times: f64) -> Guard {
    Guard {
        title,
        unit: "ns a call",
        contender: "cache-core",
        bound: Bound::MostTimes(times, "quick_cache"),
    }
}

/// The hits of 1,000 that were measured, less twenty.
const fn kept(title: &'static str, measured: f64) -> Guard {
    Guard {
        title,
        unit: "hits of 1,000",
        contender: "cache-core",
        bound: Bound::Least(measured - 20.0),
    }
}

const TRIES: usize = 3;
/// Samples of each contender in a try.
const ROUNDS: usize = 15;

const GUARDS: [Guard; 17] = [
    times_quick_cache("a hit of fn(u64) -> u64, 1,024 keys", 2.5),
    times_quick_cache("a hit of fn(&str, u32) -> Arc<str>, 1,024 keys", 2.5),
    times_quick_cache("a hit of fn(u64) -> u64, 100,000 keys", 6.0),
    Guard {
        title: "a hit with no tag under marks and replacements of other entries",
        unit: "ns",
        contender: "both",
        bound: Bound::MostTimes(2.0, "quiet"),
    },
    at_most("the first call of a function", "allocations", 40.0),
    at_most("the first call of a function", "bytes kept", 2_500.0),
    at_most(
        "the memory of an entry of u64 and u64, full",
        "bytes an entry",
        150.0,
    ),
    kept("what is kept of Zipf(0.99)", 784.0),
    kept("what is kept of Zipf(0.99), a hundredth kept", 590.0),
    kept("what is kept of Zipf(0.8)", 571.0),
    kept("what is kept of Zipf(0.8), a hundredth kept", 314.0),
    kept("what is kept of Zipf(0.99) between scans", 377.0),
    kept("what is kept of a loop of 1.2 times what is kept", 767.0),
    kept("what is kept of a loop of twice what is kept", 460.0),
    kept("what is kept of hot keys that shift", 620.0),
    kept("what is kept of frequency and recency by turns", 478.0),
    kept("what is kept of a flood of keys asked for once", 374.0),
];

/// Holds the contest until its guards are content; says which are not in the end.
fn faults_of(title: &str) -> Vec<String> {
    let guards: Vec<&Guard> = GUARDS.iter().filter(|guard| guard.title == title).collect();
    let mut faults = Vec::new();
    for _ in 0..TRIES {
        let Some(contest) = contest(title) else {
            return vec![format!("no contest has the title `{title}`")];
        };
        let (timed, rounds) = (contest.is_timed(), contest.rounds.min(ROUNDS));
        let outcomes = contest.hold(rounds);
        for outcome in &outcomes {
            if guards.iter().any(|guard| guard.unit == outcome.unit) {
                println!("{}", report::table(outcome));
            }
        }
        let tables: Vec<Figures> = outcomes.iter().map(Figures::from).collect();
        faults = guards
            .iter()
            .filter_map(|guard| guard.fault(&tables))
            .collect();
        if faults.is_empty() || !timed {
            break;
        }
    }
    faults
}

/// The contest, with few entries and requests, if it has such a form.
fn contest(title: &str) -> Option<Contest> {
    let mut contests = hits::contests(false);
    contests.extend(names::hits_under_marks());
    contests.extend(memory::contests(true));
    contests.push(memory::first_calls());
    contests.extend(ratios::contests(true));
    contests.into_iter().find(|contest| contest.title == title)
}

impl Guard {
    fn fault(&self, tables: &[Figures]) -> Option<String> {
        let table = tables.iter().find(|table| table.unit == self.unit);
        let median = |name| Some(table?.row(name)?.median);
        let Some(figure) = median(self.contender) else {
            return Some(format!(
                "{}: no figure of {} in {}",
                self.title, self.contender, self.unit
            ));
        };
        let (figure, bound, broken) = match self.bound {
            Bound::Most(limit) => (figure, format!("at most {limit}"), figure > limit),
            Bound::Least(limit) => (figure, format!("at least {limit}"), figure < limit),
            Bound::MostTimes(limit, other) => {
                let ratio = figure / median(other).unwrap_or(f64::NAN);
                // A ratio to nothing is no ratio.
                let broken = ratio.is_nan() || ratio > limit;
                (ratio, format!("at most {limit} of {other}"), broken)
            }
        };
        broken.then(|| format!("{}: {figure:.2} {}, {bound}", self.title, self.unit))
    }
}

/// Without optimization, figures are of something else.
#[cfg(not(debug_assertions))]
#[test]
fn figures_stay_within_their_bounds() {
    let mut titles: Vec<&str> = GUARDS.iter().map(|guard| guard.title).collect();
    titles.dedup();
    let faults: Vec<String> = titles.into_iter().flat_map(faults_of).collect();
    assert!(faults.is_empty(), "out of bounds:\n{}", faults.join("\n"));
}

fn table(figures: &[(&str, f64)]) -> [Figures; 1] {
    let row = |(name, median): &(&str, f64)| Row {
        name: (*name).to_owned(),
        median: *median,
        min: *median,
        max: *median,
    };
    [Figures {
        title: "a".to_owned(),
        unit: "ns a call".to_owned(),
        baselines: Vec::new(),
        rows: figures.iter().map(row).collect(),
    }]
}

#[test]
fn a_figure_out_of_bounds_is_a_fault_and_so_is_a_missing_one() {
    let most = at_most("a", "ns a call", 10.0);
    assert_eq!(most.fault(&table(&[("cache-core", 10.0)])), None);
    let fault = most.fault(&table(&[("cache-core", 10.5)]));
    assert_eq!(fault.as_deref(), Some("a: 10.50 ns a call, at most 10"));
    assert!(most.fault(&table(&[("moka", 1.0)])).is_some());
    assert!(most.fault(&[]).is_some());
}

#[test]
fn a_ratio_needs_its_other_side() {
    let times = times_quick_cache("a", 2.0);
    assert_eq!(
        times.fault(&table(&[("cache-core", 4.0), ("quick_cache", 2.0)])),
        None
    );
    assert!(
        times
            .fault(&table(&[("cache-core", 5.0), ("quick_cache", 2.0)]))
            .is_some()
    );
    assert!(times.fault(&table(&[("cache-core", 4.0)])).is_some());
}

#[test]
fn each_guard_has_its_contest() {
    for guard in &GUARDS {
        let contest = contest(guard.title);
        let units = contest.map(|contest| contest.units).unwrap_or_default();
        assert!(
            units.contains(&guard.unit),
            "{} in {}",
            guard.title,
            guard.unit
        );
    }
}
