//! What becomes of copies when the server is not heard any more.

use std::time::{Duration, Instant};

use cache_core::Cache;
use cache_tests::proxy::Proxy;
use cache_tests::servers::redis;
use cache_tests::within;

use super::{at, ends, load, process};

/// A connection that is cut without a word: the copies serve for two seconds more, and not a moment longer.
#[tokio::test]
async fn a_connection_that_says_nothing_ends_its_copies_in_time() {
    let server = redis();
    let proxy = Proxy::to(server.port());
    let one = at(&server.url_through(&proxy), "near_ttl=1h&timeout=500ms").await;
    let other = process(&server, "near_ttl=0s").await;
    let three = at(&server.url_through(&proxy), "near_ttl=0s&timeout=500ms").await;
    load(&three, "k", 7).await;
    load(&one, "k2", 7).await;
    proxy.hold();
    other.invalidate_tag("t").await.unwrap();
    let invalidated = Instant::now();
    let mut last = Instant::now();
    while let Ok(Some(7_u64)) = three.get("k").await {
        last = Instant::now();
        assert!(invalidated.elapsed() < Duration::from_secs(5));
        tokio::task::yield_now().await;
    }
    assert!(last - invalidated < Duration::from_millis(2_500));
    proxy.release();
    // The server's word comes late, and is taken.
    ends(&one, "k2", None).await;
}

#[tokio::test]
async fn a_connection_that_ends_takes_its_copies_along() {
    let server = redis();
    let proxy = Proxy::to(server.port());
    let one = at(&server.url_through(&proxy), "near_ttl=1h").await;
    let other = process(&server, "near_ttl=0s").await;
    for round in 0..3 {
        load(&one, "k", round).await;
        proxy.cut();
        other.invalidate_tag("t").await.unwrap();
        within(async { while one.get::<u64>("k").await.is_ok_and(|there| there.is_some()) {} })
            .await;
        // The next connection tells of changes as well.
        until_it_answers(&one).await;
        load(&one, "k", 10 + round).await;
        other.delete("k").await.unwrap();
        ends(&one, "k", None).await;
    }
}

async fn until_it_answers(cache: &Cache) {
    within(async { while cache.get::<u64>("another").await.is_err() {} }).await;
}

/// A server that was started again has nothing, and whoever had a copy asks it.
#[tokio::test]
async fn a_server_that_restarts_ends_all_copies() {
    let server = redis();
    let one = process(&server, "near_ttl=1h").await;
    load(&one, "k", 7).await;
    server.kill();
    server.start_again();
    until_it_answers(&one).await;
    ends(&one, "k", None).await;
}
