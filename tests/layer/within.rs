//! What a cached function, or another layer, has asked a layer for: what is made of it is stale with it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use cache_core::testing::Clock;
use cache_core::{CachePageLayer, cache_page, cached, invalidate_tag};
use futures_util::{StreamExt, stream};
use tower::ServiceExt;

use crate::support::{
    AskedRequest, LayeredOrigin, OriginAnswer, failure, fed, front, page, request, settle, until,
};

const SECOND: Duration = Duration::from_secs(1);
const FRESH: (&str, &str) = ("cache-control", "max-age=60");

fn run() -> u32 {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    RUNS.fetch_add(1, Ordering::SeqCst)
}

async fn body_of(app: &Router, path: &str) -> String {
    let response = app
        .clone()
        .oneshot(request("GET", path, &[]))
        .await
        .unwrap();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn a_function_depends_on_what_it_asked_for_alone() {
    static ANSWERS: Mutex<Vec<OriginAnswer>> = Mutex::new(Vec::new());
    static FRONT: LazyLock<LayeredOrigin> = LazyLock::new(|| {
        front(
            &CachePageLayer::shared(),
            move |asked: &AskedRequest| match asked.method.as_str() {
                "GET" => ANSWERS.lock().unwrap().pop().unwrap_or_else(|| {
                    page(
                        format!("run {}", run()),
                        &[FRESH, ("cache-groups", r#""a""#)],
                    )
                }),
                _ => page("", &[("cache-group-invalidation", r#""a""#)]),
            },
        )
    });
    #[cached(ttl = "1h", key = "within:alone:{n}")]
    async fn made(n: u32) -> (u32, String) {
        (n, FRONT.get("/x", &[]).await.body)
    }
    for (n, target) in [(1, "/x"), (2, "/other")] {
        let clock = Clock::freeze();
        let (answer, feeder) = fed(&[FRESH, ("cache-groups", r#""a""#)]);
        ANSWERS.lock().unwrap().push(answer);
        let slow = FRONT.start("GET", "/x", &[]);
        feeder.data("slow");
        until(|| ANSWERS.lock().unwrap().is_empty()).await;
        settle().await;
        clock.advance(SECOND + SECOND / 2);
        settle().await;
        let first = made(n).await.1;
        assert!(first.starts_with("run"), "{first}");
        assert_eq!(made(n).await.1, first);
        drop(feeder);
        slow.await.unwrap();
        FRONT.ask("POST", target, &[]).await;
        assert_ne!(made(n).await.1, first, "{target}");
    }
}

#[tokio::test]
async fn a_function_depends_on_a_body_that_was_too_large() {
    #[cached(ttl = "1h", key = "within:large-part", tags("within:large"))]
    async fn late() -> u32 {
        run()
    }
    static APP: LazyLock<Router> = LazyLock::new(|| {
        Router::new()
            .route(
                "/x",
                get(async || -> Response {
                    let parts = stream::iter(0..3).then(async |at| {
                        Ok::<_, &str>(match at {
                            0 => Bytes::from(late().await.to_string()),
                            _ => Bytes::from(vec![b'x'; 100]),
                        })
                    });
                    ([FRESH], Body::from_stream(parts)).into_response()
                }),
            )
            .layer(CachePageLayer::shared().body_limit(50))
    });
    #[cached(ttl = "1h", key = "within:large-made")]
    async fn made() -> String {
        body_of(&APP, "/x").await
    }
    let first = made().await;
    assert_eq!(made().await, first);
    invalidate_tag("within:large").await.unwrap();
    assert_ne!(body_of(&APP, "/x").await, first);
    assert_ne!(made().await, first);
}

#[tokio::test]
async fn a_function_depends_on_what_serves_in_place() {
    static FAILS: AtomicU32 = AtomicU32::new(0);
    static FRONT: LazyLock<LayeredOrigin> = LazyLock::new(|| {
        front(
            &CachePageLayer::shared(),
            move |asked: &AskedRequest| match asked.method.as_str() {
                "GET" => match FAILS.load(Ordering::SeqCst) {
                    1 => failure(),
                    2 => page("sorry", &[]).status(500),
                    _ => page(
                        format!("run {}", run()),
                        &[
                            ("cache-control", "max-age=1, stale-if-error=600"),
                            ("cache-groups", r#""a""#),
                        ],
                    ),
                },
                _ => page("", &[("cache-group-invalidation", r#""a""#)]),
            },
        )
    });
    #[cached(ttl = "1h", key = "within:in-place:{n}")]
    async fn made(n: u32) -> (u32, String) {
        (n, FRONT.get("/x", &[]).await.body)
    }
    for (n, fails, target) in [
        (1, 1, "/x"),
        (2, 1, "/other"),
        (3, 2, "/x"),
        (4, 2, "/other"),
    ] {
        let clock = Clock::freeze();
        FAILS.store(0, Ordering::SeqCst);
        let stored = FRONT.get("/x", &[]).await.body;
        clock.advance(5 * SECOND);
        FAILS.store(fails, Ordering::SeqCst);
        let first = made(n).await.1;
        assert_eq!(first, stored);
        FAILS.store(0, Ordering::SeqCst);
        FRONT.ask("POST", target, &[]).await;
        clock.advance(100 * SECOND);
        assert_ne!(FRONT.get("/x", &[]).await.body, first);
        assert_ne!(made(n).await.1, first, "{n} {fails} {target}");
        clock.advance(Duration::from_secs(7200));
    }
}

#[tokio::test]
async fn a_layer_depends_on_a_page_with_a_timeout() {
    #[cache_page(ttl = "5m", browser = "5m", tags("within:layer"), hard_timeout = "1h")]
    async fn inner() -> String {
        run().to_string()
    }
    let app = Router::new()
        .route("/x", get(inner))
        .layer(CachePageLayer::new(600));
    let first = body_of(&app, "/x").await;
    assert_eq!(body_of(&app, "/x").await, first);
    invalidate_tag("within:layer").await.unwrap();
    assert_ne!(body_of(&app, "/x").await, first);
}

#[tokio::test]
async fn a_function_depends_on_what_goes_on_alone() {
    static FRONT: LazyLock<LayeredOrigin> = LazyLock::new(|| {
        front(
            &CachePageLayer::shared(),
            move |asked: &AskedRequest| match asked.method.as_str() {
                "POST" => page("", &[]),
                _ => page(format!("run {}", run()), &[FRESH]),
            },
        )
    });
    #[cached(ttl = "1h", key = "within:condition:{n}")]
    async fn made(n: usize) -> String {
        let fields = [("range", "bytes=0-100"), ("if-match", "*"), ("x", "1")];
        FRONT.get("/x", &[fields[n]]).await.body
    }
    for n in [2, 0, 1] {
        let first = made(n).await;
        FRONT.ask("POST", "/x", &[]).await;
        assert_ne!(made(n).await, first, "{n}");
    }
}

#[tokio::test]
async fn a_function_depends_on_the_groups_of_what_was_confirmed() {
    static CHANGED: AtomicU32 = AtomicU32::new(0);
    static FRONT: LazyLock<LayeredOrigin> = LazyLock::new(|| {
        front(&CachePageLayer::shared(), |asked: &AskedRequest| {
            let tag = format!("\"{}\"", CHANGED.load(Ordering::SeqCst));
            let fields = [
                ("cache-control", "max-age=60"),
                ("etag", &*tag),
                ("cache-groups", r#""confirmed""#),
            ];
            match asked.method.as_str() {
                "GET" if asked.field("if-none-match") == tag => page("", &fields).status(304),
                "GET" => page(tag.clone(), &fields[..2]),
                _ => page("", &[("cache-group-invalidation", r#""confirmed""#)]),
            }
        })
    });
    #[cached(ttl = "1h", key = "within:confirmed")]
    async fn made() -> String {
        FRONT.get("/x", &[]).await.body
    }
    let clock = Clock::freeze();
    FRONT.get("/x", &[]).await;
    clock.advance(61 * SECOND);
    assert_eq!(made().await, "\"0\"");
    CHANGED.store(1, Ordering::SeqCst);
    FRONT.ask("POST", "/y", &[]).await;
    assert_eq!(made().await, "\"1\"");
}
