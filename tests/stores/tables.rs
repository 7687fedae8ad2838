//! Tests of the table, for every SQL database.

use std::future::Future;
use std::time::Duration;

use cache_core::SqlStore;
use cache_core::store::{Put, Store, Token, When, Written};

/// Longer than anything here takes, even on a busy machine.
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
    answer.found[0].clone().map(|found| found.value.to_vec())
}

/// Waits until it holds.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut is: impl FnMut() -> F) {
    let wait = async {
        while !is().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(LIMIT, wait).await;
    assert!(waited.is_ok(), "never came: {what}");
}

/// The text of an error, which contains those of its sources.
pub(crate) fn told(error: &cache_core::Error) -> String {
    error.to_string()
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
        // Polled once: it has begun, and is then dropped.
        let polled = tokio::time::timeout(Duration::ZERO, call).await;
        if polled.is_err() {
            until("a write whose caller went", || async {
                read(&store, &key).await == Some(mine.clone())
            })
            .await;
        }
    }
}
