//! The work that was done: SQL queries, pages rendered and Markdown rendered, for one request and in all.
//!
//! A page that comes from a cache does none of it. The numbers stand in each answer's `Server-Timing` header
//! (the footer of every page reads it), and live at `/work`.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::{Html, Response};
use cache_core::never_cache;
use minijinja::context;
use serde::Serialize;

use crate::problem::Problem;
use crate::render;

/// How many of the last SQL statements `/work` shows.
const LOG_LENGTH: usize = 20;

static TOTAL: Tally = Tally::new();
static REQUESTS: AtomicU64 = AtomicU64::new(0);
static LOG: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

tokio::task_local! {
    static REQUEST: Arc<Tally>;
}

/// Work of one kind.
#[derive(Clone, Copy)]
pub enum Work {
    Query,
    Page,
    Markdown,
}

struct Tally {
    queries: AtomicU64,
    pages: AtomicU64,
    markdown: AtomicU64,
}

/// What was counted, at one moment.
#[derive(Serialize)]
pub struct Counts {
    queries: u64,
    pages: u64,
    markdown: u64,
}

impl Tally {
    const fn new() -> Self {
        Self {
            queries: AtomicU64::new(0),
            pages: AtomicU64::new(0),
            markdown: AtomicU64::new(0),
        }
    }

    fn add(&self, work: Work) {
        let counter = match work {
            Work::Query => &self.queries,
            Work::Page => &self.pages,
            Work::Markdown => &self.markdown,
        };
        counter.fetch_add(1, Relaxed);
    }

    fn counts(&self) -> Counts {
        Counts {
            queries: self.queries.load(Relaxed),
            pages: self.pages.load(Relaxed),
            markdown: self.markdown.load(Relaxed),
        }
    }
}

/// Counts one piece of work, for the request that is being served and in all. Work for no request, such as filling
/// the database, does not count.
pub fn count(work: Work) {
    let _ = REQUEST.try_with(|request| {
        request.add(work);
        TOTAL.add(work);
    });
}

/// Counts a query and logs its text, which holds placeholders and never values.
pub fn count_query(sql: &str) {
    if REQUEST.try_with(|_| count(Work::Query)).is_ok() {
        let mut log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
        log.truncate(LOG_LENGTH - 1);
        log.push_front(sql.split_whitespace().collect::<Vec<_>>().join(" "));
    }
}

/// What the request being served has cost so far.
pub fn so_far() -> Counts {
    REQUEST
        .try_with(|request| request.counts())
        .unwrap_or_else(|_| Tally::new().counts())
}

/// Runs blocking work off the async threads, counted for the request that asked for it.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let request = REQUEST.try_with(Arc::clone).ok();
    let counted = move || match request {
        Some(request) => REQUEST.sync_scope(request, work),
        None => work(),
    };
    match tokio::task::spawn_blocking(counted).await {
        Ok(value) => value,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_runtime_ends) => std::future::pending().await,
    }
}

/// Middleware: counts the work of one request and states it in the answer.
pub async fn measure(request: Request, next: Next) -> Response {
    let (tally, start) = (Arc::new(Tally::new()), Instant::now());
    let mut response = REQUEST.scope(tally.clone(), next.run(request)).await;
    REQUESTS.fetch_add(1, Relaxed);
    if let Ok(value) = server_timing(start.elapsed(), &tally.counts()) {
        response.headers_mut().append("server-timing", value);
    }
    response
}

fn server_timing(
    elapsed: Duration,
    done: &Counts,
) -> Result<HeaderValue, impl std::error::Error + use<>> {
    let milliseconds = elapsed.as_secs_f64() * 1e3;
    HeaderValue::try_from(format!(
        "answer;dur={milliseconds:.3}, queries;desc={}, pages;desc={}, markdown;desc={}",
        done.queries, done.pages, done.markdown
    ))
}

/// All that was done since the program started.
#[derive(Serialize)]
pub struct Report {
    requests: u64,
    #[serde(flatten)]
    done: Counts,
    last_queries: VecDeque<String>,
}

fn report() -> Report {
    let last_queries = LOG.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Report {
        requests: REQUESTS.load(Relaxed),
        done: TOTAL.counts(),
        last_queries,
    }
}

/// `/work.json`
#[never_cache]
pub async fn live_numbers() -> Json<Report> {
    Json(report())
}

/// `/work`
#[never_cache]
pub async fn live_page() -> Result<Html<String>, Problem> {
    render::page("work.html", context! { report => report() })
}
