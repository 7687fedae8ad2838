//! The same page behind the layers of others, in the same server.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::error_handling::HandleError;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use hitbox::Config;
use hitbox::policy::PolicyConfig;
use hitbox_http::extractors::Method;
use hitbox_http::extractors::path::PathExtractor;
use hitbox_http::predicates::{NeutralRequestPredicate, NeutralResponsePredicate};
use hitbox_moka::MokaBackend;
use http_body_util::Full;
use tower::Layer;

use super::Page;
use super::server::BODY;

const HOUR: Duration = Duration::from_hours(1);
const CAPACITY: usize = 10_000;

/// The header that tells how often a handler has run: after two requests, a cache has it run once.
const RUNS: &str = "x-runs";
const ONCE: Option<&str> = Some("x-runs: 1\r\n");

pub(super) const PAGES: [Page; 3] = [
    Page::new("axum-response-cache", "/axum-response-cache", ONCE),
    Page::new("tower-http-cache", "/tower-http-cache", ONCE),
    Page::new("hitbox-tower", "/hitbox-tower", ONCE),
];

pub(super) fn router() -> Router {
    let layer = axum_response_cache::CacheLayer::with_lifespan(HOUR).add_response_headers();
    let router = Router::new().route("/axum-response-cache", counting().layer(layer));
    behind_hitbox(behind_tower_http_cache(router))
}

/// A handler that counts its own calls.
fn counting() -> axum::routing::MethodRouter {
    let runs: &'static AtomicU32 = Box::leak(Box::default());
    get(async || (run(runs), Bytes::from_static(&BODY)))
}

fn run(runs: &AtomicU32) -> [(&'static str, String); 1] {
    [(RUNS, (runs.fetch_add(1, Ordering::Relaxed) + 1).to_string())]
}

/// It wants a body that threads can share, which that of a handler is not.
fn behind_tower_http_cache(router: Router) -> Router {
    let runs: &'static AtomicU32 = Box::leak(Box::default());
    let handler = tower::service_fn(|_: Request| async {
        let (parts, _) = run(runs).into_response().into_parts();
        let body = Full::new(Bytes::from_static(&BODY));
        Ok::<_, Infallible>(Response::from_parts(parts, body))
    });
    let layer = tower_http_cache::layer::CacheLayer::new_in_memory(CAPACITY as u64).with_ttl(HOUR);
    let failed = async |_: tower::BoxError| StatusCode::INTERNAL_SERVER_ERROR;
    router.route_service(
        "/tower-http-cache",
        HandleError::new(layer.layer(handler), failed),
    )
}

fn behind_hitbox(router: Router) -> Router {
    let config = Config::builder()
        .request_predicate(NeutralRequestPredicate::new())
        .response_predicate(NeutralResponsePredicate::new())
        .extractor(Method::new().path("/{page}*"))
        .policy(PolicyConfig::builder().ttl(HOUR).build())
        .build();
    let layer = hitbox_tower::Cache::builder()
        .backend(MokaBackend::builder().max_entries(CAPACITY as u64).build())
        .config(config)
        .build();
    router.route("/hitbox-tower", counting().layer(layer))
}
