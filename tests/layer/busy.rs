//! Origins that are busy, or panic.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll};

use axum::body::Body;
use cache_core::CachePageLayer;
use http::{Request, Response};
use tower::{Layer, Service, ServiceExt};

use crate::support::{
    Gate, OriginError, ScriptedBody, ScriptedOrigin, front, page, read, request, settle, within,
};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

/// A service that takes no request while it is busy.
#[derive(Clone)]
struct BusyOrigin {
    origin: ScriptedOrigin,
    is_busy: Arc<AtomicBool>,
}

impl Service<Request<Body>> for BusyOrigin {
    type Response = Response<ScriptedBody>;
    type Error = OriginError;
    type Future = <ScriptedOrigin as Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), OriginError>> {
        if self.is_busy.load(SeqCst) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.origin.call(request)
    }
}

#[tokio::test]
async fn what_is_stored_does_not_wait_for_a_busy_origin() {
    let is_busy = Arc::new(AtomicBool::new(false));
    let busy = BusyOrigin {
        origin: ScriptedOrigin::new(|asked| page(asked.uri.path(), &[FRESH])),
        is_busy: is_busy.clone(),
    };
    let service = CachePageLayer::shared().layer(busy);
    let get = |target: &'static str| {
        let service = service.clone();
        async move { read(service.oneshot(request("GET", target, &[])).await.unwrap()).await }
    };
    get("/").await.assert_miss();
    is_busy.store(true, SeqCst);
    within(get("/")).await.assert_hit();
    let waiting = tokio::spawn(get("/other"));
    settle().await;
    assert!(!waiting.is_finished());
    is_busy.store(false, SeqCst);
    assert_eq!(waiting.await.unwrap().body, "/other");
}

/// An origin that panics takes its own client with it, and nobody else.
#[tokio::test]
async fn an_origin_that_panics_leaves_the_others_to_try() {
    let gate = Arc::new(Gate::closed());
    let at_origin = gate.clone();
    let mut panics = true;
    let front = front(&CachePageLayer::shared(), move |_| {
        let answer = page("page", &[FRESH]).behind(&at_origin);
        match std::mem::take(&mut panics) {
            true => answer.panics(),
            false => answer,
        }
    });
    let first = front.start("GET", "/", &[]);
    settle().await;
    let others: Vec<_> = (0..5).map(|_| front.start("GET", "/", &[])).collect();
    settle().await;
    gate.let_go(9);
    assert!(first.await.unwrap_err().is_panic());
    for other in others {
        assert_eq!(other.await.unwrap().body, "page");
    }
    assert_eq!(front.count(), 2);
    front.get("/", &[]).await.assert_hit();
}
