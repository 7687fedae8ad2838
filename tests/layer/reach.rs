//! How far the rules of the layer reach: soft invalidations, layers in layers, options and what they include.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use cache_core::testing::Clock;
use cache_core::{Cache, CachePageLayer, Caches, WithCaches, cached};
use http::{Request, Response, StatusCode};
use http_body::Frame;
use tower::{Layer, ServiceExt, service_fn};

use crate::support::{failure, front, numbered, page, read, request};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn who_waits_gets_nothing_that_was_invalidated_softly_and_may_not_be_stale() {
    #[cached(key = "layer-soft", ttl = "1h", tags("layer:soft"))]
    async fn part() -> u64 {
        1
    }
    let cache = Cache::memory(100);
    let caches = WithCaches::new(Caches::new().with("default", cache.clone()));
    let runs = Arc::new(AtomicU64::new(0));
    let service = service_fn(move |_: Request<Body>| {
        let is_first = runs.fetch_add(1, SeqCst) == 0;
        async move {
            if is_first {
                let body = Body::from(part().await.to_string());
                let fields =
                    Response::builder().header("cache-control", "max-age=60, must-revalidate");
                return Ok(fields.header("etag", "\"a\"").body(body).unwrap());
            }
            for _ in 0..9 {
                tokio::task::yield_now().await;
            }
            Err("broken")
        }
    });
    let service = CachePageLayer::shared().to_the_letter().layer(service);
    let ask = || service.clone().oneshot(request("GET", "/", &[]));
    let asking = async {
        assert_eq!(ask().await.unwrap().status(), StatusCode::OK);
        cache.expire_tag("layer:soft").await.unwrap();
        let (one, other) = tokio::join!(ask(), ask());
        assert!(one.is_err() && other.is_err());
    };
    caches.run(asking).await;
}

#[cached(ttl = "1h", tags("layer:streamed"))]
fn streamed_part() -> u64 {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    RUNS.fetch_add(1, SeqCst)
}

/// A body that comes a little later, and is made of a cached value then.
#[derive(Default)]
struct MadeLater(u8);

impl http_body::Body for MadeLater {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0 += 1;
        match self.0 {
            1 => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            2 => Poll::Ready(Some(Ok(Frame::data(streamed_part().to_string().into())))),
            _ => Poll::Ready(None),
        }
    }
}

#[tokio::test]
async fn what_a_body_is_made_of_while_it_streams_reaches_an_outer_layer() {
    let service = service_fn(async |_: Request<Body>| {
        let response = Response::builder().header("cache-control", "max-age=60");
        Ok::<_, Infallible>(response.body(MadeLater::default()).unwrap())
    });
    let service = CachePageLayer::shared().layer(service);
    let service = CachePageLayer::shared().layer(service);
    let ask = async || {
        let response = service.clone().oneshot(request("GET", "/", &[])).await;
        let response = response.unwrap().map(Body::new);
        let body = axum::body::to_bytes(response.into_body(), 99).await;
        let body = body.unwrap();
        for _ in 0..9 {
            tokio::task::yield_now().await;
        }
        body
    };
    let first = ask().await;
    assert_eq!(ask().await, first);
    cache_core::invalidate_tag("layer:streamed").await.unwrap();
    assert_ne!(ask().await, first);
}

#[tokio::test]
async fn stale_if_error_reaches_beyond_keep_stale() {
    let clock = Clock::freeze();
    let mut works = true;
    let layer = CachePageLayer::shared().stale_if_error(3 * DAY);
    let front = front(&layer, move |_| {
        if std::mem::take(&mut works) {
            page("page", &[("cache-control", "max-age=60")])
        } else {
            failure()
        }
    });
    front.get("/", &[]).await;
    clock.advance(2 * DAY);
    assert_eq!(front.get("/", &[]).await.body, "page");
}

#[tokio::test]
async fn a_life_of_a_status_lists_it_and_the_last_one_counts() {
    let clock = Clock::freeze();
    let layer = CachePageLayer::shared()
        .life_of(StatusCode::FOUND, "1h")
        .life_of(StatusCode::FOUND, "1m");
    let front = front(&layer, |_| page("", &[]).status(302));
    front.get("/", &[]).await;
    clock.advance(Duration::from_secs(59));
    front.get("/", &[]).await.assert_hit();
    clock.advance(Duration::from_secs(1));
    front.get("/", &[]).await.assert_miss();
}

#[tokio::test]
async fn a_layer_that_is_cleared_has_nothing() {
    let layer = CachePageLayer::shared();
    let front = numbered(&layer, &[("cache-control", "max-age=60")]);
    front.get("/", &[]).await;
    front.get("/", &[]).await.assert_hit();
    layer.clear().await.into_result().unwrap();
    front.get("/", &[]).await.assert_miss();
}

#[tokio::test]
async fn a_request_that_wants_more_than_a_fresh_response_is_told_so() {
    let layer = CachePageLayer::shared().obey_requests();
    let front = numbered(&layer, &[("cache-control", "max-age=60")]);
    front.get("/", &[]).await;
    let own = front.get("/", &[("cache-control", "no-cache")]).await;
    assert_eq!(
        (own.cache().as_str(), own.body.as_str()),
        ("fwd=request; stored", "run 2")
    );
    let response = front.send(request("GET", "/", &[])).await.unwrap();
    assert_eq!(read(response).await.body, "run 2");
}
