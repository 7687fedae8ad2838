//! A layer that says of each request what it has asked of caches.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderName, HeaderValue, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::clock::Stopwatch;
use crate::context::request::{self, InRequest, RequestCounts, RequestTotals};
use crate::http::room::add;
use crate::watch;

/// A layer that sends one event of `tracing` for each request: its path, its status, how long it took, and the hits, misses and stale
/// hits of all cached functions and pages that it has called.
///
/// ```text
/// INFO cache_core::monitor: request method=GET path=/posts status=200 duration_ms=1.9 hits=3 misses=1 stale=0 hit_rate=0.75 load_ms=1.6
/// ```
///
/// The counts follow the request through its `await`s, on whichever thread it runs. A task that it spawns is outside, unless it asks for
/// it: [`CacheMonitor::in_request`]. In debug builds an event of the level `WARN` names each function that ran twice in one request for
/// the same arguments.
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use axum::{Router, routing::get};
/// use cache_core::CacheMonitor;
///
/// let app: Router = Router::new()
///     .route("/", get(async || "home"))
///     .layer(CacheMonitor::new().with_server_timing());
/// # let _ = app;
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CacheMonitor {
    server_timing: bool,
}

impl CacheMonitor {
    /// A monitor that sends events. From now on the program is [watched](crate::watch).
    pub fn new() -> Self {
        watch::watch();
        Self {
            server_timing: false,
        }
    }

    /// Adds a `Server-Timing` field to responses, which the tools of browsers show: the counts, and how long loads took in milliseconds.
    /// It tells clients how the site works, so leave it out where that is nobody's business.
    #[must_use]
    pub fn with_server_timing(self) -> Self {
        Self {
            server_timing: true,
        }
    }

    /// A future that belongs to the request of the running code, wherever it runs: for tasks that a handler spawns.
    ///
    /// ```
    /// # async fn example() {
    /// use cache_core::CacheMonitor;
    ///
    /// let work = tokio::spawn(CacheMonitor::in_request(async { /* calls cached functions */ }));
    /// # let _ = work.await;
    /// # }
    /// ```
    pub fn in_request<F: Future>(work: F) -> InRequest<F> {
        InRequest::new(request::here(), work)
    }
}

impl Default for CacheMonitor {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for CacheMonitor {
    type Service = CacheMonitorService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CacheMonitorService {
            inner,
            monitor: *self,
        }
    }
}

/// A service that is monitored, made by [`CacheMonitor`].
#[derive(Clone, Copy, Debug)]
pub struct CacheMonitorService<S> {
    inner: S,
    monitor: CacheMonitor,
}

impl<S, B, R> Service<Request<B>> for CacheMonitorService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = CacheMonitorFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let counts = Arc::new(RequestCounts::default());
        let asked = AskedRequest {
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            since: Stopwatch::start(),
            counts: counts.clone(),
            server_timing: self.monitor.server_timing,
        };
        let inner = &mut self.inner;
        let answer = request::run(Some(counts.clone()), || inner.call(request));
        CacheMonitorFuture {
            answer: InRequest::new(Some(counts), answer),
            asked: Some(asked),
        }
    }
}

/// A request that is monitored.
#[derive(Debug)]
struct AskedRequest {
    method: String,
    path: String,
    since: Stopwatch,
    counts: Arc<RequestCounts>,
    server_timing: bool,
}

/// The response of a [`CacheMonitorService`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is polled"]
pub struct CacheMonitorFuture<F> {
    answer: InRequest<F>,
    asked: Option<AskedRequest>,
}

impl<F, R, E> Future for CacheMonitorFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<R>, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Poll::Ready(mut answer) = Pin::new(&mut self.answer).poll(context) else {
            return Poll::Pending;
        };
        if let Some(asked) = self.asked.take() {
            let totals = asked.counts.read();
            asked.tell(
                answer.as_ref().ok().map(|answer| answer.status().as_u16()),
                &totals,
            );
            if let Ok(answer) = &mut answer
                && asked.server_timing
                && let Some(timing) = server_timing(&totals)
            {
                let name = HeaderName::from_static("server-timing");
                add(answer.headers_mut(), name, timing);
            }
        }
        Poll::Ready(answer)
    }
}

/// A request whose client has gone is told of as well.
impl<F> Drop for CacheMonitorFuture<F> {
    fn drop(&mut self) {
        if let Some(asked) = self.asked.take() {
            asked.tell(None, &asked.counts.read());
        }
    }
}

impl AskedRequest {
    /// Sends the event. Without a `status` there was no response.
    fn tell(&self, status: Option<u16>, totals: &RequestTotals) {
        let duration = self.since.elapsed();
        tracing::info!(
            target: "cache_core::monitor",
            method = self.method.as_str(),
            path = self.path.as_str(),
            status,
            duration_ms = milliseconds(duration),
            hits = totals.hits,
            misses = totals.misses,
            stale = totals.stale,
            hit_rate = hit_rate(totals),
            load_ms = milliseconds(totals.loading),
            repeated = totals.repeated,
            "request"
        );
    }
}

/// To the microsecond.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

#[expect(clippy::cast_precision_loss, reason = "a ratio")]
fn hit_rate(totals: &RequestTotals) -> Option<f64> {
    let all = totals.hits + totals.misses;
    (all > 0).then(|| totals.hits as f64 / all as f64)
}

/// The field for the tools of browsers (Server Timing, section 2); `None` if nothing was asked of caches.
fn server_timing(totals: &RequestTotals) -> Option<HeaderValue> {
    if totals.hits + totals.misses == 0 {
        return None;
    }
    let RequestTotals {
        hits,
        misses,
        stale,
        loading,
        ..
    } = totals;
    let text = format!(
        "cache;desc=\"{hits} hits, {stale} stale, {misses} misses\", cache-load;dur={:.3}",
        milliseconds(*loading)
    );
    HeaderValue::try_from(text).ok()
}
