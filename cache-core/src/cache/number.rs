//! Counters: read, add, and write if the value is still the one that was read.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::Cache;
use crate::clock::{self, Moment};
use crate::entry::{AnyEntry, Entry, EntryMaker, Meta};
use crate::error::{Error, Result};
use crate::far::{Rewrite, TRIES};
use crate::format::blob::Blob;
use crate::format::codec::CodecId;
use crate::format::codec::coder::coder;
use crate::key::Key;
use crate::policy::Life;
use crate::wait::{WaitCell, pause};

/// Callers in this process that count under one key take turns, so that they do not fail against each other.
#[derive(Debug)]
pub(super) struct Turns([WaitCell<bool>; 16]);

/// The longest wait for a turn; after it, a caller tries without one.
const PATIENCE: Duration = Duration::from_secs(1);

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// After so many tries, many processes must be counting.
const CROWDED: usize = 2;

impl Default for Turns {
    fn default() -> Self {
        Self(std::array::from_fn(|_| WaitCell::new(false)))
    }
}

impl Turns {
    async fn take(&self, hash: u64) -> Option<Turn<'_>> {
        let taken = &self.0[(hash >> 40) as usize % self.0.len()];
        let free = |taken: &mut bool| (!std::mem::replace(taken, true)).then_some(());
        let deadline = clock::now().after(PATIENCE);
        taken.until(deadline, free).await.map(|()| Turn(taken))
    }
}

struct Turn<'a>(&'a WaitCell<bool>);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.update_for_one(|taken| *taken = false);
    }
}

impl Cache {
    /// Adds to the integer under a key, of whatever integer type it was stored as, and returns the sum. It is atomic, also between
    /// processes, and leaves the ttl as it is.
    ///
    /// # Errors
    ///
    /// If there is nothing under the key ([`Error::is_not_found`]), if it is not an integer or the sum does not fit its type
    /// ([`Error::is_codec`]), if the store could not be reached, or if another writer came first in each of 64 tries, which take some
    /// seconds, and on a slow store a minute.
    pub async fn incr(&self, key: impl Into<Key>, by: i64) -> Result<i64> {
        self.count(&key.into(), i128::from(by)).await
    }

    /// [`incr`](Self::incr), downwards.
    ///
    /// # Errors
    ///
    /// Those of [`incr`](Self::incr).
    pub async fn decr(&self, key: impl Into<Key>, by: i64) -> Result<i64> {
        self.count(&key.into(), -i128::from(by)).await
    }

    async fn count(&self, key: &Key, by: i128) -> Result<i64> {
        let near = self.near();
        let hash = near.hash(key);
        if self.far().is_none() {
            let mut outcome = Err(Error::absent());
            near.modify(hash, &near.key(key), |there| {
                let there = there?;
                let counted = counted_object(&**there, by);
                outcome = counted
                    .as_ref()
                    .map(|(sum, _)| *sum)
                    .map_err(|fault| Error::value(*fault));
                let (_, entry) = counted.ok()?;
                // The sum depends on what the number depended on.
                let (slots, epoch) = (there.generation.slots(), there.generation.epoch());
                let generation = near.generation(&[]).with(slots, Some(epoch));
                let meta = Meta::new(generation, life_until(there.until()), there.origin, 0)
                    .named(|| there.names().to_vec());
                meta.bind(there.bound(), there.until());
                Some(entry(meta))
            });
            return outcome;
        }
        let _turn = self.0.counting.take(hash).await;
        self.count_far(key, by).await
    }

    async fn count_far(&self, key: &Key, by: i128) -> Result<i64> {
        let far = self.far().ok_or_else(Error::absent)?;
        let mut took = Duration::ZERO;
        for attempt in 0..TRIES {
            // The models order the calls themselves, and have no time.
            if attempt >= CROWDED && !cfg!(test) {
                pause(apart(attempt, took)).await;
            }
            let began = clock::now();
            let seen = far.snapshot(key.as_bytes(), &[]).await?;
            let blob = far.entry(&seen, None, None);
            let blob = blob.ok_or_else(Error::absent)?;
            let (sum, codec, body) = counted_bytes(&blob, by).map_err(Error::value)?;
            if far
                .rewrite(key.as_bytes(), &seen, Rewrite::Body(codec, &body))
                .await?
            {
                let near = self.near();
                near.remove(near.hash(key), &near.key(key), 0);
                return Ok(sum);
            }
            took = clock::now().since(began);
        }
        Err(far.overtaken())
    }
}

/// How long to wait before a try, at random, so that processes do not collide again.
fn apart(attempt: usize, took: Duration) -> Duration {
    let random = RandomState::new().hash_one(attempt);
    longest_pause(attempt, took) * u32::try_from(random % 1_000).unwrap_or_default() / 1_000
}

/// The longest wait before a try, when the last one took so long: many times that, so that the tries of a crowd rarely overlap.
fn longest_pause(attempt: usize, took: Duration) -> Duration {
    let many_tries = took * (8 << (attempt / 4).min(4));
    many_tries
        .max(Duration::from_millis(1 << attempt.min(6)))
        .min(LONGEST_PAUSE)
}

const NO_INTEGER: &str = "there is no integer under the key";
const OVERFLOW: &str = "the sum does not fit the type of the integer under the key";

fn life_until(until: Moment) -> Life {
    let now = clock::now();
    Life::new(now, (until != Moment::NEVER).then(|| until.since(now)))
}

/// The sum, as it is returned and as it is stored.
fn sum<T: Copy + TryFrom<i128> + TryInto<i128>>(
    number: T,
    by: i128,
) -> Result<(i64, T), &'static str> {
    let number: i128 = number.try_into().map_err(|_| OVERFLOW)?;
    let sum = number.checked_add(by).ok_or(OVERFLOW)?;
    let given = i64::try_from(sum).map_err(|_| OVERFLOW)?;
    Ok((given, T::try_from(sum).map_err(|_| OVERFLOW)?))
}

macro_rules! integers {
    ($($type:ty),*) => {
        fn counted_object(there: &dyn AnyEntry, by: i128) -> Result<(i64, EntryMaker), &'static str> {
            $(if let Some(number) = there.value_as::<$type>() {
                let (sum, stored) = sum(*number, by)?;
                return Ok((sum, Box::new(move |meta| Entry::new(stored, meta))));
            })*
            Err(NO_INTEGER)
        }

        fn counted_bytes(blob: &Blob<'_>, by: i128) -> Result<(i64, CodecId, Vec<u8>), &'static str> {
            $(let integer = coder::<$type>();
            if blob.identity().fingerprint == integer.fingerprint() {
                let number = integer.decode(blob.codec(), blob.body()).map_err(|_| NO_INTEGER)?;
                let (sum, stored) = sum(number, by)?;
                let mut body = Vec::new();
                let codec = integer.encode(&stored, &mut body).map_err(|_| NO_INTEGER)?;
                return Ok((sum, codec, body));
            })*
            Err(NO_INTEGER)
        }
    };
}

integers!(i32, i64, u64, u32, usize, isize, i16, u16, i8, u8);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_with_the_tries_and_with_what_they_take() {
        let pause = |attempt, took| longest_pause(attempt, Duration::from_millis(took)).as_millis();
        assert_eq!([2, 6, 60].map(|attempt| pause(attempt, 0)), [4, 64, 64]);
        assert_eq!(
            [2, 4, 16, 60].map(|attempt| pause(attempt, 10)),
            [80, 160, 1280, 1280]
        );
        assert_eq!(pause(16, 1_000), 2_000);
        assert!(apart(16, Duration::from_secs(1)) <= LONGEST_PAUSE);
    }
}
