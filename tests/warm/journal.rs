//! The journal: pages that are rendered after a deploy, before anybody asks. A process is a router with caches of its own over the store
//! of all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use crate::Turn;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::{Next, from_fn};
use cache_core::{Cache, Caches, MemoryStore, WithCaches, cache_page, drain, vary_on, warm};

use crate::support::{Source, get, get_with, run, site};

const SOON: Duration = Duration::from_secs(20);

/// A store, and processes that share it.
struct Fleet(Arc<MemoryStore>);

impl Fleet {
    fn new() -> Self {
        Self(Arc::new(MemoryStore::bounded(1_000, 1 << 20)))
    }

    fn cache(&self) -> Cache {
        Cache::builder().store(self.0.clone()).build()
    }

    /// Starts a process; returns how many pages it has rendered before anybody asked.
    async fn start(&self, app: Router) -> (Router, usize) {
        let caches = WithCaches::new(Caches::new().with("default", self.cache()));
        let app = app.layer(caches);
        let pages = caches.run(warm(&app)).await.expect("a store that answers");
        (app, pages)
    }
}

#[tokio::test]
async fn after_a_start_the_pages_are_there_that_were_asked_for_before() {
    static SOURCE: Source = Source::new();
    #[cache_page(ttl = "10m", tags("journal:start"), warm = 2)]
    async fn page() -> (StatusCode, String) {
        SOURCE.page()
    }

    let (_clock, fleet) = (Turn::take().await, Fleet::new());
    let (app, pages) = fleet.start(site(page)).await;
    assert_eq!(pages, 0);
    for path in ["/once", "/a?x=1", "/b", "/a?x=1", "/b", "/b"] {
        get(&app, path).await;
    }
    assert!(drain(SOON).await);
    assert_eq!(SOURCE.runs(), 3);

    let (app, pages) = fleet.start(site(page)).await;
    assert_eq!((pages, SOURCE.runs()), (2, 3), "the store is asked first");
    get(&app, "/a?x=1").await.assert_hit();

    fleet.cache().invalidate_tag("journal:start").await.unwrap();
    let before = page::stats();
    let (app, pages) = fleet.start(site(page)).await;
    assert_eq!((pages, SOURCE.runs()), (2, 5));
    let after = page::stats();
    assert_eq!(
        (after.hits, after.misses, after.loads),
        (before.hits, before.misses, before.loads + 2)
    );
    for path in ["/a?x=1", "/b"] {
        get(&app, path).await.assert_hit();
    }
    // What nobody has asked for since is still popular.
    assert!(drain(SOON).await);
    let (_, pages) = fleet.start(site(page)).await;
    assert_eq!(pages, 2);
}

#[tokio::test]
async fn the_journal_is_written_once_in_a_while() {
    static SOURCE: Source = Source::new();
    #[cache_page(ttl = "10m", warm = 2)]
    async fn page() -> (StatusCode, String) {
        SOURCE.page()
    }

    let (clock, fleet) = (Turn::take().await, Fleet::new());
    let (app, _) = fleet.start(site(page)).await;
    get(&app, "/a").await;
    let (_, pages) = fleet.start(site(page)).await;
    assert_eq!(pages, 0);
    clock.advance(Duration::from_secs(61));
    get(&app, "/a").await;
    // The write is under way on this thread.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let (_, pages) = fleet.start(site(page)).await;
    assert_eq!(pages, 1);
}

#[tokio::test]
async fn a_record_holds_what_the_key_holds_of_its_clients() {
    #[cache_page(ttl = "10m", warm = 10)]
    #[vary_on(headers = ["Accept-Language"])]
    async fn page(uri: Uri, headers: HeaderMap) -> String {
        format!("{uri} {headers:?} run {}", run())
    }
    #[cache_page(ttl = "10m", warm = 10)]
    #[vary_on(cookies = ["theme"])]
    async fn themed() -> String {
        format!("run {}", run())
    }

    static SEEN: std::sync::Mutex<Vec<String>> = std::sync::Mutex::new(Vec::new());
    async fn see(request: Request, next: Next) -> axum::response::Response {
        let seen = format!("{} {:?}", request.uri(), request.headers());
        SEEN.lock().unwrap().push(seen);
        next.run(request).await
    }

    let (_clock, fleet) = (Turn::take().await, Fleet::new());
    let app = || {
        let themed = axum::routing::get(themed);
        site(page).route("/themed", themed).layer(from_fn(see))
    };
    let fields = [
        ("host", "Example.org"),
        ("accept-language", "de"),
        ("cookie", "session=secret; theme=dark"),
        ("x-secret", "secret"),
    ];
    let (one, _) = fleet.start(app()).await;
    let first = get_with(&one, "/a", &fields).await;
    get_with(&one, "/themed", &fields).await.assert_stored();
    assert!(drain(SOON).await);
    SEEN.lock().unwrap().clear();
    let (other, pages) = fleet.start(app()).await;
    assert_eq!(pages, 1);
    let seen = std::mem::take(&mut *SEEN.lock().unwrap());
    assert_eq!(seen.len(), 1);
    assert!(
        !seen[0].contains("secret") && !seen[0].contains("theme"),
        "{seen:?}"
    );
    let again = get_with(&other, "/a", &fields).await;
    again.assert_hit();
    assert_eq!(first.body, again.body);
}

#[tokio::test]
async fn a_path_that_has_become_another_page_is_not_rendered() {
    static OTHER: Source = Source::new();
    #[cache_page(ttl = "10m", warm = 10)]
    async fn page() -> String {
        format!("run {}", run())
    }
    #[cache_page(ttl = "10m", warm = 10)]
    async fn other() -> (StatusCode, String) {
        OTHER.page()
    }

    let (_clock, fleet) = (Turn::take().await, Fleet::new());
    let (app, _) = fleet.start(site(page)).await;
    get(&app, "/a").await.assert_stored();
    assert!(drain(SOON).await);
    let (_, pages) = fleet.start(site(other)).await;
    assert_eq!((pages, OTHER.runs()), (0, 0));
}

#[tokio::test]
async fn a_page_that_fails_or_panics_keeps_the_others_from_nothing() {
    static FAILS: AtomicBool = AtomicBool::new(false);
    #[cache_page(ttl = "10m", tags("journal:fails"), warm = 100)]
    async fn page(uri: Uri) -> String {
        assert!(!FAILS.load(SeqCst) || uri.path() != "/3", "told to panic");
        format!("run {}", run())
    }

    let (_clock, fleet) = (Turn::take().await, Fleet::new());
    let (app, _) = fleet.start(site(page)).await;
    for page in 0..30 {
        get(&app, &format!("/{page}")).await.assert_stored();
    }
    assert!(drain(SOON).await);
    fleet.cache().invalidate_tag("journal:fails").await.unwrap();
    FAILS.store(true, SeqCst);
    let (app, pages) = fleet.start(site(page)).await;
    for page in (0..30).filter(|page| *page != 3) {
        let answer = get(&app, &format!("/{page}")).await;
        assert!(answer.is_hit(), "{page} of {pages}: {answer:?}");
    }
}
