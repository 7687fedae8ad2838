//! A hundred sites, each with a planted fault, and what the audit says of them.

use std::time::Duration;

use cache_core::testing::{Clock, scope_blocking};
use cache_core::{Caches, Finding, audit, watch};

use crate::random::Random;

/// Four functions for each number, and their calls.
macro_rules! sites {
    ($($name:ident: $number:literal,)*) => {
        $(mod $name {
            use super::{Clock, Duration, Random};
            use cache_core::cached;

            const CAPACITY: usize = 30 + $number * 7;
            const NUMBER: u64 = $number;

            #[cached(key = "generated:{n}", capacity = CAPACITY, local, ttl = "1d")]
            pub(super) fn evicting(n: u64) -> u64 {
                n
            }

            #[cached(ttl = 1 + $number % 5)]
            pub(super) fn brief(n: u64) -> u64 {
                n
            }

            #[cached(key = "generated:{page}:{agent}:{language}", local)]
            pub(super) fn shattered(page: u64, agent: u64, language: u64) -> u64 {
                page + agent + language
            }

            #[cached(tags("generated:of:{n}", "generated:all:{NUMBER}"))]
            pub(super) fn eager(n: u64) -> u64 {
                n
            }

            pub(super) fn run(clock: &Clock) {
                let mut random = Random($number + 1);
                let keys = CAPACITY as u64 * (3 + random.below(5));
                let (few, pages) = (5 + random.below(40), 3 + random.below(30));
                let (every, pause) = (3 + random.below(20), 200 + random.below(600));
                for call in 0..3_000 + random.below(2_000) {
                    evicting(random.skewed(keys));
                    brief(random.skewed(few));
                    shattered(random.skewed(pages), random.next(), random.below(3));
                    eager(random.skewed(few));
                    clock.advance(Duration::from_millis(pause));
                    if call % every == 0 {
                        let tag = concat!("generated:all:", $number);
                        cache_core::cache().blocking().invalidate_tag(tag).unwrap();
                    }
                }
            }
        })*

        fn run(clock: &Clock) {
            $($name::run(clock);)*
        }
    };
}

sites! {
    s00: 0, s01: 1, s02: 2, s03: 3, s04: 4, s05: 5, s06: 6, s07: 7, s08: 8, s09: 9, s10: 10, s11: 11, s12: 12, s13: 13, s14: 14, s15: 15, s16: 16, s17: 17, s18: 18, s19: 19, s20: 20, s21: 21, s22: 22, s23: 23, s24: 24,
}

#[test]
fn planted_faults_are_named_right_in_most_of_a_hundred_sites() {
    watch();
    let clock = Clock::freeze();
    let findings = scope_blocking(Caches::new(), || {
        run(&clock);
        audit().findings()
    });
    let of_site = |info: &cache_core::SiteInfo| info.name.contains("generated::s");
    let (mut named_right, mut wrong) = (Vec::new(), Vec::new());
    for finding in &findings {
        let (site, named) = match finding {
            Finding::Evicting { site, .. } => (*site, "evicting"),
            Finding::ShortLived { site, .. } => (*site, "brief"),
            Finding::OverInvalidated { site, by, .. } => {
                let by = by.as_deref().unwrap_or_default();
                (
                    *site,
                    if by.contains("generated:all:") {
                        "eager"
                    } else {
                        "?"
                    },
                )
            }
            Finding::Shattered { site, part, .. } => {
                (*site, if part == "{agent}" { "shattered" } else { "?" })
            }
            _ => continue,
        };
        if !of_site(site) {
            continue;
        }
        if site.name.ends_with(named) {
            named_right.push(site.name);
        } else {
            wrong.push(finding.to_string());
        }
    }
    let of_kind = |name: &str| {
        named_right
            .iter()
            .filter(|site| site.ends_with(name))
            .count()
    };
    let kinds = ["evicting", "brief", "shattered", "eager"].map(|name| (name, of_kind(name)));
    let right = named_right.len();
    assert!(
        right >= 95 && wrong.len() <= 5,
        "{right} of 100: {kinds:?}, and {wrong:#?}"
    );
}
