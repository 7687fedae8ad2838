//! Tags of pages that are known when the load begins.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::routing::get as route;
use cache_core::{cache_page, cached};

use crate::http::{assert_same, get, run, site};
use crate::support::{TRIPS, installed, named};

/// How many calls of the store a request costs.
async fn trips(app: &Router, path: &str) -> usize {
    let before = TRIPS.calls();
    get(app, path).await.assert_stored();
    TRIPS.calls() - before
}

#[tokio::test]
async fn their_stamps_cost_no_round_trip() {
    installed();
    #[cache_page(ttl = "1m", cache = "trips")]
    async fn plain() -> String {
        format!("run {}", run())
    }
    #[cache_page(ttl = "1m", cache = "trips", tags("trips:all"))]
    async fn tagged() -> String {
        format!("run {}", run())
    }
    #[cache_page(
        ttl = "1m",
        cache = "trips",
        key = "trip:{id}",
        tags("trip:{id}", "trips:all")
    )]
    async fn keyed(Path(id): Path<u64>) -> String {
        format!("{id} run {}", run())
    }
    #[cached(ttl = "1m", cache = "trips", key = "trips:{id}", tags("trips:of:{id}"))]
    async fn function(id: u64) -> u64 {
        id
    }
    let (plain, tagged) = (site(plain), site(tagged));
    let keyed = Router::new().route("/{id}", route(keyed));
    for path in ["/1", "/2"] {
        let of_function = {
            let before = TRIPS.calls();
            function(path.len() as u64 + run()).await;
            TRIPS.calls() - before
        };
        let of_pages = [
            trips(&plain, path).await,
            trips(&tagged, path).await,
            trips(&keyed, path).await,
        ];
        assert_eq!((of_function, of_pages), (4, [4; 3]));
    }
    get(&keyed, "/1").await.assert_hit();
    named("trips").invalidate_tag("trip:1").await.unwrap();
    get(&keyed, "/1").await.assert_stored();
    get(&keyed, "/2").await.assert_hit();
}

static VERSION: AtomicU64 = AtomicU64::new(0);

/// Reads data, which changes before the handler begins.
struct Article(u64);

impl<S: Sync> FromRequestParts<S> for Article {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let version = VERSION.load(SeqCst);
        if version == 0 {
            VERSION.store(1, SeqCst);
            named("near").invalidate_tag("articles").await.unwrap();
        }
        Ok(Self(version))
    }
}

#[tokio::test]
async fn an_invalidation_reaches_what_an_argument_has_read() {
    installed();
    #[cache_page(ttl = "1m", cache = "near", tags("articles"), skip(article))]
    async fn page(article: Article) -> String {
        format!("version {}", article.0)
    }
    let app = site(page);
    assert_eq!(get(&app, "/article").await.body, "version 0");
    let second = get(&app, "/article").await;
    assert_eq!(second.body, "version 1");
    assert_same(&second, &get(&app, "/article").await);
}
