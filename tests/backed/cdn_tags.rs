//! Tags for CDNs of pages in a store, and purges where other processes share it.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::get as route;
use cache_core::testing::{Clock, scope};
use cache_core::{
    Cache, Caches, CdnField, Commit, Invalidation, MemoryStore, Purge, Replaced, Subscription,
    cache_page, cached, on_purge,
};

use crate::http::{Answer, get, run, site};
use crate::support::{Process, Switch, installed};

/// Processes over one store, whose pages send their tags.
fn processes<const N: usize>(prefix: &str, copies: usize) -> [Process; N] {
    let shared = Arc::new(MemoryStore::bounded(1_000, 64 << 20));
    std::array::from_fn(|_| {
        let store = Switch::over(shared.clone());
        let cache = Cache::builder()
            .near(copies)
            .prefix(prefix)
            .store(store.clone());
        let cache = cache.cdn_tags([CdnField::SurrogateKey]).build();
        Process { cache, store }
    })
}

/// All purges that have a tag, until it is dropped.
struct Purges(Arc<Mutex<Vec<Purge>>>, Subscription);

impl Purges {
    fn of_tag(tag: &str) -> Self {
        let purges = Arc::new(Mutex::new(Vec::new()));
        let received = purges.clone();
        let wanted = tag_of(tag);
        let hook = on_purge(move |purge| {
            if purge.tags().iter().any(|tag| tag.as_str() == wanted) {
                received.lock().unwrap().push(purge.clone());
            }
        });
        Self(purges, hook)
    }

    fn take(&self) -> Vec<Purge> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Drop for Purges {
    fn drop(&mut self) {
        self.1.stop();
    }
}

/// A tag as CDNs know it.
fn tag_of(tag: &str) -> String {
    let every = Invalidation::new().cdn_tags()[0];
    let tags = Invalidation::new().tag(tag).cdn_tags();
    let own = tags.into_iter().find(|tag| *tag != every);
    own.expect("a tag").to_string()
}

fn keys(answer: &Answer) -> String {
    answer.field("surrogate-key").expect("tags")
}

#[cached(key = "cdn:part:{n}", tags("cdn:part:{n}"))]
async fn part(n: u64) -> u64 {
    n
}

#[cache_page(ttl = "5m", tags("cdn:page:{n}"))]
async fn page(Path(n): Path<u64>) -> String {
    format!("{} run {}", part(n).await, run())
}

#[cache_page(ttl = "5m", tags("cdn:other"))]
async fn other(Path(n): Path<u64>) -> String {
    format!("{} run {}", part(n).await, run())
}

fn app() -> Router {
    Router::new()
        .route("/{n}", route(page))
        .route("/other/{n}", route(other))
}

#[tokio::test]
async fn what_a_store_gives_back_has_the_tags_that_it_was_stored_with() {
    installed();
    let app = app();
    for copies in [100, 0] {
        let [a, b] = processes(&format!("cdn come back {copies}"), copies);
        let first = a.call(get(&app, "/7")).await;
        first.assert_stored();
        let stored = b.call(get(&app, "/7")).await;
        stored.assert_hit();
        assert_eq!(keys(&first), keys(&stored));
        assert!(keys(&first).contains(&tag_of("cdn:page:7")));
        assert!(keys(&first).contains(&tag_of("cdn:part:7")));
        // A page of a value that another process has loaded.
        let made = b.call(get(&app, "/other/7")).await;
        made.assert_stored();
        assert!(keys(&made).contains(&tag_of("cdn:part:7")), "{made:?}");
        for answer in [&first, &made] {
            let keys = keys(answer);
            // The handler, the cache, the path, the path with its query, a tag; the function, and its tag.
            assert_eq!(keys.split(' ').count(), 7, "{keys}");
        }
        let every = Invalidation::new().cdn_tags()[0];
        assert!(!keys(&made).contains(every.as_str()), "all names are known");
    }
}

#[tokio::test]
async fn a_purge_says_for_how_long_other_processes_may_answer_with_older_pages() {
    installed();
    let purges = Purges::of_tag("cdn:lag");
    let [a] = processes("cdn lag", 100);
    a.cache.invalidate_tag("cdn:lag").await.unwrap();
    a.cache.expire_tag("cdn:lag").await.unwrap();
    let memory = Cache::memory(10);
    memory.invalidate_tag("cdn:lag").await.unwrap();
    let told: Vec<_> = purges
        .take()
        .iter()
        .map(|purge| {
            (
                purge.is_acknowledged(),
                purge.is_soft(),
                purge.lag().as_secs(),
            )
        })
        .collect();
    assert_eq!(told, [(true, false, 2), (true, true, 2), (true, false, 0)]);
}

#[tokio::test]
async fn a_purge_says_whether_the_store_knows_of_the_invalidation() {
    installed();
    let purges = Purges::of_tag("cdn:down");
    let [a] = processes("cdn down", 100);
    a.store.fail();
    assert!(a.cache.invalidate_tag("cdn:down").await.is_err());
    let told = purges.take();
    assert!(told.len() == 1 && !told[0].is_acknowledged(), "{told:?}");
    let [a] = processes("cdn hangs", 100);
    a.store.hang();
    let mut sent = Box::pin(async { a.cache.invalidate_tag("cdn:down").await });
    assert!(futures_util::poll!(sent.as_mut()).is_pending());
    assert!(
        purges.take().is_empty(),
        "CDNs must not ask before it is marked"
    );
    drop(sent);
    let told = purges.take();
    assert!(told.len() == 1 && !told[0].is_acknowledged(), "{told:?}");
}

/// A transaction that never ends.
struct Hanging;

impl Commit for Hanging {
    type Error = cache_core::Error;

    async fn commit(self) -> cache_core::Result<()> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_transaction_that_is_dropped_while_it_commits_purges_all_the_same() {
    installed();
    let purges = Purges::of_tag("cdn:dropped");
    let mut batch = Cache::memory(10).batch();
    batch.tag("cdn:dropped");
    let mut commit = Box::pin(batch.commit_with(Hanging));
    assert!(futures_util::poll!(commit.as_mut()).is_pending());
    assert!(purges.take().is_empty());
    drop(commit);
    assert_eq!(purges.take().len(), 1);
}

static CONFIRMED: AtomicU64 = AtomicU64::new(0);

#[cached(key = "cdn:whole", ttl = "10m", stale_if_error = "1d", replaces = old)]
async fn whole() -> u64 {
    match old {
        Some(old) => {
            CONFIRMED.fetch_add(1, SeqCst);
            Replaced::not_modified(old)
        }
        None => part(8).await,
    }
}

#[tokio::test]
async fn a_value_that_its_source_has_confirmed_and_a_counter_keep_their_tags() {
    installed();
    #[cache_page(ttl = "5m")]
    async fn sum() -> String {
        let cache = cache_core::cache();
        let count: Option<u64> = cache.get("cdn:count").await.unwrap();
        format!("{count:?} {} run {}", whole().await, run())
    }
    let app = site(sum);
    let memory = Cache::builder()
        .prefix("cdn memory")
        .cdn_tags([CdnField::SurrogateKey])
        .build();
    let [a] = processes("cdn confirmed", 100);
    for (cache, confirmed) in [memory, a.cache].into_iter().zip(1..) {
        let clock = Clock::freeze();
        let caches = || Caches::new().with("default", cache.clone());
        let work = async {
            let count = cache.entry("cdn:count").tags(["cdn:counted"]);
            count.ready().await;
            assert!(count.set(&1_u64).await.unwrap());
            whole().await;
            clock.advance(Duration::from_secs(11 * 60));
            cache.incr("cdn:count", 1).await.unwrap();
            let answer = get(&app, "/").await;
            assert!(answer.body.starts_with("Some(2) 8"), "{answer:?}");
            assert_eq!(CONFIRMED.load(SeqCst), confirmed);
            for tag in ["cdn:part:8", "cdn:counted"] {
                assert!(keys(&answer).contains(&tag_of(tag)), "{tag}: {answer:?}");
            }
            let every = Invalidation::new().cdn_tags()[0];
            assert!(
                !keys(&answer).contains(every.as_str()),
                "all names are known"
            );
        };
        scope(caches(), work).await;
    }
}
