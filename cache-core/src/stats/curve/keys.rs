//! The keys that are watched: how far back each was asked for, and when it would have been loaded under each ttl.

use hashbrown::HashTable;

use super::BEYOND;
use super::order::{AccessOrder, narrow};
use super::ttl::LoadStamp;

/// The least room that is made for keys.
const FEWEST: usize = 56;

/// A key that is watched.
#[derive(Clone, Copy, Debug)]
pub(super) struct SampledKey {
    hash: u64,
    /// When it was last asked for.
    pub(super) last: u64,
    /// How many requests it has had, with what has faded.
    pub(super) requests: u32,
    /// Its place in the order.
    place: u16,
    /// The bucket of the distance of its last request.
    pub(super) bucket: u16,
}

/// The keys that are watched, by numbers that hold until keys are forgotten. The threshold of hashes is the caller's.
#[derive(Debug)]
pub(super) struct SampledKeys {
    all: Vec<SampledKey>,
    /// The last load of each key under each ttl, key by key.
    loads: Vec<LoadStamp>,
    ttls: usize,
    /// The numbers of the keys.
    by_hash: HashTable<u16>,
    order: AccessOrder,
}

impl SampledKeys {
    /// None yet, with so many ttls.
    pub(super) const fn new(ttls: usize) -> Self {
        Self {
            all: Vec::new(),
            loads: Vec::new(),
            ttls,
            by_hash: HashTable::new(),
            order: AccessOrder::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The key with this hash.
    pub(super) fn find(&self, hash: u64) -> Option<u16> {
        let is_it = |&key: &u16| self.all[usize::from(key)].hash == hash;
        self.by_hash.find(hash, is_it).copied()
    }

    /// A key, and its loads under each ttl.
    pub(super) fn get(&mut self, key: u16) -> (&mut SampledKey, &mut [LoadStamp]) {
        let key = usize::from(key);
        let loads = &mut self.loads[key * self.ttls..][..self.ttls];
        (&mut self.all[key], loads)
    }

    /// How many other keys were asked for since this one was.
    pub(super) fn distance(&self, key: u16) -> u16 {
        self.order.after(self.all[usize::from(key)].place)
    }

    /// Adds a key that was not asked for before. There are fewer than the `most` that there will ever be.
    pub(super) fn insert(&mut self, hash: u64, most: usize) -> u16 {
        let key = self.all.len();
        if key == self.all.capacity() {
            // No more than needed, where a vector alone would double.
            let more = key.max(FEWEST).min(most - key);
            self.all.reserve_exact(more);
            self.loads.reserve_exact(more * self.ttls);
        }
        let place = self.next_place(narrow(key));
        self.all.push(SampledKey {
            hash,
            last: 0,
            requests: 0,
            place,
            bucket: BEYOND,
        });
        self.loads.resize(self.all.len() * self.ttls, 0);
        let all = &self.all;
        let rehash = |&key: &u16| all[usize::from(key)].hash;
        self.by_hash.insert_unique(hash, narrow(key), rehash);
        narrow(key)
    }

    /// Makes a key the last that was asked for.
    pub(super) fn touch(&mut self, key: u16) {
        let place = self.all[usize::from(key)].place;
        if !self.order.is_last(place) {
            self.order.remove(place);
            self.all[usize::from(key)].place = self.next_place(key);
        }
    }

    /// Puts a key at the end of the order.
    fn next_place(&mut self, key: u16) -> u16 {
        if self.order.is_full() {
            for (place, &key) in (0..).zip(self.order.pack()) {
                self.all[usize::from(key)].place = place;
            }
        }
        self.order.push(key)
    }

    /// The hash that so many keys are below.
    pub(super) fn hash_at(&self, below: usize) -> u64 {
        let mut hashes: Vec<u64> = self.all.iter().map(|key| key.hash).collect();
        *hashes.select_nth_unstable(below).1
    }

    /// Forgets the keys with other hashes than these.
    pub(super) fn keep_below(&mut self, threshold: u64) {
        // From the last one on: what takes the place of one that goes has been looked at.
        for key in (0..self.all.len()).rev() {
            if self.all[key].hash >= threshold {
                self.forget(key);
            }
        }
    }

    /// Forgets the keys that were asked for the longest time ago.
    pub(super) fn forget_oldest(&mut self, many: usize) {
        let mut oldest: Vec<u16> = self.order.iter().take(many).collect();
        oldest.sort_unstable();
        for key in oldest.into_iter().rev() {
            self.forget(key.into());
        }
    }

    /// Forgets a key; the last one takes its number.
    fn forget(&mut self, key: usize) {
        let gone = self.all.swap_remove(key);
        let last = self.all.len();
        self.order.remove(gone.place);
        if let Ok(found) = self
            .by_hash
            .find_entry(gone.hash, |&found| usize::from(found) == key)
        {
            found.remove();
        }
        if let Some(moved) = self.all.get(key) {
            self.order.rename(moved.place, narrow(key));
            let number = self
                .by_hash
                .find_mut(moved.hash, |&found| usize::from(found) == last);
            if let Some(number) = number {
                *number = narrow(key);
            }
            self.loads.copy_within(last * self.ttls.., key * self.ttls);
        }
        self.loads.truncate(last * self.ttls);
    }

    /// Has the requests so far count for half.
    pub(super) fn halve(&mut self) {
        self.all.iter_mut().for_each(|key| key.requests /= 2);
    }

    /// How much memory they use, in bytes.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let keys = self.all.capacity() * size_of::<SampledKey>()
            + self.loads.capacity() * size_of::<LoadStamp>();
        keys + self.by_hash.allocation_size() + self.order.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys of these hashes, asked for in this order.
    fn keys(hashes: impl IntoIterator<Item = u64>) -> SampledKeys {
        let mut keys = SampledKeys::new(1);
        for hash in hashes {
            let key = keys.insert(hash, 1_000);
            keys.get(key).1[0] = LoadStamp::try_from(hash).expect("small");
        }
        keys
    }

    /// Which of the hashes are known, each with the stamp that it was given.
    fn known(keys: &mut SampledKeys) -> Vec<u64> {
        let mut known = Vec::new();
        for hash in 0..1_000 {
            if let Some(key) = keys.find(hash) {
                assert_eq!(u64::from(keys.get(key).1[0]), hash);
                known.push(hash);
            }
        }
        known
    }

    #[test]
    fn keys_above_a_threshold_are_forgotten_and_the_others_keep_what_they_had() {
        let mut keys = keys((0..500).map(|at| at * 7 % 500));
        let threshold = keys.hash_at(100);
        keys.keep_below(threshold);
        assert_eq!(known(&mut keys), (0..100).collect::<Vec<u64>>());
        assert_eq!(keys.distance(keys.find(0).expect("the first")), 99);
    }

    #[test]
    fn the_oldest_are_those_that_were_not_asked_for_since() {
        let mut keys = keys(0..100);
        for hash in 0..10 {
            keys.touch(keys.find(hash).expect("there"));
        }
        keys.forget_oldest(60);
        let expected: Vec<u64> = (0..10).chain(70..100).collect();
        assert_eq!(known(&mut keys), expected);
    }
}
