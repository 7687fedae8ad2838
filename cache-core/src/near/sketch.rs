//! How often keys were asked for lately, about: a frequency sketch.
//!
//! It is a count-min sketch of four counters of four bits for each key, all of them in one cache line. Keys share counters, so it
//! says too much at times, and never too little. After so many notes all counters halve, so that what was asked for long ago counts
//! less and less. It is told the hash that a tier makes with its own random seed, so nobody can aim at the counters of another key.

use super::table::ShortHash;

/// How many counters a key has.
const ROWS: u32 = 4;

/// The words of a block, which is a cache line. Each row has its own two.
const BLOCK: usize = 8;

/// How many entries there are for a block: it costs eight bytes an entry.
const ENTRIES_OF_BLOCK: usize = 8;

/// How many notes there are for an entry until all counters halve.
///
/// Measured: with 20 the keys that are asked for most are known better, by .001 of the hit ratio on Zipf (.99) and by .003 where a
/// hundredth of the keys is kept; but a set of hot keys that moves is followed later, which costs .01.
const NOTES_OF_ENTRY: usize = 6;

/// The most that a counter counts.
const FULL: u8 = 15;

/// All counters but their highest bit.
const HALVED: u64 = 0x7777_7777_7777_7777;

/// The counters of one shard.
#[derive(Debug)]
pub(super) struct FrequencySketch {
    words: Box<[u64]>,
    /// For how many entries it was made.
    entries: usize,
    /// How many notes count, of which half count no more with each halving.
    notes: usize,
}

impl FrequencySketch {
    /// Knows nothing yet, in a shard of so many entries.
    pub(super) fn new(entries: usize) -> Self {
        let blocks = entries.div_ceil(ENTRIES_OF_BLOCK).max(1);
        Self {
            words: vec![0; blocks * BLOCK].into(),
            entries: entries.max(1),
            notes: 0,
        }
    }

    /// For how many entries it was made.
    pub(super) fn entries(&self) -> usize {
        self.entries
    }

    /// How often the key of a hash was noted lately.
    pub(super) fn frequency(&self, hash: ShortHash) -> u8 {
        let counts = self.counters(hash).map(|(word, shift)| {
            let count = (self.words[word] >> shift) & u64::from(FULL);
            u8::try_from(count).unwrap_or(FULL)
        });
        counts.into_iter().min().unwrap_or(0)
    }

    /// Notes that a key was asked for.
    pub(super) fn note(&mut self, hash: ShortHash) {
        self.raise(hash, self.frequency(hash) + 1);
        self.notes += 1;
        if self.notes >= self.entries * NOTES_OF_ENTRY {
            self.halve();
        }
    }

    /// Has the key of a hash counted so often at least. Only the lowest of its counters rise: the others count other keys as well.
    pub(super) fn raise(&mut self, hash: ShortHash, frequency: u8) {
        let frequency = u64::from(frequency.min(FULL));
        for (word, shift) in self.counters(hash) {
            let word = &mut self.words[word];
            let count = *word >> shift & u64::from(FULL);
            if count < frequency {
                *word += (frequency - count) << shift;
            }
        }
    }

    fn halve(&mut self) {
        self.notes /= 2;
        for word in &mut self.words {
            *word = *word >> 1 & HALVED;
        }
    }

    /// The word of each counter of a key, and where it begins in it.
    fn counters(&self, hash: ShortHash) -> [(usize, u32); ROWS as usize] {
        // The table has used bits of the hash as they are.
        let mixed = u64::from(hash.to_bits()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = mixed ^ mixed >> 32;
        let blocks = (self.words.len() / BLOCK) as u64;
        let block = (((mixed & 0xffff_ffff) * blocks) >> 32) as usize * BLOCK;
        let spread = (mixed >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
        std::array::from_fn(|row| {
            let bits = spread >> (32 + 8 * row);
            let word = block + 2 * row + (bits & 1) as usize;
            (word, (bits >> 1 & 15) as u32 * 4)
        })
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_often_a_key_was_noted() {
        let mut sketch = FrequencySketch::new(1_000);
        for key in 0..15_u64 {
            (0..key).for_each(|_| sketch.note(ShortHash::of(key << 40)));
        }
        for key in 0..15_u8 {
            assert_eq!(sketch.frequency(ShortHash::of(u64::from(key) << 40)), key);
        }
        (0..100).for_each(|_| sketch.note(ShortHash::of(7)));
        assert_eq!(sketch.frequency(ShortHash::of(7)), FULL);
    }

    #[test]
    fn the_old_counts_less_and_less() {
        let mut sketch = FrequencySketch::new(16);
        (0..8).for_each(|_| sketch.note(ShortHash::of(7 << 40)));
        (0..1_000_u64).for_each(|n| sketch.note(ShortHash::of(n << 41 | 1 << 40)));
        assert!(sketch.frequency(ShortHash::of(7 << 40)) < 8);
        assert!(sketch.notes < 16 * NOTES_OF_ENTRY);
    }

    #[test]
    fn most_keys_that_were_never_noted_are_told_from_the_others() {
        for spread in [1, 0x9e37_79b9_7f4a_7c15_u64, 1 << 40] {
            let mut sketch = FrequencySketch::new(1_000);
            let hash = |key: u64| ShortHash::of(key.wrapping_mul(spread));
            (0..1_000).for_each(|key| (0..3).for_each(|_| sketch.note(hash(key))));
            let strangers = (1_000..11_000).filter(|key| sketch.frequency(hash(*key)) > 1);
            let strangers = strangers.count();
            assert!(strangers < 500, "{strangers} of 10,000 with {spread:x}");
        }
    }

    #[test]
    fn it_costs_eight_bytes_an_entry() {
        assert_eq!(FrequencySketch::new(10_000).words.len(), 10_000);
        assert_eq!(FrequencySketch::new(0).words.len(), BLOCK);
    }
}
