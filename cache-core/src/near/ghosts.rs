//! Ghosts: the hashes of keys that were evicted lately. Who stores one of them again would have found it under a larger bound.
//!
//! It is a table of two places for each hash, in which a later key takes an earlier one's: a sample, and cheap to keep.

/// Few enough that a large tier pays little beside its entries.
const MOST: usize = 4_096;

/// The keys that were evicted lately from one shard.
pub(super) struct Ghosts {
    /// Empty until the first eviction.
    positions: Box<[u32]>,
    room: usize,
}

impl Ghosts {
    /// None yet, of a shard that expects to hold about `share` entries.
    pub(super) fn none(share: usize) -> Self {
        Self {
            positions: Box::default(),
            room: share.clamp(16, MOST).next_power_of_two(),
        }
    }

    /// Notes that a key is evicted.
    pub(super) fn add(&mut self, hash: u64) {
        if self.positions.is_empty() {
            self.positions = vec![0; self.room].into();
        }
        let [first, second] = self.places(hash);
        let is_free = [0, mark(hash)].contains(&self.positions[first]);
        self.positions[if is_free { first } else { second }] = mark(hash);
    }

    /// Whether a key was evicted lately, which is forgotten with the answer.
    pub(super) fn take(&mut self, hash: u64) -> bool {
        let mut places = self.places(hash).into_iter();
        let found = places.find(|place| self.positions.get(*place) == Some(&mark(hash)));
        if let Some(place) = found {
            self.positions[place] = 0;
        }
        found.is_some()
    }

    fn places(&self, hash: u64) -> [usize; 2] {
        // The low bits of the hash alone are alike for many keys under some seeds. The room is a power of two.
        let mixed = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
        let first = usize::from(mixed as u16) & (self.room - 1);
        [first, first ^ 1]
    }
}

/// What stands in a hash's place; never zero, which stands in empty ones.
fn mark(hash: u64) -> u32 {
    (hash >> 32) as u32 | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Under some seeds the hashes of small numbers differ in their higher bits alone.
    #[test]
    fn keys_whose_hashes_end_alike_are_remembered_apart() {
        let mut ghosts = Ghosts::none(64);
        let hashes = || (1..=32_u64).map(|n| (n << 40) | 7);
        hashes().for_each(|hash| ghosts.add(hash));
        let found = hashes().filter(|hash| ghosts.take(*hash)).count();
        assert!(found >= 16, "{found}");
    }

    #[test]
    fn two_keys_of_one_place_are_both_remembered() {
        let mut ghosts = Ghosts::none(16);
        let first = 3 << 33;
        let alike = (4..).map(|n| n << 33);
        let second = alike
            .into_iter()
            .find(|hash| ghosts.places(*hash) == ghosts.places(first));
        let second = second.unwrap();
        ghosts.add(first);
        ghosts.add(second);
        assert!(ghosts.take(first) && ghosts.take(second));
    }

    #[test]
    fn a_key_is_found_once_after_it_was_evicted() {
        let mut ghosts = Ghosts::none(100);
        assert!(!ghosts.take(7 << 33));
        ghosts.add(7 << 33);
        assert!(!ghosts.take(8 << 33), "another one of the same position");
        assert!(ghosts.take(7 << 33));
        assert!(!ghosts.take(7 << 33));
    }

    #[test]
    fn there_is_room_for_about_as_many_as_are_kept() {
        let mut ghosts = Ghosts::none(usize::MAX);
        ghosts.add(u64::MAX);
        assert_eq!(ghosts.positions.len(), MOST);
        assert_eq!(Ghosts::none(100).room, 128);
    }
}
