//! How many visitors wait after an invalidation of all popular pages. A round of the runtime is the unit of time, so that nothing depends
//! on the machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use crate::Turn;
use axum::Router;
use cache_core::{cache, cache_page, drain, invalidate_tag};
use tokio::task::yield_now;

use crate::support::{get, run, site};

const PAGES: u64 = 200;
const READERS: u64 = 10_000;
/// How many rounds a render takes: of as many readers one comes in each.
const RENDER: u32 = 5;

async fn render() -> String {
    for _ in 0..RENDER {
        yield_now().await;
    }
    format!("run {}", run())
}

/// The page of a reader: the nth is asked for about n times less often than the first.
fn page_of(reader: u64) -> String {
    let random = reader.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "24 bits, and a rank below 200"
    )]
    let rank = (PAGES as f64).powf(random as f64 / f64::from(1 << 24)) as u64;
    format!("/{rank}")
}

/// Readers come one in each round; returns how many of them were not answered from what is kept.
async fn read(app: &Router, readers: u64) -> u64 {
    let waited = Arc::new(AtomicU64::new(0));
    let mut all = Vec::new();
    for reader in 0..readers {
        let (app, waited) = (app.clone(), waited.clone());
        all.push(tokio::spawn(async move {
            let answer = get(&app, &page_of(reader)).await;
            if !answer.cache().starts_with("cache-core; hit") {
                waited.fetch_add(1, SeqCst);
            }
        }));
        yield_now().await;
    }
    for reader in all {
        reader.await.expect("a reader");
    }
    waited.load(SeqCst)
}

#[tokio::test]
async fn of_the_readers_after_an_invalidation_one_in_a_hundred_waits_at_most() {
    #[cache_page(ttl = "1h", tags("reach:hard"), warm = 200)]
    async fn page() -> String {
        render().await
    }
    #[cache_page(ttl = "1h", tags("reach:cold"))]
    async fn cold() -> String {
        render().await
    }

    let _clock = Turn::take().await;
    let (warm, cold) = (site(page), site(cold));
    read(&warm, READERS).await;
    read(&cold, READERS).await;
    let before = page::stats().loads;
    invalidate_tag("reach:hard").await.unwrap();
    invalidate_tag("reach:cold").await.unwrap();
    let waited = read(&warm, READERS).await;
    let loads = page::stats().loads - before;
    let waited_cold = read(&cold, READERS).await;
    assert!(
        waited <= READERS / 100,
        "{waited} of {READERS} waited, {waited_cold} without `warm`"
    );
    assert!(waited < waited_cold, "{waited} {waited_cold}");
    assert!(loads <= PAGES * 11 / 10, "{loads} loads of {PAGES} pages");
}

#[tokio::test]
async fn no_reader_waits_after_a_soft_invalidation() {
    #[cache_page(
        ttl = "1h",
        tags("reach:soft"),
        stale_while_revalidate = "1h",
        warm = 200
    )]
    async fn page() -> String {
        render().await
    }

    let (_clock, app) = (Turn::take().await, site(page));
    read(&app, READERS).await;
    let before = page::stats().loads;
    cache().expire_tag("reach:soft").await.unwrap();
    assert_eq!(read(&app, READERS).await, 0);
    assert!(drain(Duration::from_secs(20)).await);
    let loads = page::stats().loads - before;
    assert!(loads <= PAGES * 11 / 10, "{loads} loads of {PAGES} pages");
}
