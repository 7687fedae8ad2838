//! Copies where there are many entries, and where eviction is at work.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use cache_core::cached;

use crate::{COMPARED, Counted, alone, asked, invalidate, until_copied};

/// First copies are of no use before all keys were asked for again: that says nothing against them.
#[test]
fn many_keys_have_copies_soon() {
    const KEYS: u64 = 20_000;
    #[cached(local, capacity = 40_000)]
    fn many(n: Counted) -> u64 {
        n.0
    }
    let _alone = alone();
    let asks = || {
        let before = COMPARED.load(SeqCst);
        (0..KEYS).for_each(|n| _ = black_box(many(Counted(n))));
        COMPARED.load(SeqCst) - before
    };
    // A load compares no keys.
    asks();
    // Nothing is copied that was not used three times.
    assert!((0..12).any(|_| asks() < KEYS / 5));
}

/// Eviction ends copies that are in use, and the entries that come in their places have copies.
#[test]
fn a_small_tier_gives_no_value_of_before() {
    static TRUTH: [AtomicU64; 256] = [const { AtomicU64::new(0) }; 256];
    #[cached(local, capacity = 64, tags("small:{n}"))]
    fn small(n: usize) -> u64 {
        TRUTH[n].load(SeqCst)
    }
    let _alone = alone();
    let mut state = 1_u64;
    let mut draw = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state >> 33
    };
    for round in 0..400_000_u64 {
        // Of three calls two are for one of sixteen keys.
        let keys = if round % 3 == 0 { 256 } else { 16 };
        let n = usize::try_from(draw() % keys).unwrap();
        assert_eq!(small(n), TRUTH[n].load(SeqCst), "{n} in {round}");
        if round % 50 == 0 {
            TRUTH[n].fetch_add(1, SeqCst);
            match round % 4 {
                0 => invalidate(&format!("small:{n}")),
                1 => drop(small::invalidate(&n)),
                2 => drop(small::set(&n, TRUTH[n].load(SeqCst))),
                _ => drop(small::clear()),
            }
        }
    }
}

/// In the smallest, eviction would end them all too often.
#[test]
fn tiers_from_64_entries_on_have_copies() {
    #[cached(local, capacity = 63)]
    fn few(n: Counted) -> u64 {
        n.0
    }
    #[cached(local, capacity = 64)]
    fn enough(n: Counted) -> u64 {
        n.0
    }
    let _alone = alone();
    until_copied(|| enough(Counted(1)));
    few(Counted(1));
    assert_eq!(asked(|| few(Counted(1))), 1_000);
}
