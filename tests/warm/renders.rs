//! Renders that nobody has asked for, beside visitors, further invalidations and failures.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use crate::Turn;
use axum::body::Body;
use axum::http::{StatusCode, Uri};
use cache_core::{cache_page, drain, invalidate_tag};
use tokio::sync::Semaphore;

use crate::support::{Source, get, run, site};

const SOON: Duration = Duration::from_secs(20);

async fn settle() {
    assert!(drain(SOON).await);
}

#[tokio::test]
async fn an_invalidation_during_a_render_has_the_page_rendered_again() {
    static DATA: AtomicU64 = AtomicU64::new(0);
    static READ: Semaphore = Semaphore::const_new(0);
    static GO_ON: Semaphore = Semaphore::const_new(0);
    #[cache_page(ttl = "10m", tags("warm:during"), warm = 1)]
    async fn page() -> String {
        let data = DATA.load(SeqCst);
        READ.add_permits(1);
        GO_ON.acquire().await.unwrap().forget();
        format!("data {data}")
    }

    let (_clock, app) = (Turn::take().await, site(page));
    GO_ON.add_permits(1);
    get(&app, "/").await.assert_stored();
    READ.acquire().await.unwrap().forget();
    DATA.store(1, SeqCst);
    invalidate_tag("warm:during").await.unwrap();
    READ.acquire().await.unwrap().forget();
    // It has read the old data, and is under way.
    DATA.store(2, SeqCst);
    invalidate_tag("warm:during").await.unwrap();
    READ.acquire().await.unwrap().forget();
    GO_ON.add_permits(2);
    settle().await;
    let answer = get(&app, "/").await;
    answer.assert_hit();
    assert_eq!(answer.body, "data 2");
    assert_eq!(page::stats().loads, 3);
}

#[tokio::test]
async fn a_visitor_joins_the_render_and_a_render_leaves_a_visitor_alone() {
    static GO_ON: Semaphore = Semaphore::const_new(0);
    static RUNS: AtomicU64 = AtomicU64::new(0);
    #[cache_page(ttl = "10m", tags("warm:joined"), warm = 1)]
    async fn page() -> String {
        let run = RUNS.fetch_add(1, SeqCst) + 1;
        GO_ON.acquire().await.unwrap().forget();
        format!("run {run}")
    }

    let (_clock, app) = (Turn::take().await, site(page));
    GO_ON.add_permits(1);
    get(&app, "/").await.assert_stored();
    invalidate_tag("warm:joined").await.unwrap();
    while RUNS.load(SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
    let visitor = tokio::spawn({
        let app = app.clone();
        async move { get(&app, "/").await }
    });
    tokio::task::yield_now().await;
    // Nothing lacks a load now, however often it is asked.
    invalidate_tag("warm:joined:not").await.unwrap();
    GO_ON.add_permits(1);
    let visitor = visitor.await.unwrap();
    assert_eq!(visitor.body, "run 2");
    assert!(visitor.cache().ends_with("collapsed"), "{visitor:?}");
    settle().await;
    assert_eq!(RUNS.load(SeqCst), 2);
}

#[tokio::test]
async fn few_are_rendered_at_once_and_all_in_the_end() {
    static NOW: AtomicU64 = AtomicU64::new(0);
    static MOST: AtomicU64 = AtomicU64::new(0);
    #[cache_page(ttl = "10m", tags("warm:few"), warm = 100)]
    async fn page() -> String {
        MOST.fetch_max(NOW.fetch_add(1, SeqCst) + 1, SeqCst);
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        NOW.fetch_sub(1, SeqCst);
        format!("run {}", run())
    }

    let (_clock, app) = (Turn::take().await, site(page));
    for page in 0..100 {
        get(&app, &format!("/{page}")).await.assert_stored();
    }
    MOST.store(0, SeqCst);
    invalidate_tag("warm:few").await.unwrap();
    settle().await;
    assert!((1..=8).contains(&MOST.load(SeqCst)), "{MOST:?}");
    for page in 0..100 {
        get(&app, &format!("/{page}")).await.assert_hit();
    }
}

/// A page is rendered when its body has ended.
#[tokio::test]
async fn few_bodies_are_read_at_once() {
    static NOW: AtomicU64 = AtomicU64::new(0);
    static MOST: AtomicU64 = AtomicU64::new(0);
    #[cache_page(ttl = "10m", tags("warm:bodies"), warm = 100)]
    async fn page() -> Body {
        let part = futures_util::stream::once(async {
            MOST.fetch_max(NOW.fetch_add(1, SeqCst) + 1, SeqCst);
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            NOW.fetch_sub(1, SeqCst);
            Ok::<_, std::convert::Infallible>("part")
        });
        Body::from_stream(part)
    }

    let (_clock, app) = (Turn::take().await, site(page));
    for page in 0..100 {
        let path = format!("/{page}");
        get(&app, &path).await;
        settle().await;
        get(&app, &path).await.assert_hit();
    }
    MOST.store(0, SeqCst);
    invalidate_tag("warm:bodies").await.unwrap();
    settle().await;
    assert!((1..=8).contains(&MOST.load(SeqCst)), "{MOST:?}");
    for page in 0..100 {
        get(&app, &format!("/{page}")).await.assert_hit();
    }
}

#[tokio::test]
async fn what_is_not_kept_is_not_rendered_and_what_fails_is_tried_once() {
    static SOURCE: Source = Source::new();
    #[cache_page(ttl = "10m", tags("warm:fails"), warm = 10)]
    async fn page(uri: Uri) -> (StatusCode, [(&'static str, &'static str); 1], String) {
        let (status, body) = SOURCE.page();
        let own = uri.path() == "/own";
        let control = if own {
            "private, no-store"
        } else {
            "max-age=60"
        };
        (status, [("cache-control", control)], body)
    }

    let (clock, app) = (Turn::take().await, site(page));
    get(&app, "/own").await;
    get(&app, "/").await.assert_stored();
    SOURCE.answers(500);
    invalidate_tag("warm:fails").await.unwrap();
    settle().await;
    assert_eq!(SOURCE.runs(), 3);
    // For a while its loads are not kept, whoever begins them: nobody who asked for none gets one of those.
    invalidate_tag("warm:fails").await.unwrap();
    settle().await;
    assert_eq!(SOURCE.runs(), 3);
    clock.advance(Duration::from_secs(2));
    SOURCE.answers(599);
    invalidate_tag("warm:fails").await.unwrap();
    settle().await;
    assert_eq!(SOURCE.runs(), 4);
    SOURCE.answers(200);
    get(&app, "/").await.assert_stored();
    invalidate_tag("warm:fails").await.unwrap();
    settle().await;
    get(&app, "/").await.assert_hit();
}
