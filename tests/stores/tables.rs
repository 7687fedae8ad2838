//! What holds for a table of every SQL database.

use std::collections::HashSet;
use std::error::Error as _;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use cache_core::SqlStore;
use cache_core::store::{Put, Store, Token, When, Written};

/// Nothing here takes as long, even on a machine that is busy.
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) async fn store(url: &str) -> SqlStore {
    SqlStore::connect(url).await.unwrap()
}

/// The same address with another option.
pub(crate) fn with(url: &str, option: &str) -> String {
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}{option}")
}

pub(crate) fn value(token: u8, length: usize) -> Vec<u8> {
    vec![token; length]
}

pub(crate) fn put<'a>(key: &'a [u8], value: &'a [u8], when: When) -> Put<'a> {
    Put {
        key,
        value,
        ttl: Some(Duration::from_secs(600)),
        when,
    }
}

pub(crate) async fn write(store: &SqlStore, key: &[u8], value: &[u8]) -> Written {
    store.put(&[put(key, value, When::Always)]).await.unwrap()[0]
}

pub(crate) async fn read(store: &SqlStore, key: &[u8]) -> Option<Vec<u8>> {
    let answer = store.get(&[key]).await.unwrap();
    answer.found[0].clone().map(|found| found.value)
}

/// Waits until it is so.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut is: impl FnMut() -> F) {
    let wait = async {
        while !is().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(LIMIT, wait).await;
    assert!(waited.is_ok(), "never came: {what}");
}

/// An error with all that stands behind it.
pub(crate) fn told(error: &cache_core::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// Several tasks at once, each with a number.
async fn at_once<F: Future<Output: Send> + Send + 'static>(
    tasks: u8,
    task: impl Fn(u8) -> F,
) -> Vec<F::Output> {
    let running: Vec<_> = (0..tasks)
        .map(|number| tokio::spawn(task(number)))
        .collect();
    let mut done = Vec::new();
    for task in running {
        done.push(task.await.unwrap());
    }
    done
}

pub(crate) async fn many_may_create_the_table_at_once(url: &str) {
    for round in 0..5 {
        let url = Arc::new(with(url, &format!("table=made_{round}")));
        at_once(12, |number| {
            let url = url.clone();
            async move {
                let store = store(&url).await;
                assert_eq!(write(&store, &[number], b"").await, Written::Yes);
            }
        })
        .await;
        let store = store(&url).await;
        for number in 0..12 {
            assert!(read(&store, &[number]).await.is_some(), "{number}");
        }
    }
}

pub(crate) async fn of_all_who_try_at_once_one_writes(url: &str) {
    let stores = [Arc::new(store(url).await), Arc::new(store(url).await)];
    let key: &[u8] = b"contested";
    let mut there = None;
    for round in 0..20_u8 {
        let when = there.map_or(When::Absent, |token| When::Is(Token(token)));
        // No token comes twice.
        let token =
            move |number: u8| -> [u8; 16] { [[number, round]; 8].concat().try_into().unwrap() };
        let mine = move |number: u8| [&token(number)[..], b"value"].concat();
        let written = at_once(24, |number| {
            let store = stores[usize::from(number % 2)].clone();
            async move { store.put(&[put(key, &mine(number), when)]).await.unwrap()[0] }
        })
        .await;
        let winners: Vec<u8> = (0..24)
            .filter(|number| written[usize::from(*number)] == Written::Yes)
            .collect();
        assert_eq!(winners.len(), 1, "round {round}: {written:?}");
        assert_eq!(read(&stores[0], key).await, Some(mine(winners[0])));
        there = (round % 3 != 2).then_some(token(winners[0]));
        if there.is_none() {
            stores[1].delete(&[key]).await.unwrap();
        }
    }
}

/// Many rows a statement, in every order, so that their locks meet.
pub(crate) async fn who_writes_the_same_rows_does_not_fail(url: &str) {
    let stores = [Arc::new(store(url).await), Arc::new(store(url).await)];
    at_once(16, |number| {
        let store = stores[usize::from(number % 2)].clone();
        async move {
            let mut keys: Vec<Vec<u8>> = (0..40).map(|key| vec![b'k', key]).collect();
            for round in 0..15 {
                keys.rotate_left(usize::from(number) + 1);
                if (round + number) % 2 == 0 {
                    keys.reverse();
                }
                let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
                let mine = value(number, 30);
                let when = [When::Always, When::Absent, When::Is(Token([number; 16]))];
                let when = when[usize::from(round + number) % 3];
                let puts: Vec<Put<'_>> = keys.iter().map(|key| put(key, &mine, when)).collect();
                store.put(&puts).await.unwrap();
                if (round + number) % 5 == 0 {
                    store.delete(&keys).await.unwrap();
                }
                store.get(&keys).await.unwrap();
            }
        }
    })
    .await;
}

pub(crate) async fn the_database_says_what_has_expired(url: &str) {
    let clock = cache_core::testing::Clock::freeze();
    let store = store(url).await;
    let ttl = Duration::from_millis(300);
    let short = Put {
        ttl: Some(ttl),
        ..put(b"short", b"0123456789abcdef", When::Always)
    };
    store
        .put(&[short, put(b"long", b"", When::Always)])
        .await
        .unwrap();
    let answer = store.get(&[b"short"]).await.unwrap();
    if let Some(found) = &answer.found[0] {
        let left = found.left.unwrap();
        assert!(left <= ttl && left > Duration::ZERO, "{left:?}");
    }
    clock.advance(Duration::from_secs(86_400));
    let left = store.get(&[b"long"]).await.unwrap().found[0]
        .clone()
        .unwrap();
    assert!(left.left.unwrap() > Duration::from_secs(500), "{left:?}");
    until("the end of a life", || async {
        read(&store, b"short").await.is_none()
    })
    .await;
    let is = When::Is(Token(*b"0123456789abcdef"));
    let late = store.put(&[put(b"short", b"a", is)]).await.unwrap();
    assert_eq!(late, [Written::No]);
    let new = put(b"short", b"new", When::Absent);
    assert_eq!(
        store.put(&[new, new]).await.unwrap(),
        [Written::Yes, Written::No]
    );
}

/// `rows` counts what is in the table `swept`.
pub(crate) async fn a_sweep_removes_what_has_expired<F: Future<Output = i64>>(
    url: &str,
    rows: impl Fn() -> F,
) {
    let url = with(url, "table=swept");
    let writer = store(&url).await;
    // The sweep of the first write is over before there is anything to remove.
    write(&writer, b"stays", b"1").await;
    writer.sweep().await.unwrap();
    let keys: Vec<Vec<u8>> = (0..900_u16).map(|key| key.to_be_bytes().to_vec()).collect();
    let puts = |ttl, keys: &[Vec<u8>]| -> Vec<(Vec<u8>, Option<Duration>)> {
        keys.iter().map(|key| (key.clone(), ttl)).collect()
    };
    let mut all = puts(Some(Duration::from_millis(1)), &keys[..800]);
    all.extend(puts(None, &keys[800..]));
    let all: Vec<Put<'_>> = all
        .iter()
        .map(|(key, ttl)| Put {
            ttl: *ttl,
            ..put(key, b"", When::Always)
        })
        .collect();
    writer.put(&all).await.unwrap();
    until("the end of their lives", || async {
        let keys: Vec<&[u8]> = keys[..800].iter().map(Vec::as_slice).collect();
        let found = writer.get(&keys).await.unwrap().found;
        found.iter().all(Option::is_none)
    })
    .await;
    assert_eq!(rows().await, 901, "a row went before any sweep");
    writer.sweep().await.unwrap();
    assert_eq!(rows().await, 101);
    assert!(read(&writer, b"stays").await.is_some());

    // By itself, with the thousandth write.
    writer.put(&all[..800]).await.unwrap();
    until("a sweep", || async { rows().await == 101 }).await;
}

/// `rows` counts what is in the table `bounded`.
pub(crate) async fn a_sweep_keeps_the_bound<F: Future<Output = i64>>(
    url: &str,
    rows: impl Fn() -> F,
) {
    let store = store(&with(url, "table=bounded&max_entries=10")).await;
    let keys: Vec<[u8; 1]> = (0..30).map(|key| [key]).collect();
    let lasting = |key: u8| key >= 15;
    let puts: Vec<Put<'_>> = keys
        .iter()
        .map(|key| Put {
            ttl: (!lasting(key[0])).then(|| Duration::from_secs(100 + u64::from(key[0]))),
            ..put(key, b"", When::Always)
        })
        .collect();
    store.put(&puts).await.unwrap();
    store.sweep().await.unwrap();
    assert_eq!(rows().await, 10);
    let keys: Vec<&[u8]> = keys.iter().map(|key| &key[..]).collect();
    let found = store.get(&keys).await.unwrap().found;
    assert!(found[..15].iter().all(Option::is_none), "{found:?}");
    store.delete(&keys).await.unwrap();
    store.put(&puts[..14]).await.unwrap();
    store.sweep().await.unwrap();
    let found = store.get(&keys).await.unwrap().found;
    let left: HashSet<usize> = (0..30).filter(|at| found[*at].is_some()).collect();
    assert_eq!(left, (4..14).collect(), "the nearest to their end go first");
}

pub(crate) async fn keys_and_values_of_all_sizes(url: &str) {
    let store = store(url).await;
    let long = vec![0xff; 10_240];
    let longer = vec![0xff; 10_241];
    let keys: [&[u8]; 7] = [
        b"",
        b"\0",
        b"\0\0",
        b"' \" ` ; -- ",
        "Gr\u{fc}\u{df}e \u{1f980}".as_bytes(),
        &long,
        &longer,
    ];
    let large = value(7, 8 << 20);
    let values: [&[u8]; 7] = [b"", b"\0", b"a", b"' \\ \n\r", &large, b"long", b"longer"];
    let puts: Vec<Put<'_>> = keys
        .iter()
        .zip(values)
        .map(|(key, value)| put(key, value, When::Always))
        .collect();
    assert_eq!(store.put(&puts).await.unwrap(), [Written::Yes; 7]);
    let found = store.get(&keys).await.unwrap().found;
    for (at, (found, value)) in found.iter().zip(values).enumerate() {
        let found = found.as_ref().map(|found| &*found.value);
        assert!(found == Some(value), "value {at}");
    }
    store.delete(&keys).await.unwrap();
    let found = store.get(&keys).await.unwrap().found;
    assert!(found.iter().all(Option::is_none));
}

pub(crate) async fn more_keys_than_a_statement_takes(url: &str) {
    let store = store(url).await;
    let keys: Vec<Vec<u8>> = (0..70_000_u32)
        .map(|key| key.to_be_bytes().to_vec())
        .collect();
    let mut keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    keys[69_000] = b"there";
    write(&store, b"there", b"v").await;
    let found = store.get(&keys).await.unwrap().found;
    let there: Vec<usize> = (0..found.len()).filter(|at| found[*at].is_some()).collect();
    assert_eq!(there, [69_000]);
    store.delete(&keys).await.unwrap();
    assert!(read(&store, b"there").await.is_none());
}

pub(crate) async fn a_table_may_have_any_name(url: &str) {
    for name in [
        "two%20words",
        "a%22b%27c%60d",
        "select",
        "Gr%C3%BC%C3%9Fe",
        "a.b%3B--",
    ] {
        let store = store(&with(url, &format!("table={name}"))).await;
        write(&store, b"k", name.as_bytes()).await;
        assert_eq!(read(&store, b"k").await.as_deref(), Some(name.as_bytes()));
        store.sweep().await.unwrap();
    }
}

pub(crate) async fn a_dropped_call_runs_to_its_end(url: &str) {
    let store = store(url).await;
    for round in 0..20_u8 {
        let (key, mine) = ([round], value(round, 100));
        let puts = [put(&key, &mine, When::Always)];
        let call = store.put(&puts);
        // Polled once: it has begun, and nobody waits for it.
        let polled = tokio::time::timeout(Duration::ZERO, call).await;
        if polled.is_err() {
            until("a write whose caller went", || async {
                read(&store, &key).await == Some(mine.clone())
            })
            .await;
        }
    }
}
