//! Pages that the last version of the program was asked for, rendered by this one before anybody asks.

use std::collections::VecDeque;
use std::sync::Arc;

use ::axum::body::Body;
use ::axum::extract::Request;
use ::http::Response;
use tower_service::Service;

use super::ask::ask;
use super::sources::Unasked;
use super::warm::IsThere;
use crate::error::Result;
use crate::http::warm::journal::{self, JournalRecord};
use crate::http::warm::{AT_ONCE, keep_journal};
use crate::scope::{self, InScope};
use crate::site::{Kind, Site, sites};
use crate::spawn::Runtime;
use crate::sync::Mutex;

type Records = Mutex<VecDeque<(&'static Site, JournalRecord)>>;

/// Renders the pages with `warm` that the program was asked for most before this start, and returns how many are there. From then on
/// the program notes for its next start which pages are asked for.
///
/// Call it after a deploy, with the whole router. The journal lies in the store of each page's cache; pages without a store have
/// none. It is written once a minute and by [`drain`](crate::drain()), and kept for a week. A page begins a new one when its key,
/// tags, `#[vary_on]`, arguments, conditions or `version` change; a new `ttl` begins none. Clearing the cache does not remove it.
///
/// Eight requests at a time go through all layers of the router. Pages that the store still has are not rendered again. A record has
/// the path, the query, the host and the headers of `#[vary_on]`. A page is not noted if it varies on what may tell visitors apart,
/// such as cookies or credentials, has a `key`, or has headers that are not text.
///
/// A router under [`WithCaches`](crate::WithCaches) has its journal in its own caches: `caches.run(cache_core::warm(&router)).await`.
///
/// # Errors
///
/// If a store could not be reached. The pages of the other stores are rendered nevertheless.
///
/// # Panics
///
/// Outside of a tokio runtime.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use axum::{Router, routing::get};
/// use cache_core::cache_page;
///
/// #[cache_page(ttl = "1h", tags("posts"), warm = 200)]
/// async fn posts() -> &'static str {
///     "all posts"
/// }
///
/// let router: Router = Router::new().route("/posts", get(posts));
/// let pages = cache_core::warm(&router).await?;
/// assert_eq!(pages, 0); // nobody has asked yet
/// # Ok::<(), cache_core::Error>(())
/// # }).unwrap();
/// ```
pub async fn warm<S, B>(router: &S) -> Result<usize>
where
    S: Service<Request, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    B: Send + 'static,
{
    keep_journal();
    let (mut records, mut reached) = (VecDeque::new(), Ok(()));
    for site in sites().filter(|site| site.kind == Kind::Page) {
        let Some(far) = site.cache().far() else {
            continue;
        };
        match far.noted(site.journal_name()).await {
            Ok(None) => {}
            Ok(Some(text)) => {
                let read = journal::read(&text).into_iter();
                records.extend(read.map(|record| (site, record)));
            }
            Err(error) => reached = Err(error),
        }
    }
    let records: Arc<Records> = Arc::new(Mutex::new(records));
    let runtime = Runtime::current();
    let workers = (0..AT_ONCE).map(|_| {
        let work = ask_for_all(router.clone(), records.clone());
        runtime.spawn(InScope::new(scope::here(), work))
    });
    let workers: Vec<_> = workers.collect();
    let mut pages = 0;
    for worker in workers {
        pages += worker.await.unwrap_or(0);
    }
    reached.map(|()| pages)
}

/// Asks for one page after another; returns how many are there.
async fn ask_for_all<S, B>(mut router: S, records: Arc<Records>) -> usize
where
    S: Service<Request, Response = Response<B>> + Send,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    B: Send + 'static,
{
    let mut pages = 0;
    while let Some((site, record)) = next(&records) {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = record.target;
        *request.headers_mut() = record.headers;
        let asks = record.asks;
        request.extensions_mut().insert(Unasked { site, asks });
        let Ok(answer) = ask(&mut router, request).await else {
            return pages;
        };
        // In a task of its own: a page that panics ends no other.
        let answer = InScope::new(scope::here(), answer);
        if let Ok(Ok(answer)) = Runtime::current().spawn(answer).await {
            pages += usize::from(answer.extensions().get::<IsThere>().is_some());
        }
    }
    pages
}

fn next(records: &Records) -> Option<(&'static Site, JournalRecord)> {
    records.lock().pop_front()
}
