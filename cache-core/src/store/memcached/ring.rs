//! Which of several servers a key belongs to.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

/// Rendezvous hashing: a key belongs to the server whose name gives the highest hash together with it. A key depends on the
/// set of names alone, not on their order; a name that is added takes its share from all others and moves nothing between
/// them. Which servers answer does not matter: a key that moved while its server was away would find what it had held
/// before when that one is back.
pub(super) struct Ring {
    /// A number for each name.
    seeds: Vec<u64>,
}

impl Ring {
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let seeds = names.map(|name| hash(0, name.as_bytes())).collect();
        Self { seeds }
    }

    /// The place of the key's server in the list of names.
    pub(super) fn place(&self, key: &[u8]) -> usize {
        if self.seeds.len() == 1 {
            return 0;
        }
        let places = 0..self.seeds.len();
        places
            .max_by_key(|&place| (hash(self.seeds[place], key), self.seeds[place]))
            .unwrap_or(0)
    }
}

/// The same in every process: all of them must look for a key in the same place.
fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(seed, 0x7265_6e64_657a_766f);
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["a:11211", "b:11211", "c:11211"];

    fn owner<'a>(names: &[&'a str], key: u32) -> &'a str {
        let ring = Ring::new(names.iter().copied());
        names[ring.place(&key.to_be_bytes())]
    }

    #[test]
    fn each_server_has_its_share() {
        for name in NAMES {
            let share = (0..3000).filter(|&key| owner(&NAMES, key) == name).count();
            assert!((900..1100).contains(&share), "{name}: {share}");
        }
    }

    #[test]
    fn the_order_of_the_names_does_not_matter() {
        let turned = ["c:11211", "a:11211", "b:11211"];
        assert!((0..300).all(|key| owner(&NAMES, key) == owner(&turned, key)));
    }

    #[test]
    fn a_name_that_is_added_moves_keys_to_itself_alone() {
        let two = &NAMES[..2];
        let moved = |key: &u32| owner(&NAMES, *key) != owner(two, *key);
        assert!(
            (0..300)
                .filter(moved)
                .all(|key| owner(&NAMES, key) == "c:11211")
        );
    }

    #[test]
    fn a_key_stays_where_it_is_from_version_to_version() {
        let owners = (4..8).map(|key| owner(&NAMES, key)).collect::<Vec<_>>();
        assert_eq!(owners[..2], ["b:11211"; 2]);
        assert_eq!(owners[2..4], ["c:11211"; 2]);
    }
}
