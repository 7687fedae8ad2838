//! Keys that are read together, each once.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::Wanted;

/// Which value belongs to each key that was asked for.
pub(in crate::store) struct Coalesced {
    wanted: Wanted,
    places: std::vec::IntoIter<usize>,
}

/// Each of these keys once, in the order in which they first occur.
pub(in crate::store) fn coalesce<'k>(
    asked: impl Iterator<Item = &'k [u8]>,
) -> (Vec<&'k [u8]>, Coalesced) {
    let (mut wanted, mut keys) = (Wanted::default(), Vec::new());
    let mut known: HashMap<&[u8], usize, RandomState> = HashMap::default();
    let places = asked.map(|key| {
        if let Some(&place) = known.get(key) {
            wanted.join(place);
            return place;
        }
        let place = wanted.add();
        known.insert(key, place);
        keys.push(key);
        place
    });
    let places = places.collect::<Vec<_>>().into_iter();
    (keys, Coalesced { wanted, places })
}

impl Coalesced {
    /// The places of the values of all keys that were asked for and have not had theirs.
    #[cfg(any(test, feature = "redis"))]
    pub(in crate::store) fn places(&self) -> &[usize] {
        self.places.as_slice()
    }

    /// What the next `count` keys that were asked for get of the values, which stand as the keys do.
    pub(in crate::store) fn take<'v, T: Clone + Default>(
        &'v mut self,
        count: usize,
        values: &'v mut [T],
    ) -> impl Iterator<Item = T> + 'v {
        let places = self.places.by_ref().take(count);
        places.map(|place| self.wanted.hand_out(place, &mut values[place]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_read_once_and_each_caller_gets_its_value() {
        let asked = [&b"a"[..], b"b", b"a", b"c", b"b"];
        let (keys, mut coalesced) = coalesce(asked.into_iter());
        assert_eq!(keys, [b"a", b"b", b"c"]);
        assert_eq!(coalesced.places(), [0, 1, 0, 2, 1]);
        let mut values = [Some(1), None, Some(3)];
        let first: Vec<_> = coalesced.take(2, &mut values).collect();
        let second: Vec<_> = coalesced.take(3, &mut values).collect();
        assert_eq!(
            (first, second),
            (vec![Some(1), None], vec![Some(1), Some(3), None])
        );
        assert_eq!(values, [None; 3], "the last one takes it");
    }
}
