//! What each answer took: its SQL queries, counted while it is made, and its time.
//!
//! Every answer states both in its `Server-Timing` header, and the label at the top of each page shows them. The page itself cannot
//! know: on a hit, its HTML is that of the miss.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::stats;

tokio::task_local! {
    /// The queries of the request that is being served.
    static QUERIES: Arc<AtomicU64>;
}

/// What the cache did for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Hit,
    Miss,
    /// The cache had no part in it.
    NotCached,
}

/// What one answer took.
pub struct Answer {
    pub verdict: Verdict,
    pub queries: u64,
    pub took: Duration,
}

/// Middleware: counts the queries of one request, and states in the answer what it took.
pub async fn measure(request: Request, next: Next) -> Response {
    let address = request.uri().to_string();
    let (queries, start) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let mut response = QUERIES.scope(queries.clone(), next.run(request)).await;
    let answer = Answer {
        verdict: Verdict::of(response.headers()),
        queries: queries.load(Relaxed),
        took: start.elapsed(),
    };
    stats::record(address, &answer);
    if let Ok(timing) = HeaderValue::try_from(answer.to_string()) {
        response.headers_mut().append("server-timing", timing);
    }
    response
}

/// Counts a query for the request that is being served. Those that fill the database at the start belong to none.
pub fn count_query(sql: &str) {
    let counted = QUERIES.try_with(|queries| queries.fetch_add(1, Relaxed));
    if counted.is_ok() {
        stats::log_query(sql);
    }
}

/// How many queries the request that is being served has made so far.
pub fn queries_so_far() -> u64 {
    let queries = QUERIES.try_with(|queries| queries.load(Relaxed));
    queries.unwrap_or_default()
}

/// Runs blocking work off the async threads; its queries count for the request that asked for it.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let queries = QUERIES.try_with(Arc::clone).ok();
    let counted = move || match queries {
        Some(queries) => QUERIES.sync_scope(queries, work),
        None => work(),
    };
    match tokio::task::spawn_blocking(counted).await {
        Ok(value) => value,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_runtime_ends) => std::future::pending().await,
    }
}

impl Verdict {
    /// Reads it from `Cache-Status` (RFC 9211).
    fn of(headers: &HeaderMap) -> Self {
        let status = headers.get("cache-status");
        let status = status.and_then(|value| value.to_str().ok()).unwrap_or("");
        if status.contains("; hit") {
            Self::Hit
        } else if status.contains("miss") {
            Self::Miss
        } else {
            Self::NotCached
        }
    }
}

/// The value of `Server-Timing`.
impl fmt::Display for Answer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cache = match self.verdict {
            Verdict::Hit => "HIT",
            Verdict::Miss => "MISS",
            Verdict::NotCached => "NOT CACHED",
        };
        let milliseconds = self.took.as_secs_f64() * 1e3;
        write!(
            out,
            "cache;desc=\"{cache}\", total;dur={milliseconds:.3}, sql;desc=\"{}\"",
            self.queries
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_is_that_of_the_cache() {
        for (status, expected) in [
            ("cache-core; hit; ttl=899", Verdict::Hit),
            ("cache-core; fwd=uri-miss; stored", Verdict::Miss),
            ("cache-core; fwd=miss; collapsed", Verdict::Miss),
            ("cache-core; fwd=method", Verdict::NotCached),
            (
                "cache-core; fwd=bypass; detail=condition",
                Verdict::NotCached,
            ),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("cache-status", HeaderValue::from_static(status));
            assert_eq!(Verdict::of(&headers), expected, "{status}");
        }
        assert_eq!(Verdict::of(&HeaderMap::new()), Verdict::NotCached);
    }

    #[test]
    fn an_answer_is_stated_as_a_server_timing() {
        let answer = Answer {
            verdict: Verdict::NotCached,
            queries: 4,
            took: Duration::from_micros(23_800),
        };
        let expected = "cache;desc=\"NOT CACHED\", total;dur=23.800, sql;desc=\"4\"";
        assert_eq!(answer.to_string(), expected);
    }
}
