//! Which keys were asked for after which.

/// How many places a word of bits holds.
const WORD: usize = 64;

/// The least places that are made.
const FEWEST: usize = 2 * WORD;

/// The keys by their last request, the oldest first.
///
/// Each request takes the next place and empties the one that its key had. A bit for each place tells whether it is taken, and a
/// Fenwick tree over the words of bits sums them up. So a request costs a few steps for each doubling of the words, and a place two
/// bytes.
#[derive(Debug)]
pub(super) struct AccessOrder {
    /// Which key is at each place, or was.
    owners: Vec<u16>,
    /// Which places are taken.
    taken: Vec<u64>,
    /// The tree: how many places are taken in the words that each node covers.
    sums: Vec<u16>,
    /// How many places are taken.
    len: u16,
}

impl AccessOrder {
    pub(super) const fn new() -> Self {
        Self {
            owners: Vec::new(),
            taken: Vec::new(),
            sums: Vec::new(),
            len: 0,
        }
    }

    /// Whether no place is left, and [`pack`](Self::pack) has to come first.
    pub(super) fn is_full(&self) -> bool {
        self.owners.len() == self.taken.len() * WORD
    }

    /// Adds a key at the end; gives its place.
    pub(super) fn push(&mut self, owner: u16) -> u16 {
        let place = self.owners.len();
        self.owners.push(owner);
        self.taken[place / WORD] |= 1 << (place % WORD);
        self.len += 1;
        self.change(place / WORD, 1);
        narrow(place)
    }

    /// Empties a place.
    pub(super) fn remove(&mut self, place: u16) {
        let place = usize::from(place);
        self.taken[place / WORD] &= !(1 << (place % WORD));
        self.len -= 1;
        // Wraps round to one less.
        self.change(place / WORD, u16::MAX);
    }

    /// Has the key at a place go by another number from now on.
    pub(super) fn rename(&mut self, place: u16, owner: u16) {
        self.owners[usize::from(place)] = owner;
    }

    /// Whether no place after this one was ever given out.
    pub(super) fn is_last(&self, place: u16) -> bool {
        usize::from(place) + 1 == self.owners.len()
    }

    /// How many keys come after this place.
    pub(super) fn after(&self, place: u16) -> u16 {
        let place = usize::from(place);
        let mut words = place / WORD;
        let up_to_here = u64::MAX >> (WORD - 1 - place % WORD);
        let ones = (self.taken[words] & up_to_here).count_ones();
        let mut before = narrow(ones as usize);
        while words > 0 {
            before += self.sums[words - 1];
            words &= words - 1;
        }
        self.len - before
    }

    /// The keys, the oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = u16> {
        let is_taken = |place: usize| self.taken[place / WORD] >> (place % WORD) & 1 == 1;
        let places = self.owners.iter().enumerate();
        let taken = places.filter(move |&(place, _)| is_taken(place));
        taken.map(|(_, &owner)| owner)
    }

    /// Closes the gaps and makes as much room again as the keys take. Gives the keys in order, each at its new place.
    pub(super) fn pack(&mut self) -> &[u16] {
        let keys: Vec<u16> = self.iter().collect();
        let words = (2 * keys.len()).max(FEWEST).div_ceil(WORD);
        *self = Self {
            owners: Vec::with_capacity(words * WORD),
            taken: vec![0; words],
            sums: vec![0; words],
            len: 0,
        };
        for key in keys {
            self.push(key);
        }
        &self.owners
    }

    /// Adds to the nodes that cover a word.
    fn change(&mut self, word: usize, by: u16) {
        let mut node = word + 1;
        while let Some(sum) = self.sums.get_mut(node - 1) {
            *sum = sum.wrapping_add(by);
            node += node & node.wrapping_neg();
        }
    }

    /// How much memory it uses, in bytes.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let places = self.owners.capacity() * size_of::<u16>();
        places + self.taken.capacity() * size_of::<u64>() + self.sums.capacity() * size_of::<u16>()
    }
}

/// The number of a key or a place. There are twice as many places as keys, and a few thousand keys.
#[expect(clippy::cast_possible_truncation, reason = "see above")]
pub(super) const fn narrow(number: usize) -> u16 {
    debug_assert!(number <= u16::MAX as usize);
    number as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_is_the_number_of_keys_after_it_through_all_changes() {
        let mut order = AccessOrder::new();
        let mut expected: Vec<u16> = Vec::new();
        let mut places = [0; 300];
        for step in 0..3_000_usize {
            // Keys come in and move to the end, in an order that looks like none.
            let key = narrow(step * step * 7 % 300);
            if let Some(at) = expected.iter().position(|&found| found == key) {
                let after = order.after(places[usize::from(key)]);
                assert_eq!(usize::from(after), expected.len() - 1 - at, "step {step}");
                expected.remove(at);
                order.remove(places[usize::from(key)]);
            }
            if order.is_full() {
                for (place, &key) in (0..).zip(order.pack()) {
                    places[usize::from(key)] = place;
                }
            }
            places[usize::from(key)] = order.push(key);
            expected.push(key);
        }
        assert_eq!(order.iter().collect::<Vec<u16>>(), expected);
    }
}
