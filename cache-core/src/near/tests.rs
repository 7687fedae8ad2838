use super::*;
use crate::clock;
use crate::entry::BY_HAND;
use crate::marks::marks;
use crate::policy::Life;

fn tier<K: Eq + Clone + 'static>() -> Near<K, u64> {
    let bounds = Bounds {
        entries: 1_000,
        bytes: usize::MAX,
        joins: true,
    };
    Near::new(bounds, marks(), NameScope::fresh())
}

fn entry<K: Eq>(near: &Near<K, u64>, value: u64) -> Arc<Entry<u64>> {
    let life = Life::new(clock::now(), None);
    Arc::new(Entry::new(value, near.generation(&[]), life, BY_HAND, 0))
}

/// Two keys of one hash, as one who knows the seed could make them.
fn apart<Q: CacheKey<Stored: Eq + Clone + 'static> + ?Sized>(one: &Q, other: &Q) {
    const HASH: u64 = 7;
    let near = tier::<Q::Stored>();
    let get = |key: &Q| near.get(HASH, key, |entry| Some(*entry.value()));
    let join = |key: &Q| near.join(HASH, &key.store(), BY_HAND, &[], |_| true);
    let usable = |key: &Q| near.usable(HASH, &key.store(), BY_HAND, |_| true);

    near.set(HASH, &one.store(), &entry(&near, 1));
    assert_eq!((get(one), get(other)), (Some(1), None));
    assert!(usable(one).is_some() && usable(other).is_none());
    assert!(matches!(join(one), Join::Found(_)));
    let Join::Lead(flight) = join(other) else {
        panic!("nothing is there to be found");
    };
    assert!(matches!(join(other), Join::Follow { .. }));
    assert!(!near.detach(HASH, &one.store(), &flight));
    near.land(HASH, &other.store(), &flight, &entry(&near, 2));
    assert_eq!((get(one), get(other)), (Some(1), Some(2)));

    let stale = near.begin_refresh(HASH, &one.store());
    let modified = near.modify(HASH, &other.store(), |there| {
        Some(entry(&near, 1 + there?.value()))
    });
    assert!(modified && near.remove(HASH, one));
    assert!(stale.load(Ordering::Relaxed));
    assert_eq!((get(one), get(other)), (None, Some(3)));
    let stale = near.begin_refresh(HASH, &one.store());
    assert!(near.remove(HASH, other));
    assert!(!stale.load(Ordering::Relaxed));

    near.pass(HASH, &one.store(), clock::Moment::NEVER);
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
    type Overtake = fn(&Near<u64, u64>, Name);
    let overtakes: [Overtake; 3] = [
        |near, name| marks().mark(marks().slot(near.scope(), name)),
        |near, name| marks().expire(marks().slot(near.scope(), name)),
        |near, _| marks().mark_place(&near.cleared),
    ];
    let near = tier::<u64>();
    let (hash, name) = (near.hash(&1_u64), Name::of("tag", b"posts"));
    let join = || near.join(hash, &1, BY_HAND, &[name], |_| true);
    assert!(matches!(join(), Join::Lead(_)));
    for overtake in overtakes {
        assert!(matches!(join(), Join::Follow { .. }));
        overtake(&near, name);
        assert!(matches!(join(), Join::Lead(_)));
    }
}
