//! Clients that go away at any step, over a store that lets others run at each, and one that fails.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Waker};

use cache_core::store::{Answer as StoreAnswer, Put, Written};
use cache_core::{Cache, CachePageLayer, Caches, Error, MemoryStore, Store, WithCaches};

use crate::support::{LayeredOrigin, data, framed, front, page, request, settle, within};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

/// A store in memory that lets others run before each step, and fails while it is told to.
#[derive(Debug)]
struct SteppingStore {
    store: MemoryStore,
    fails: AtomicBool,
}

impl SteppingStore {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            store: MemoryStore::bounded(1_000, 64 << 20),
            fails: AtomicBool::new(false),
        })
    }

    async fn step(&self) -> Result<(), Error> {
        tokio::task::yield_now().await;
        match self.fails.load(SeqCst) {
            true => Err(Error::store("it was told to fail")),
            false => Ok(()),
        }
    }
}

impl Store for SteppingStore {
    async fn get(&self, keys: &[&[u8]]) -> Result<StoreAnswer, Error> {
        self.step().await?;
        self.store.get(keys).await
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>, Error> {
        self.step().await?;
        self.store.put(puts).await
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<(), Error> {
        self.step().await?;
        self.store.delete(keys).await
    }
}

fn caches(copies: usize, store: &Arc<SteppingStore>) -> WithCaches {
    let cache = Cache::builder().near(copies).store(store.clone()).build();
    WithCaches::new(Caches::new().with("default", cache))
}

/// Polls a request so often, and drops it.
async fn leave_after(polls: usize, front: &LayeredOrigin, method: &str, fields: &[(&str, &str)]) {
    let mut asked: Pin<Box<_>> = Box::pin(front.ask(method, "/", fields));
    for _ in 0..polls {
        let mut context = Context::from_waker(Waker::noop());
        if asked.as_mut().poll(&mut context).is_ready() {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_client_that_goes_away_at_any_step_leaves_the_cache_as_good_as_before() {
    for copies in [0, 100] {
        for vary in [false, true] {
            for polls in 0..40 {
                let caches = caches(copies, &SteppingStore::new());
                let front = front(&CachePageLayer::shared(), move |asked| {
                    let vary = vary.then_some(("vary", "x-a"));
                    let fields: Vec<_> = vary.into_iter().chain([FRESH]).collect();
                    framed([data(asked.field("x-a")), data("!")], &fields)
                });
                let all = async {
                    leave_after(polls, &front, "GET", &[("x-a", "1")]).await;
                    settle().await;
                    let first = within(front.get("/", &[("x-a", "1")])).await;
                    assert_eq!((first.body.as_str(), first.is_whole), ("1!", true));
                    settle().await;
                    let second = within(front.get("/", &[("x-a", "1")])).await;
                    assert_eq!(second.body, "1!");
                    assert!(
                        front.count() <= 2,
                        "{copies} {vary} {polls}: {}",
                        front.count()
                    );
                };
                caches.run(all).await;
            }
        }
    }
}

#[tokio::test]
async fn a_change_whose_client_goes_away_at_any_step_is_seen() {
    for copies in [0, 100] {
        for polls in 0..30 {
            let store = SteppingStore::new();
            let (caches, others) = (caches(copies, &store), caches(copies, &store));
            let layer = || CachePageLayer::shared().named("leaving");
            let version = Arc::new(AtomicBool::new(false));
            let at_origin = version.clone();
            let front = front(&layer(), move |asked| {
                at_origin.fetch_or(asked.method == "POST", SeqCst);
                let version = at_origin.load(SeqCst).to_string();
                page(version, &[FRESH, ("vary", "x-a")])
            });
            let other = crate::support::over(&layer(), &front.origin);
            caches.run(front.get("/", &[])).await;
            caches.run(leave_after(polls, &front, "POST", &[])).await;
            for _ in 0..10 {
                settle().await;
            }
            let now = version.load(SeqCst).to_string();
            assert_eq!(
                caches.run(front.get("/", &[])).await.body,
                now,
                "{copies} {polls}"
            );
            assert_eq!(
                others.run(other.get("/", &[])).await.body,
                now,
                "{copies} {polls}"
            );
        }
    }
}

/// C5: a store that fails costs nothing but its hits.
#[tokio::test]
async fn a_store_that_fails_fails_no_request() {
    for copies in [0, 100] {
        let store = SteppingStore::new();
        let caches = caches(copies, &store);
        let front = front(&CachePageLayer::shared(), |asked| {
            page(
                asked.uri.path(),
                &[FRESH, ("vary", "x-a"), ("etag", "\"a\"")],
            )
        });
        let all = async {
            front.get("/a", &[]).await;
            store.fails.store(true, SeqCst);
            for target in ["/a", "/b", "/b"] {
                assert_eq!(front.get(target, &[]).await.body, target);
                front.ask("HEAD", target, &[]).await;
                front.get(target, &[("range", "bytes=0-0")]).await;
                front.ask("POST", target, &[]).await;
            }
            store.fails.store(false, SeqCst);
            for target in ["/a", "/b"] {
                assert_eq!(front.get(target, &[]).await.body, target);
            }
            assert!(front.send(request("GET", "/a", &[])).await.is_ok());
        };
        caches.run(all).await;
    }
}
