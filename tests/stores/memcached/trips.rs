//! The round trips of the store, and that each caller gets its own answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cache_core::store::{Put, Store, Token, When, Written};
use cache_tests::servers;

use super::{always, store, values};
use crate::meter::Meter;

fn url(meter: &Meter) -> String {
    format!("memcached://127.0.0.1:{}", meter.port())
}

#[tokio::test]
async fn a_call_of_a_hundred_keys_is_one_round_trip() {
    let server = servers::memcached();
    let meter = Meter::to(&server).await;
    let store = store(&url(&meter)).await;
    let keys: Vec<_> = (0..100_u8).map(|number| [b'k', number]).collect();
    let keys: Vec<&[u8]> = keys.iter().map(<[u8; 2]>::as_slice).collect();
    let puts: Vec<_> = keys.iter().map(|key| always(key, key)).collect();
    store.put(&puts).await.unwrap();
    assert_eq!(meter.trips(), 1);
    assert_eq!(
        store
            .get(&keys)
            .await
            .unwrap()
            .found
            .iter()
            .flatten()
            .count(),
        100
    );
    assert_eq!(meter.trips(), 1);
    store.delete(&keys).await.unwrap();
    assert_eq!(meter.trips(), 1);
    store.get(&[]).await.unwrap();
    assert_eq!(meter.trips(), 0);
}

#[tokio::test]
async fn puts_that_wait_for_tokens_are_two_round_trips_together() {
    let server = servers::memcached();
    let meter = Meter::to(&server).await;
    let store = store(&url(&meter)).await;
    let (old, new) = ([1; 16], [2; 32]);
    store
        .put(&[
            always(b"one", &old),
            always(b"two", &old),
            always(b"three", &new),
        ])
        .await
        .unwrap();
    meter.trips();
    let is = |key| Put {
        when: When::Is(Token(old)),
        ..always(key, &new)
    };
    let puts = [
        is(b"one"),
        always(b"plain", &new),
        is(b"two"),
        is(b"three"),
        is(b"none"),
    ];
    let written = store.put(&puts).await.unwrap();
    let (yes, no) = (Written::Yes, Written::No);
    assert_eq!(written, [yes, yes, yes, no, no]);
    assert_eq!(meter.trips(), 2);
    let found = values(&store, &[b"one", b"two", b"none"]).await;
    assert_eq!(found, [Some(new.to_vec()), Some(new.to_vec()), None]);
}

/// Concurrent callers of the same few keys share requests.
#[tokio::test]
async fn equal_reads_at_the_same_time_are_shared() {
    let server = servers::memcached();
    let store = Arc::new(store(&server.url()).await);
    store.put(&[always(b"stamp", b"s")]).await.unwrap();
    let calls: Vec<_> = (0..500)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { values(&store, &[b"stamp"]).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), [Some(b"s".to_vec())]);
    }
    let stats = servers::memcached::stats(server.port()).unwrap();
    let gets = stats
        .lines()
        .find_map(|line| line.strip_prefix("STAT cmd_get "));
    let gets: usize = gets.unwrap().parse().unwrap();
    assert!(gets < 500, "{gets} reads");
}

/// A small random generator with a fixed seed.
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// Callers may give up at any moment: no caller gets the answer of another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_reply_belongs_to_its_key_whoever_gives_up() {
    let server = servers::memcached();
    let store = Arc::new(store(&server.url()).await);
    let keys: Vec<_> = (0..64).map(|number| format!("key {number}")).collect();
    let value = |key: &str| key.repeat(1 + key.len() * 50).into_bytes();
    for key in &keys {
        store
            .put(&[always(key.as_bytes(), &value(key))])
            .await
            .unwrap();
    }
    let given_up = Arc::new(AtomicUsize::new(0));
    let callers = (1..=16_u64).map(|caller| {
        let (store, keys, given_up) = (store.clone(), keys.clone(), given_up.clone());
        tokio::spawn(async move {
            let mut state = caller * 0x9E37_79B9;
            for _ in 0..300 {
                let key = |state: &mut u64| &keys[usize::try_from(next(state) % 64).unwrap()];
                let asked = [key(&mut state), key(&mut state), key(&mut state)];
                let patience = Duration::from_micros(next(&mut state) % 2000);
                let bytes = asked.map(String::as_bytes);
                let call = store.get(&bytes);
                let Ok(answer) = tokio::time::timeout(patience, call).await else {
                    given_up.fetch_add(1, Ordering::Relaxed);
                    continue;
                };
                for (key, found) in asked.iter().zip(answer.unwrap().found) {
                    assert_eq!(found.unwrap().value, value(key), "{key}");
                }
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    let given_up = given_up.load(Ordering::Relaxed);
    assert!((1..4800).contains(&given_up), "{given_up} of 4800 gave up");
}
