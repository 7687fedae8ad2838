//! How many loads refreshes may add to those that there would be anyway: a bucket of tokens.
//!
//! The fuller the bucket, the earlier a refresh may be: with an empty one it waits for the end of the life, with a full one for
//! nothing. So it neither runs dry nor over, and values that want the same get the same.

use crate::sync::{AtomicU64, Ordering};

/// The default `extra_load`.
pub(crate) const DEFAULT_EXTRA_LOAD: f64 = 0.1;

/// The most loads that are saved up.
const MOST: f64 = 16.0;

/// What one load is, in the unit of the bucket.
const LOAD: f64 = 1e6;

/// The bucket of a cache. Each load that there would be anyway puts a part of itself in, and each refresh takes out what it adds.
#[derive(Debug)]
pub(crate) struct ExtraLoad {
    part: f64,
    tokens: AtomicU64,
}

impl ExtraLoad {
    /// An empty bucket, into which each load puts this part of itself.
    pub(crate) fn of(part: f64) -> Self {
        Self {
            part: if part > 0.0 { part } else { 0.0 },
            tokens: AtomicU64::new(0),
        }
    }

    /// Counts a load, of which this part would have happened anyway.
    pub(crate) fn earn(&self, load: f64) {
        self.add(load * self.part);
    }

    fn add(&self, load: f64) {
        let more = tokens(load);
        let add = |there: u64| Some(there.saturating_add(more).min(tokens(MOST)));
        let _ = self
            .tokens
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    /// Takes out what a refresh adds.
    ///
    /// # Errors
    ///
    /// The most that a refresh may add now, if that is less.
    pub(crate) fn take(&self, load: f64) -> Result<EarlyRefresh<'_>, f64> {
        let price = tokens(load);
        let take = |there| (load <= most_added(there)).then(|| there.saturating_sub(price));
        match self
            .tokens
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
        {
            Ok(_) => Ok(EarlyRefresh {
                bucket: self,
                added: load,
            }),
            Err(there) => Err(most_added(there)),
        }
    }
}

/// A refresh that is paid for. One that is dropped before its load begins gets its price back.
#[derive(Debug)]
pub(crate) struct EarlyRefresh<'b> {
    bucket: &'b ExtraLoad,
    added: f64,
}

impl EarlyRefresh<'_> {
    /// The load begins; gives how much of it there would be anyway.
    pub(crate) fn begin(mut self) -> f64 {
        let added = std::mem::take(&mut self.added);
        1.0 - added
    }
}

impl Drop for EarlyRefresh<'_> {
    fn drop(&mut self) {
        self.bucket.add(self.added);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is too much or too little is capped"
)]
fn tokens(load: f64) -> u64 {
    (load * LOAD).round() as u64
}

/// The most that one refresh may add while so much is saved up.
#[expect(
    clippy::cast_precision_loss,
    reason = "there are never so many that it matters"
)]
fn most_added(tokens: u64) -> f64 {
    tokens as f64 / (LOAD * MOST)
}

#[cfg(all(test, not(cache_loom)))]
mod simulation;

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;

    #[test]
    fn refreshes_add_no_more_than_the_part_of_the_loads_that_they_may() {
        let bucket = ExtraLoad::of(0.1);
        assert!(bucket.take(0.5).is_err(), "nothing was loaded yet");
        (0..80).for_each(|_| bucket.earn(1.0));
        let most = bucket.take(0.6).expect_err("half of a full bucket");
        assert!((most - 0.5).abs() < 1e-6);
        drop(bucket.take(0.5).expect("just enough"));
        let again = bucket.take(0.5).expect("given back");
        assert!((again.begin() - 0.5).abs() < 1e-6);
        let most = bucket.take(0.5).expect_err("what was taken is gone");
        assert!((most - 0.5 * 15.0 / 16.0).abs() < 1e-6);
    }

    #[test]
    fn what_is_saved_up_is_bounded() {
        let bucket = ExtraLoad::of(1.0);
        (0..1_000).for_each(|_| bucket.earn(1.0));
        for _ in 0..16 {
            let _ = bucket.take(0.01).expect("there is enough").begin();
        }
        let most = bucket.take(1.0).expect_err("it was full");
        assert!((most - 0.99).abs() < 1e-6);
        for harmless in [0.0, -1.0, f64::NAN] {
            let bucket = ExtraLoad::of(harmless);
            bucket.earn(1.0);
            assert!(bucket.take(0.5).is_err(), "{harmless}");
        }
    }
}
