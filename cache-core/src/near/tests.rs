use std::sync::Arc;

use super::*;
use crate::clock;
use crate::entry::{AnyEntry, BY_HAND, Entry, Meta};
use crate::marks::marks;
use crate::policy::Life;

type Numbers<K> = Near<K, Entry<u64>>;

fn tier<K: NearKey>() -> Numbers<K> {
    let bounds = Bounds {
        entries: 1_000,
        bytes: usize::MAX,
        joins: true,
    };
    Near::new(bounds, marks(), NameScope::fresh())
}

fn asker() -> Asker {
    Asker::by_hand::<u64>()
}

/// An entry that lies in the table if its value is even.
fn entry<K: NearKey>(near: &Numbers<K>, value: u64) -> Arc<dyn AnyEntry> {
    let life = Life::new(clock::now(), None);
    let meta = Meta::new(near.generation(&[]), life, BY_HAND, 0);
    Entry::copied_by(
        value.is_multiple_of(2).then_some(|value| Some(*value)),
        value,
        meta,
    )
}

/// Two keys of one hash, as one who knows the seed could make them.
fn apart<Q: CacheKey<Stored: Eq + Clone + 'static> + ?Sized>(one: &Q, other: &Q) {
    const HASH: u64 = 7;
    let near = tier::<Q::Stored>();
    let get = |key: &Q| near.get(HASH, key, |found| found.value().copied());
    let join = |key: &Q| near.join(HASH, &near.key(key), asker(), &[]);
    let usable = |key: &Q| near.usable(HASH, &near.key(key), asker());

    near.set(HASH, &near.key(one), &entry(&near, 1));
    assert_eq!((get(one), get(other)), (Some(1), None));
    assert!(usable(one).is_some() && usable(other).is_none());
    assert!(matches!(join(one), Join::Found(_)));
    let Join::Lead(flight) = join(other) else {
        panic!("nothing is there to be found");
    };
    assert!(matches!(join(other), Join::Follow { .. }));
    assert!(!near.detach(HASH, &near.key(one), &flight));
    near.land(HASH, &near.key(other), &flight, &entry(&near, 2));
    assert_eq!((get(one), get(other)), (Some(1), Some(2)));

    let stale = near.begin_refresh(HASH, &near.key(one));
    let modified = near.modify(HASH, &near.key(other), |there| {
        Some(entry(&near, 1 + there?.value_as::<u64>()?))
    });
    assert!(modified && near.remove(HASH, &near.key(one), 0));
    assert!(stale.load(Ordering::Relaxed));
    assert_eq!((get(one), get(other)), (None, Some(3)));
    let stale = near.begin_refresh(HASH, &near.key(one));
    assert!(near.remove(HASH, &near.key(other), 0));
    assert!(!stale.load(Ordering::Relaxed));

    near.pass(HASH, &near.key(one), clock::Moment::NEVER);
    assert!(matches!(join(one), Join::Alone));
    assert!(matches!(join(other), Join::Lead(_)));
}

#[test]
fn keys_with_equal_hashes_are_apart() {
    apart(&1_u64, &2);
    apart("one", "two");
    apart(&("a", 1_u32), &("a", 2));
    apart(&Some(0_u8), &None);
}

/// Who knows how one tier or one process hashes could flood a chain of another's.
#[test]
fn each_tier_hashes_in_its_own_way() {
    let (one, other) = (tier::<u64>(), tier::<u64>());
    let alike = (0..100_u64).filter(|key| one.hash(key) == other.hash(key));
    assert_eq!(alike.count(), 0);
    let (one, other) = (tier::<Box<str>>(), tier::<Box<str>>());
    assert_ne!(one.hash("posts"), other.hash("posts"));
}

/// Who calls after an invalidation does not wait for a load that began before it.
#[test]
fn an_overtaken_flight_is_not_joined() {
    type Overtake = fn(&Numbers<u64>, Name);
    let overtakes: [Overtake; 3] = [
        |near, name| marks().mark(marks().slot(near.scope(), name)),
        |near, name| marks().mark_soft(marks().slot(near.scope(), name)),
        |near, _| marks().mark_place(&near.core().cleared),
    ];
    let near = tier::<u64>();
    let (hash, name) = (near.hash(&1_u64), Name::of("tag", b"posts"));
    let join = || near.join(hash, &near.key(&1_u64), asker(), &[name]);
    assert!(matches!(join(), Join::Lead(_)));
    for overtake in overtakes {
        assert!(matches!(join(), Join::Follow { .. }));
        overtake(&near, name);
        assert!(matches!(join(), Join::Lead(_)));
    }
}

/// What a tier does, one key after the other, is what a map does; and no position of a key that has left stays behind.
#[test]
fn a_tier_does_what_a_map_does() {
    use std::collections::HashMap;
    let near = tier::<u64>();
    let mut map = HashMap::new();
    let mut random = 1_u64;
    for step in 0..20_000_u64 {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        // Few hashes for many keys, so that chains form.
        let key = (random >> 33) % 97;
        let hash = key % 7;
        match (random >> 60) % 8 {
            0..=2 => {
                near.set(hash, &near.key(&key), &entry(&near, step));
                map.insert(key, step);
            }
            3 => assert_eq!(
                near.remove(hash, &near.key(&key), 0),
                map.remove(&key).is_some()
            ),
            4 => {
                if let Join::Lead(flight) = near.join(hash, &near.key(&key), asker(), &[]) {
                    assert!(!map.contains_key(&key));
                    near.land(hash, &near.key(&key), &flight, &entry(&near, step));
                    map.insert(key, step);
                }
            }
            5 => {
                let stale = near.begin_refresh(hash, &near.key(&key));
                near.replace(hash, &near.key(&key), &entry(&near, step), &stale);
                near.end_refresh(hash, &near.key(&key), stale);
                map.insert(key, step);
            }
            6 if step % 3 == 0 => {
                // What a load that writes elsewhere brings after its key was set is not kept, and nothing stays there.
                let stale = near.begin_refresh(hash, &near.key(&key));
                let wanted = step % 2 == 0;
                stale.store(!wanted, Ordering::Relaxed);
                near.put(hash, &near.key(&key), &entry(&near, step), &stale);
                near.end_refresh(hash, &near.key(&key), stale);
                if wanted {
                    map.insert(key, step);
                } else {
                    map.remove(&key);
                }
            }
            6 if step % 512 == 1 => {
                near.empty(0);
                map.clear();
            }
            _ => {}
        }
        let found = near.get(hash, &key, |found| found.value().copied());
        assert_eq!(found, map.get(&key).copied(), "step {step}");
        assert_eq!(near.len(), map.len());
    }
    let kept = map.len();
    let positions = || -> usize {
        let shards = 0..near.shards() as u64;
        shards
            .map(|at| near.shard(at << 40).read().positions())
            .sum()
    };
    assert_eq!(
        positions(),
        kept,
        "positions without an entry and with nothing under way"
    );
    for key in 0..97_u64 {
        near.remove(key % 7, &near.key(&key), 0);
    }
    assert_eq!(positions(), 0);
}

/// A tier whose entries are of one type never gets another; if it did, nothing would be left of it.
#[test]
fn an_entry_of_another_type_is_not_kept() {
    let near = tier::<u64>();
    let meta = Meta::new(
        near.generation(&[]),
        Life::new(clock::now(), None),
        BY_HAND,
        5,
    );
    let text: Arc<dyn AnyEntry> = Entry::new("text", meta);
    near.set(7, &near.key(&1_u64), &text);
    assert!(near.get(7, &1_u64, |_| Some(())).is_none());
    let positions = near.shard(7).read().positions();
    let bytes = near.core().bytes.load(Ordering::Relaxed);
    assert_eq!((near.len(), bytes, positions), (0, 0, 0));
}

/// Dropping a key may run code of the user's.
#[test]
fn a_key_whose_drop_panics_leaves_no_position() {
    #[derive(PartialEq, Eq)]
    struct Fragile(bool);

    impl Clone for Fragile {
        fn clone(&self) -> Self {
            Self(true)
        }
    }

    impl Drop for Fragile {
        fn drop(&mut self) {
            assert!(!self.0, "a key that is kept panics when it is dropped");
        }
    }

    const HASH: u64 = 7;
    let near = tier::<Fragile>();
    let key = near.stored(Fragile(false));
    let ends = std::panic::AssertUnwindSafe(|| {
        let shard = near.shard(HASH);
        let position = shard.write().find_or_claim(HASH, &key);
        shard.write().release_if_empty(position);
    });
    assert!(std::panic::catch_unwind(ends).is_err());
    let found = near.shard(HASH).read().table.find(HASH, |_| true);
    assert_eq!(found, None);
}
