//! Bodies that differ by chance, and those that only seem to.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::routing::get;
use cache_core::testing::{Clock, verify};
use cache_core::{cache_page, cached};
use http::Request;

use crate::support::{ask, text};

const GRACE: Duration = Duration::from_secs(2);

#[test]
fn a_map_in_random_order_is_no_fault() {
    #[derive(Clone, serde::Serialize, serde::Deserialize)]
    struct Counts {
        by_name: HashMap<String, u64>,
    }
    #[cached(verify = 1.0)]
    fn counts(n: u64) -> Counts {
        let by_name = [("a", n), ("b", n)].map(|(name, n)| (name.to_owned(), n));
        Counts {
            by_name: by_name.into(),
        }
    }
    let clock = Clock::freeze();
    for n in 0..60 {
        counts(n);
        counts(n);
        clock.advance(GRACE);
        counts(n);
    }
    let stats = counts::stats();
    assert_eq!(stats.wrong_hits, 0, "impure {}", stats.impure);
}

#[test]
fn a_coin_is_no_fault() {
    static NEXT: AtomicU64 = AtomicU64::new(0x9e37_79b9_7f4a_7c15);
    #[cached(verify = 1.0)]
    fn coin(_n: u64) -> bool {
        let mut x = NEXT.load(SeqCst);
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        NEXT.store(x, SeqCst);
        x >> 63 == 1
    }
    let clock = Clock::freeze();
    for n in 0..40 {
        coin(n);
        coin(n);
        clock.advance(GRACE);
        coin(n);
    }
    let stats = coin::stats();
    assert_eq!(stats.wrong_hits, 0, "impure {}", stats.impure);
}

#[tokio::test]
async fn a_page_that_shows_a_map_in_random_order_is_no_fault() {
    #[cache_page(ttl = "1h", tags("random:order"))]
    async fn counts(Path(n): Path<u64>) -> String {
        let map: HashMap<&str, u64> = [("a", n), ("b", n)].into();
        format!("{map:?}")
    }
    let app: Router = Router::new().route("/c/{n}", get(counts));
    let asks = (0..24).map(|n| {
        let app = app.clone();
        tokio::spawn(verify(async move {
            for _ in 0..2 {
                let request = Request::get(format!("/c/{n}")).header("host", "localhost");
                text(ask(&app, request.body(Body::empty()).unwrap()).await).await;
            }
        }))
    });
    for asked in asks.collect::<Vec<_>>() {
        asked.await.expect("no fault");
    }
}

#[test]
fn a_forgotten_invalidation_of_what_changes_often_is_found() {
    static TITLE: AtomicU64 = AtomicU64::new(1);
    #[cached(key = "often:{id}", tags("often"), verify = 1.0)]
    fn title(id: u64) -> u64 {
        id + TITLE.load(SeqCst)
    }
    let clock = Clock::freeze();
    title(1);
    for _ in 0..100 {
        TITLE.fetch_add(1, SeqCst);
        title(1);
        clock.advance(Duration::from_millis(700));
    }
    let stats = title::stats();
    assert!(stats.wrong_hits > 0, "impure {}", stats.impure);
}
