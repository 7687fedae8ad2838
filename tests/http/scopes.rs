//! Two routers of the same handlers in one process, each with a state and with caches of its own.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get as route, post};
use cache_core::{Cache, Caches, WithCaches, cache_page, cached, invalidate_tag};
use tokio::sync::Semaphore;
use tower::{Layer, Service, ServiceExt};

use crate::support::{Answer, get, request, run, send};

/// What a database would be.
#[derive(Clone)]
struct Shop {
    name: &'static str,
    gate: Arc<Semaphore>,
}

impl Shop {
    fn open(name: &'static str) -> Self {
        let gate = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
        Self { name, gate }
    }

    fn closed(name: &'static str) -> Self {
        let gate = Arc::new(Semaphore::new(0));
        Self { name, gate }
    }

    async fn pass(&self) {
        self.gate.acquire().await.expect("never closed").forget();
    }
}

#[cached(skip(shop))]
async fn label(shop: &Shop, item: &str) -> String {
    format!("{} of {}", item, shop.name)
}

#[cache_page(ttl = "5m", tags("scopes:items"))]
async fn item(State(shop): State<Shop>, Path(item): Path<String>) -> String {
    shop.pass().await;
    format!("{}, run {}", label(&shop, &item).await, run())
}

async fn change() {
    invalidate_tag("scopes:items").await.expect("no store");
}

async fn forget() {
    let forgotten = item::invalidate_path("/items/pen").await;
    assert!(forgotten.into_result().is_ok());
}

fn router(shop: &Shop) -> Router {
    Router::new()
        .route("/items/{item}", route(item))
        .route("/change", post(change))
        .route("/forget", post(forget))
        .with_state(shop.clone())
}

fn app(shop: &Shop, caches: Caches) -> Router {
    router(shop).layer(WithCaches::new(caches))
}

async fn says(app: &Router, name: &str) -> Answer {
    let answer = get(app, "/items/pen").await;
    assert!(
        answer.body.starts_with(&format!("pen of {name}, ")),
        "{answer:?}"
    );
    answer
}

#[tokio::test]
async fn two_routers_of_one_handler_share_no_answers() {
    let (one, other) = (Shop::open("one"), Shop::open("other"));
    let (one, other) = (app(&one, Caches::new()), app(&other, Caches::new()));
    says(&one, "one").await.assert_stored();
    says(&other, "other").await.assert_stored();
    says(&one, "one").await.assert_hit();
    says(&other, "other").await.assert_hit();
    send(&one, request("POST", "/change", &[])).await;
    says(&other, "other").await.assert_hit();
    says(&one, "one").await.assert_stored();
    send(&other, request("POST", "/forget", &[])).await;
    says(&one, "one").await.assert_hit();
    says(&other, "other").await.assert_stored();
}

#[tokio::test]
async fn code_beside_a_router_runs_with_its_caches() {
    let caches = [Caches::new(), Caches::new()].map(WithCaches::new);
    let shops = ["one", "other"].map(Shop::open);
    let apps = [0, 1].map(|at| router(&shops[at]).layer(caches[at]));
    says(&apps[0], "one").await.assert_stored();
    says(&apps[1], "other").await.assert_stored();
    caches[0].run(forget()).await;
    says(&apps[0], "one").await.assert_stored();
    says(&apps[1], "other").await.assert_hit();
    caches[1].run(change()).await;
    says(&apps[0], "one").await.assert_hit();
    says(&apps[1], "other").await.assert_stored();
}

/// Two routers poll their handlers in turn on one thread.
#[tokio::test]
async fn requests_that_are_interleaved_stay_in_their_caches() {
    let (one, other) = (Shop::closed("one"), Shop::closed("other"));
    let apps = [app(&one, Caches::new()), app(&other, Caches::new())];
    let calls: Vec<_> = (0..20)
        .map(|call| {
            let (app, name) = (apps[call % 2].clone(), ["one", "other"][call % 2]);
            tokio::spawn(async move { says(&app, name).await })
        })
        .collect();
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    one.gate.add_permits(1);
    other.gate.add_permits(1);
    let mut bodies = Vec::new();
    for call in calls {
        bodies.push(call.await.expect("no panic").body);
    }
    bodies.sort_unstable();
    bodies.dedup();
    assert_eq!(bodies.len(), 2, "one run in each: {bodies:?}");
}

#[tokio::test]
async fn a_clone_of_a_cache_reaches_into_a_router_from_outside() {
    let shop = Shop::open("reached");
    let cache = Cache::memory(100);
    let app = app(&shop, Caches::new().with("default", cache.clone()));
    says(&app, "reached").await.assert_stored();
    invalidate_tag("scopes:items").await.expect("no store");
    says(&app, "reached").await.assert_hit();
    cache
        .invalidate_tag("scopes:items")
        .await
        .expect("no store");
    says(&app, "reached").await.assert_stored();
}

#[cached]
fn noted(n: u64) -> u64 {
    n
}

/// Calls a cached function before its future runs.
struct Eager;

impl Service<u64> for Eager {
    type Response = ();
    type Error = Infallible;
    type Future = Ready<Result<(), Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        noted(1);
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, number: u64) -> Self::Future {
        noted(number);
        ready(Ok(()))
    }
}

#[tokio::test]
async fn what_a_service_does_before_its_future_runs_is_in_its_caches_as_well() {
    let service = WithCaches::new(Caches::new()).layer(Eager);
    assert_eq!(service.oneshot(2).await, Ok(()));
    assert_eq!(noted::stats().loads, 2);
    assert_eq!((noted::peek(&1), noted::peek(&2)), (None, None));
}

/// What a handler spawns is outside of its router's caches, and takes a handle of one along.
async fn change_later() {
    let cache = cache_core::cache();
    let task = tokio::spawn(async move { cache.invalidate_tag("scopes:labels").await });
    task.await.expect("no panic").expect("no store");
}

#[tokio::test]
async fn a_clone_of_a_cache_reaches_what_functions_keep_for_themselves_in_a_router() {
    #[cached(tags("scopes:labels"))]
    async fn label() -> String {
        format!("label, run {}", run())
    }
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        format!("{}, page", label().await)
    }
    let cache = Cache::memory(100);
    let router = || {
        let caches = Caches::new().with("default", cache.clone());
        Router::new()
            .route("/", route(page))
            .route("/change", post(change_later))
            .layer(WithCaches::new(caches))
    };
    let apps = [router(), router()];
    let outside = label().await;
    let bodies = async || [get(&apps[0], "/").await.body, get(&apps[1], "/").await.body];
    let mut before = bodies().await;
    assert_eq!(bodies().await, before);
    for from_outside in [true, false] {
        if from_outside {
            cache
                .invalidate_tag("scopes:labels")
                .await
                .expect("no store");
        } else {
            send(&apps[0], request("POST", "/change", &[])).await;
        }
        let after = bodies().await;
        assert_ne!(after[0], before[0], "{from_outside}");
        assert_ne!(after[1], before[1], "{from_outside}");
        before = after;
    }
    cache_core::cache()
        .invalidate_tag("scopes:labels")
        .await
        .expect("no store");
    assert_ne!(label().await, outside);
    assert_eq!(bodies().await, before, "the cache is another one");
}
