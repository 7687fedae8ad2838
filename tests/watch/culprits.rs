//! Sites with a planted fault, and what names it.

use cache_core::{Finding, MissReason, audit, cached, watch};

use crate::random::Random;

/// Below `most`, the small ones much more often.
fn skewed(random: &mut Random, most: u64) -> u64 {
    random.skewed(most).min(random.below(most))
}

#[test]
fn a_part_that_shatters_a_key_is_a_finding() {
    #[cached(key = "culprit:page:{page}:{agent}")]
    fn page(page: u64, agent: &str) -> u64 {
        page + agent.len() as u64
    }
    #[cached(key = "culprit:post:{id}")]
    fn post(id: u64) -> u64 {
        id
    }
    watch();
    let mut random = Random(7);
    for _ in 0..3_000 {
        let agent = random.next().to_string();
        page(skewed(&mut random, 20), &agent);
        post(skewed(&mut random, 500));
    }
    let found = audit().shattered();
    let shattered: Vec<_> = found
        .iter()
        .filter_map(|finding| match finding {
            Finding::Shattered { site, part, .. } => Some((site.name, part.as_str())),
            _ => None,
        })
        .filter(|(name, _)| name.contains("culprits"))
        .collect();
    assert_eq!(shattered.len(), 1, "{shattered:?}");
    assert!(shattered[0].0.ends_with("page") && shattered[0].1 == "{agent}");
    let text = found
        .iter()
        .map(ToString::to_string)
        .find(|text| text.contains("{agent}"));
    let text = text.unwrap();
    assert!(text.contains("values in 3000 calls"), "{text}");
}

#[test]
fn the_reason_of_most_misses_is_that_of_the_fault() {
    use cache_core::testing::{Clock, scope_blocking};
    use std::time::Duration;
    #[cached(key = "culprit:small:{n}", capacity = 50, local)]
    fn small(n: u64) -> u64 {
        n
    }
    #[cached(ttl = "10s")]
    fn brief(n: u64) -> u64 {
        n
    }
    #[cached(key = "culprit:eager:{n}", tags("culprit:all"))]
    fn eager(n: u64) -> u64 {
        n
    }
    scope_blocking(cache_core::Caches::new(), || {
        let (clock, mut random) = (Clock::freeze(), Random(3));
        for round in 0..4_000 {
            small(skewed(&mut random, 400));
            brief(skewed(&mut random, 20));
            eager(skewed(&mut random, 50));
            clock.advance(Duration::from_millis(500));
            if round % 10 == 0 {
                drop(cache_core::cache().blocking().invalidate_tag("culprit:all"));
            }
        }
    });
    for (missed, reason) in [
        (small::stats().missed, MissReason::Evicted),
        (brief::stats().missed, MissReason::Expired),
        (eager::stats().missed, MissReason::Invalidated),
    ] {
        let most = missed.iter().max_by_key(|(_, misses)| *misses).unwrap();
        assert_eq!(most.0, reason, "{missed:?}");
        assert!(most.1 * 10 > missed.total() * 8, "{missed:?}");
    }
}
