#![allow(
    clippy::unwrap_used,
    reason = "only `#[test]` functions are allowed to by default, not what they call"
)]

use std::time::Duration;

use super::*;
use crate::store::Token;
use crate::testing::Clock;
use crate::wait::block_on;

const MINUTE: Duration = Duration::from_secs(60);

fn put(store: &MemoryStore, key: &str, value: &[u8], ttl: Option<Duration>) -> Written {
    put_when(store, key, value, ttl, When::Always)
}

fn put_when(
    store: &MemoryStore,
    key: &str,
    value: &[u8],
    ttl: Option<Duration>,
    when: When,
) -> Written {
    let put = Put {
        key: key.as_bytes(),
        value,
        ttl,
        when,
    };
    block_on(store.put(&[put])).unwrap()[0]
}

fn found(store: &MemoryStore, key: &str) -> Option<Found> {
    block_on(store.get(&[key.as_bytes()]))
        .unwrap()
        .found
        .remove(0)
}

fn counts(store: &MemoryStore) -> (usize, u64) {
    let state = store.state.lock();
    (state.entries.len(), state.bytes)
}

#[test]
fn a_life_ends_by_the_clock() {
    let clock = Clock::freeze();
    let store = MemoryStore::bounded(10, 10_000);
    put(&store, "key", b"value", Some(MINUTE));
    assert_eq!(found(&store, "key").unwrap().left, Some(MINUTE));
    clock.advance(Duration::from_secs(59));
    let left = found(&store, "key").unwrap().left.unwrap();
    assert_eq!(left, Duration::from_secs(1));
    clock.advance(Duration::from_secs(1));
    assert_eq!(found(&store, "key"), None);
    assert_eq!(counts(&store), (0, 0));
}

#[test]
fn what_has_expired_counts_as_absent_before_anybody_looks() {
    let clock = Clock::freeze();
    let store = MemoryStore::bounded(10, 10_000);
    let old = [1; Token::LENGTH];
    put(&store, "is", &old, Some(MINUTE));
    put(&store, "absent", &old, Some(MINUTE));
    clock.advance(MINUTE);
    let is = When::Is(Token(old));
    assert_eq!(put_when(&store, "is", b"new", None, is), Written::No);
    assert_eq!(
        put_when(&store, "absent", b"new", None, When::Absent),
        Written::Yes
    );
}

#[test]
fn a_sweep_takes_what_has_expired() {
    let clock = Clock::freeze();
    let store = MemoryStore::bounded(10, 10_000);
    put(&store, "short", b"value", Some(MINUTE));
    put(&store, "long", b"value", Some(2 * MINUTE));
    put(&store, "endless", b"value", None);
    clock.advance(MINUTE);
    block_on(store.sweep()).unwrap();
    assert_eq!(counts(&store).0, 2);
    clock.advance(1_000_000 * MINUTE);
    block_on(store.sweep()).unwrap();
    assert_eq!(counts(&store).0, 1);
    assert_eq!(found(&store, "endless").unwrap().left, None);
}

#[test]
fn the_least_recently_used_goes_first() {
    let store = MemoryStore::bounded(3, 10_000);
    for key in ["a", "b", "c"] {
        put(&store, key, b"value", None);
    }
    found(&store, "a");
    put(&store, "d", b"value", None);
    let there: Vec<_> = ["a", "b", "c", "d"]
        .map(|key| found(&store, key).is_some())
        .into();
    assert_eq!(there, [true, false, true, true]);
}

#[test]
fn the_bytes_of_what_is_replaced_removed_and_evicted_are_given_back() {
    let store = MemoryStore::bounded(100, 3 * (OVERHEAD + 1 + 100));
    for round in 0..50 {
        for key in ["a", "b", "c"] {
            put(&store, key, &vec![0; round], None);
        }
    }
    assert_eq!(counts(&store), (3, 3 * (OVERHEAD + 1 + 49)));
    put(&store, "d", &[0; 200], None);
    let (entries, bytes) = counts(&store);
    assert!(entries < 4 && bytes <= store.bounds.bytes);
    assert!(found(&store, "d").is_some());
    let keys: [&[u8]; 4] = [b"a", b"b", b"c", b"d"];
    block_on(store.delete(&keys)).unwrap();
    assert_eq!(counts(&store), (0, 0));
}

#[test]
fn what_alone_is_too_large_evicts_nothing() {
    let store = MemoryStore::bounded(10, 1000);
    put(&store, "small", b"value", None);
    assert_eq!(put(&store, "large", &[0; 1000], None), Written::TooLarge);
    assert_eq!(put(&store, "small", &[0; 1000], None), Written::TooLarge);
    assert_eq!(found(&store, "small").unwrap().value, b"value"[..]);
    let nothing = MemoryStore::bounded(0, 1000);
    assert_eq!(put(&nothing, "key", b"value", None), Written::TooLarge);
}

#[test]
fn its_address_bounds_it() {
    let open = |url: &str| {
        let mut address = Address::parse(url)?;
        let store = block_on(MemoryStore::open(&mut address))?;
        address.finish().map(|()| store.bounds)
    };
    assert_eq!(open("memory:").unwrap(), BOUNDS);
    let told = open("memory:?max_entries=5&max_bytes=1MiB").unwrap();
    assert_eq!((told.entries, told.bytes), (5, 1 << 20));
    assert!(open("memory:?max=5").unwrap_err().is_invalid_url());
}

#[test]
fn what_it_keeps_is_not_shown() {
    let store = MemoryStore::bounded(10, 1000);
    put(&store, "secret key", b"secret value", None);
    let shown = format!("{store:?}");
    assert!(
        shown.contains("entries: 1") && !shown.contains("secret"),
        "{shown}"
    );
}
