//! Servers that die, hang and come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cache_core::MemcachedStore;
use cache_core::store::{Store, Written};
use cache_tests::proxy::Proxy;
use cache_tests::servers;

use super::{always, store, url_of, values};

/// Longer than the store waits for a reply.
const BOUND: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_server_that_is_not_there_is_no_error_before_the_first_call() {
    let server = servers::memcached();
    server.kill();
    let store = store(&server.url()).await;
    let error = store.get(&[b"a"]).await.unwrap_err();
    assert!(error.is_store());
    let inner = error.get_ref().unwrap().to_string();
    assert!(inner.contains(&server.port().to_string()), "{inner}");
    server.start_again();
    assert_eq!(values(&store, &[b"a"]).await, [None]);
}

/// An idle store sees that the connection closes, so that not even the next call fails.
#[tokio::test]
async fn a_server_that_was_killed_and_started_again_is_empty_and_works() {
    let server = servers::memcached();
    let store = store(&server.url()).await;
    for _ in 0..20 {
        store.put(&[always(b"a", b"b")]).await.unwrap();
        server.kill();
        server.start_again();
        assert_eq!(values(&store, &[b"a"]).await, [None]);
    }
}

#[tokio::test]
async fn a_call_to_a_dead_server_fails_and_the_others_go_on() {
    let servers = [(); 2].map(|()| servers::memcached());
    let store = store(&url_of(&servers)).await;
    let keys: Vec<_> = (0..40).map(|number| format!("key {number}")).collect();
    for key in &keys {
        store.put(&[always(key.as_bytes(), b"old")]).await.unwrap();
    }
    servers[0].kill();
    let mut own = [Vec::new(), Vec::new()];
    for key in &keys {
        let alive = store.get(&[key.as_bytes()]).await.is_ok();
        own[usize::from(alive)].push(key.as_bytes());
    }
    let [dead, alive] = own;
    assert!(dead.len() > 5 && alive.len() > 5, "{} keys", dead.len());
    assert!(store.get(&[dead[0], alive[0]]).await.is_err());
    assert!(store.put(&[always(dead[0], b"new")]).await.is_err());
    assert!(store.delete(&[dead[0]]).await.is_err());
    let put = store.put(&[always(alive[0], b"new")]).await.unwrap();
    assert_eq!(put, [Written::Yes]);
    // The other server did not take the entries of the dead one.
    servers[0].start_again();
    assert_eq!(values(&store, &dead).await, vec![None; dead.len()]);
    let found = values(&store, &alive).await;
    assert_eq!(found[0].as_deref(), Some(&b"new"[..]));
    assert!(
        found[1..]
            .iter()
            .all(|found| found.as_deref() == Some(b"old"))
    );
}

/// All its calls fail within a time limit, and it is used again as soon as it answers.
#[tokio::test]
async fn a_server_that_hangs_holds_nobody_for_ever() {
    let server = servers::memcached();
    let store = store(&server.url()).await;
    store.put(&[always(b"a", b"b")]).await.unwrap();
    server.pause();
    let start = Instant::now();
    let (one, other) = tokio::join!(store.get(&[b"a"]), store.delete(&[b"c"]));
    assert!(one.is_err() && other.is_err());
    assert!(start.elapsed() < BOUND, "{:?}", start.elapsed());
    server.go_on();
    assert_eq!(values(&store, &[b"a"]).await, [Some(b"b".to_vec())]);
}

#[tokio::test]
async fn who_gave_up_on_a_server_that_hangs_leaves_nothing_behind() {
    let server = servers::memcached();
    let store = store(&server.url()).await;
    store
        .put(&[always(b"a", b"1"), always(b"b", b"2")])
        .await
        .unwrap();
    server.pause();
    for _ in 0..10 {
        let given_up = tokio::time::timeout(Duration::from_millis(5), store.get(&[b"a"])).await;
        assert!(given_up.is_err(), "it answers");
    }
    server.go_on();
    assert_eq!(values(&store, &[b"b"]).await, [Some(b"2".to_vec())]);
}

/// The connection breaks at any point: a call fails or gets its own answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_on_a_connection_that_is_cut_fail_or_are_answered_rightly() {
    let server = servers::memcached();
    let proxy = Proxy::to(server.port());
    let store = Arc::new(store(&format!("memcached://127.0.0.1:{}", proxy.port())).await);
    let value = |number: u8| vec![number; 20_000];
    for number in 0..8 {
        let (key, value) = ([number], value(number));
        store.put(&[always(&key, &value)]).await.unwrap();
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let callers = (0..8).map(|number| {
        let (store, is_over) = (store.clone(), is_over.clone());
        tokio::spawn(async move {
            let (mut answered, mut failed) = (0, 0);
            while !is_over.load(Ordering::Relaxed) {
                let other = (number + 1) % 8;
                let Ok(answer) = store.get(&[&[number], &[other]]).await else {
                    failed += 1;
                    continue;
                };
                answered += 1;
                let found = answer.found.into_iter().map(|found| found.unwrap().value);
                assert!(found.eq([value(number), value(other)]));
            }
            (answered, failed)
        })
    });
    let callers: Vec<_> = callers.collect();
    for _ in 0..50 {
        let before = proxy.to_client();
        while proxy.to_client() < before + 100_000 {
            tokio::task::yield_now().await;
        }
        proxy.cut();
    }
    is_over.store(true, Ordering::Relaxed);
    let mut all = (0, 0);
    for caller in callers {
        let (answered, failed) = caller.await.unwrap();
        all = (all.0 + answered, all.1 + failed);
    }
    assert!(all.0 > 0 && all.1 > 0, "answered and failed: {all:?}");
    assert_eq!(values(&store, &[&[3]]).await, [Some(value(3))]);
}

/// The thread of the stores drives the sockets: a call needs no runtime.
#[test]
fn any_executor_will_do() {
    let server = servers::memcached();
    let url = server.url();
    let alone = || {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap()
    };
    let store = alone().block_on(MemcachedStore::connect(&url)).unwrap();
    alone().block_on(async {
        store.put(&[always(b"a", b"b")]).await.unwrap();
    });
    let found = alone().block_on(values(&store, &[b"a"]));
    assert_eq!(found, [Some(b"b".to_vec())]);
}
