//! Verification: a sampled hit also runs the body and compares.
//!
//! A difference is not yet a fault. The body may differ from run to run; the world may have changed a moment ago, with the invalidation
//! still to come; and a value that nothing invalidates may be older than the world until its life ends. So a difference must stand after
//! a grace, in several runs that agree, while the entry is still the one under its key and may be used.

pub(crate) use self::mode::{InMode, apart, shadow};
pub(crate) use self::trial::{NextStep, Trial};

use self::verdict::grace;
use self::wait::{wait, wait_async};

mod difference;
mod mode;
mod trial;
mod wait;

mod verdict;

use std::cell::Cell;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use crate::cache::Cache;
use crate::caches;
use crate::far::Far;
use crate::invalidation::{ChangesSoFar, Changing};
use crate::site::Site;

/// How long a difference must stand: as long as a change and its invalidation may lie apart.
pub(crate) const GRACE: Duration = Duration::from_secs(1);

/// Whether the environment asks for verification: `CACHE_VERIFY=1`.
static OF_PROCESS: AtomicU8 = AtomicU8::new(UNKNOWN);

const UNKNOWN: u8 = 0;
const OFF: u8 = 1;
const ON: u8 = 2;

thread_local! {
    static HERE: Cell<Verifying> = const { Cell::new(Verifying::AsSampled) };
    /// The state of a small generator of random numbers.
    static DICE: Cell<u64> = Cell::new(seed());
}

/// How the running code verifies its hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verifying {
    /// A part of them, where a function asks for it.
    AsSampled,
    /// All of them: a fault is a panic.
    Everything,
    /// None: it is itself a run that verifies.
    Nothing,
}

/// What a hit is verified for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyMode {
    /// A test: the caller waits, and a fault is a panic.
    Test,
    /// Production: no caller waits for a grace, and a fault is counted.
    Production,
}

/// Which hits are verified, before their key is known.
#[derive(Clone, Copy, Debug)]
pub enum WantedHits {
    /// This one, whatever its key.
    This(VerifyMode),
    /// This one if it is suspect, and its grace is over.
    Due,
}

impl WantedHits {
    /// How the hit under this key is verified, if it is.
    pub(crate) fn at(self, site: &Site, hash: u64) -> Option<VerifyMode> {
        let suspects = site.suspects();
        match self {
            Self::This(VerifyMode::Test) => Some(VerifyMode::Test),
            Self::Due if !suspects.is_due(hash) => None,
            Self::This(VerifyMode::Production) | Self::Due => {
                suspects.may_run().then_some(VerifyMode::Production)
            }
        }
    }
}

/// Whether a hit is verified. `sample` is the part of the hits that the function asks for.
pub(crate) fn wanted(site: &Site, sample: Option<f64>) -> Option<WantedHits> {
    match HERE.get() {
        Verifying::Nothing => None,
        Verifying::AsSampled if !is_on() => sampled(site, sample),
        // What a change reads itself is not judged before it is through.
        _ if Changing::is_any_here() => None,
        _ => Some(WantedHits::This(VerifyMode::Test)),
    }
}

fn sampled(site: &Site, sample: Option<f64>) -> Option<WantedHits> {
    let wanted = if draw() < sample? {
        WantedHits::This(VerifyMode::Production)
    } else {
        site.suspects().are_due().then_some(WantedHits::Due)?
    };
    // What a change reads itself is not judged, and its body would run as a part of the change.
    (!Changing::is_any_here()).then_some(wanted)
}

fn is_on() -> bool {
    match OF_PROCESS.load(Ordering::Relaxed) {
        UNKNOWN => {
            let asked = std::env::var_os("CACHE_VERIFY");
            let is_on = asked.is_some_and(|value| !value.is_empty() && value != "0");
            OF_PROCESS.store(if is_on { ON } else { OFF }, Ordering::Relaxed);
            is_on
        }
        state => state == ON,
    }
}

/// Whether one of these changes is under way, or an invalidation that a store has not heard of yet.
fn are_under_way(changes: Option<ChangesSoFar>) -> bool {
    let mut caches = caches::caches().all();
    let owes = |cache: &Cache| cache.far().is_some_and(Far::has_undelivered);
    changes.is_some_and(ChangesSoFar::are_under_way) || caches.any(|(_, cache)| owes(cache))
}

/// Another one for each thread, so that a hundred threads do not draw the same hits. Never zero, which would stay zero.
fn seed() -> u64 {
    RandomState::new().hash_one(0) | 1
}

/// A number from 0 to 1 (xorshift64*).
fn draw() -> f64 {
    let mut state = DICE.get();
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    DICE.set(state);
    #[expect(clippy::cast_precision_loss, reason = "of 53 bits none is lost")]
    let drawn = (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64;
    drawn / 2_f64.powi(53)
}

/// Runs with another way to verify until the guard is dropped.
pub(crate) fn enter(how: Verifying) -> FormerMode {
    FormerMode(HERE.replace(how))
}

/// The guard of [`enter`], which brings the former way back.
#[must_use = "the former way is brought back when this is dropped"]
pub(crate) struct FormerMode(Verifying);

impl Drop for FormerMode {
    fn drop(&mut self) {
        HERE.set(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_draw_other_numbers() {
        let draws = || std::thread::spawn(|| [draw(), draw()].map(f64::to_bits));
        let (one, other) = (draws(), draws());
        assert_ne!(one.join().unwrap(), other.join().unwrap());
    }
}
