//! `Cache` over Memcached.

use cache_core::{Cache, MemcachedStore};
use cache_tests::proxy::Proxy;
use cache_tests::servers::{Server, memcached};

use super::{LIMIT, over, patient};
use crate::meter::Meter;

async fn at(url: &str) -> Cache {
    over(MemcachedStore::connect(url).await.unwrap())
}

async fn one() -> (Server, Cache) {
    let server = memcached();
    let cache = at(&server.url()).await;
    (server, cache)
}

/// A cache with a time limit that a busy machine does not exceed.
async fn steady(url: &str) -> Cache {
    patient(MemcachedStore::connect(url).await.unwrap(), LIMIT)
}

#[tokio::test]
async fn a_hundred_keys_are_few_trips() {
    let server = memcached();
    let meter = Meter::to(&server).await;
    let cache = steady(&format!("memcached://127.0.0.1:{}", meter.port())).await;
    let other = steady(&server.url()).await;
    super::a_hundred_keys_are_few_trips(&cache, &other, &meter, 4).await;
}

#[tokio::test]
async fn a_hung_server_is_an_error_then_left_alone_then_used_again() {
    let (server, cache) = one().await;
    super::a_hung_server_is_an_error_then_left_alone_then_used_again(&server, &cache).await;
}

#[tokio::test]
async fn a_crowd_at_a_hung_server_is_back_soon() {
    let (server, cache) = one().await;
    super::a_crowd_at_a_hung_server_is_back_soon(&server, &cache).await;
}

#[tokio::test]
async fn a_load_in_whose_midst_the_server_dies_is_given() {
    let (server, cache) = one().await;
    super::a_load_in_whose_midst_the_server_dies_is_given(&server, &cache).await;
}

#[tokio::test]
async fn a_server_that_is_not_there_at_first_is_used_later() {
    let server = memcached();
    server.kill();
    let cache = at(&server.url()).await;
    super::a_server_that_is_not_there_at_first_is_used_later(&server, &cache).await;
}

#[tokio::test]
async fn a_delete_that_did_not_arrive_is_owed() {
    let (server, other) = one().await;
    let proxy = Proxy::to(server.port());
    let cut_off = at(&server.url_through(&proxy)).await;
    super::a_delete_that_did_not_arrive_is_owed(&proxy, &cut_off, &other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_answer_goes_astray() {
    let (_server, cache) = one().await;
    super::no_answer_goes_astray(cache).await;
}

#[tokio::test]
async fn what_is_too_large_leaves_nothing_old() {
    let server = memcached();
    let cache = steady(&server.url()).await;
    super::what_is_too_large_leaves_nothing_old(&cache, &vec![7; 2 << 20]).await;
}
