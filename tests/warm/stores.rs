//! What a page that is kept warm leaves in stores, and what it does when they fail.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::Turn;
use axum::Router;
use axum::http::StatusCode;
use cache_core::store::{Answer, Put, Written};
use cache_core::{
    Cache, Caches, Error, MemoryStore, Result, Store, WithCaches, cache_page, drain, vary_on, warm,
};

use crate::support::{Source, get, get_with, run, site};

const SOON: Duration = Duration::from_secs(20);

/// A store that shows the journals that were written to it, and fails to delete when it is told to.
#[derive(Debug)]
struct Shown {
    store: MemoryStore,
    journals: Mutex<Vec<String>>,
    fails: AtomicBool,
}

impl Shown {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            store: MemoryStore::bounded(1_000, 1 << 20),
            journals: Mutex::default(),
            fails: AtomicBool::new(false),
        })
    }

    /// A process that keeps its pages here.
    async fn start(self: &Arc<Self>, app: Router) -> (Router, Cache) {
        let cache = Cache::builder().store(self.clone()).build();
        let caches = WithCaches::new(Caches::new().with("default", cache.clone()));
        let app = app.layer(caches);
        caches.run(warm(&app)).await.expect("it answers");
        (app, cache)
    }

    fn journal(&self) -> String {
        self.journals
            .lock()
            .expect("nothing panics under it")
            .concat()
    }
}

impl Store for Shown {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        self.store.get(keys).await
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        let is_journal = |put: &&Put<'_>| put.key.windows(3).any(|part| part == b":n:");
        let journals = puts.iter().filter(is_journal);
        let journals = journals.map(|put| String::from_utf8_lossy(put.value).into_owned());
        self.journals
            .lock()
            .expect("nothing panics under it")
            .extend(journals);
        self.store.put(puts).await
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        if self.fails.load(SeqCst) {
            return Err(Error::store("it was told to fail"));
        }
        self.store.delete(keys).await
    }
}

/// A store may have more readers than a page has.
#[tokio::test]
async fn what_tells_visitors_apart_is_in_no_journal() {
    #[cache_page(ttl = "10m", warm = 10)]
    async fn page() -> String {
        format!("run {}", run())
    }
    #[cache_page(ttl = "10m", warm = 10)]
    #[vary_on(cookies = ["theme"])]
    async fn themed() -> String {
        format!("run {}", run())
    }

    let (_clock, store) = (Turn::take().await, Shown::new());
    let themed = axum::routing::get(themed);
    let (app, _) = store.start(site(page).route("/themed", themed)).await;
    let fields = [("cookie", "theme=dark")];
    get(&app, "/plain").await.assert_stored();
    get_with(&app, "/themed", &fields).await.assert_stored();
    assert!(drain(SOON).await);
    let journal = store.journal();
    assert!(journal.contains("/plain"), "{journal}");
    assert!(
        !journal.contains("themed") && !journal.contains("dark"),
        "{journal}"
    );
}

/// Two routers of one program, each with caches of its own, as those of two customers.
#[tokio::test]
async fn a_journal_is_that_of_its_own_cache() {
    #[cache_page(ttl = "10m", warm = 10)]
    async fn page() -> String {
        format!("run {}", run())
    }

    let (_clock, one, other) = (Turn::take().await, Shown::new(), Shown::new());
    for (store, path) in [(&one, "/one"), (&other, "/other")] {
        let (app, _) = store.start(site(page)).await;
        get(&app, path).await.assert_stored();
    }
    assert!(drain(SOON).await);
    for (store, own, others) in [(&one, "/one", "/other"), (&other, "/other", "/one")] {
        let journal = store.journal();
        assert!(
            journal.contains(own) && !journal.contains(others),
            "{journal}"
        );
    }
}

/// A page whose invalidation has not reached its store would be rendered for this process alone.
#[tokio::test]
async fn an_invalidation_that_fails_is_followed_by_nothing() {
    static SOURCE: Source = Source::new();
    #[cache_page(ttl = "10m", tags("warm:fails"), warm = 10)]
    async fn page() -> (StatusCode, String) {
        SOURCE.page()
    }

    let (_clock, store) = (Turn::take().await, Shown::new());
    let (app, cache) = store.start(site(page)).await;
    get(&app, "/a").await.assert_stored();
    store.fails.store(true, SeqCst);
    cache.invalidate_tag("warm:fails").await.unwrap_err();
    assert!(drain(SOON).await);
    assert_eq!(SOURCE.runs(), 1);
    store.fails.store(false, SeqCst);
    cache.invalidate_tag("warm:fails").await.unwrap();
    assert!(drain(SOON).await);
    assert_eq!(SOURCE.runs(), 2);
}

/// The end of a life is no invalidation.
#[tokio::test]
async fn a_page_that_has_ended_waits_for_its_next_visitor() {
    static SOURCE: Source = Source::new();
    #[cache_page(ttl = "1m", tags("warm:ended"), warm = 10)]
    async fn page() -> (StatusCode, String) {
        SOURCE.page()
    }

    let (clock, store) = (Turn::take().await, Shown::new());
    let (app, cache) = store.start(site(page)).await;
    get(&app, "/a").await.assert_stored();
    clock.advance(Duration::from_secs(120));
    cache.invalidate_tag("warm:unrelated").await.unwrap();
    assert!(drain(SOON).await);
    assert_eq!(SOURCE.runs(), 1);
}
