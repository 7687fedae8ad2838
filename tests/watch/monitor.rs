//! `CacheMonitor`: what one request has asked of caches.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::routing::get;
use axum::{Router, response::IntoResponse};
use cache_core::testing::Clock;
use cache_core::{Cache, CacheMonitor, Error, cached};
use http::{Request, Response};
use tower::ServiceExt;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// The fields of the events that were sent.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<HashMap<String, String>>>>);

struct Fields(HashMap<String, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}

impl Subscriber for Events {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("cache_core")
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut fields = Fields(HashMap::new());
        attributes.record(&mut fields);
        fields
            .0
            .insert("span".to_owned(), attributes.metadata().name().to_owned());
        self.0.lock().unwrap().push(fields.0);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(HashMap::new());
        event.record(&mut fields);
        let level = event.metadata().level();
        fields.0.insert("level".to_owned(), level.to_string());
        self.0.lock().unwrap().push(fields.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Events {
    /// Those in which a field has this value.
    fn with(&self, field: &str, value: &str) -> Vec<HashMap<String, String>> {
        let events = self.0.lock().unwrap();
        let found = events
            .iter()
            .filter(|event| event.get(field).is_some_and(|found| found == value));
        found.cloned().collect()
    }
}

#[cached]
async fn number(n: u64) -> u64 {
    tokio::task::yield_now().await;
    n
}

#[cached(condition = n < 100)]
async fn uncacheable(n: u64) -> u64 {
    n
}

async fn handler() -> impl IntoResponse {
    let (one, other) = (number(1).await, number(1).await);
    let outside = tokio::spawn(number(2)).await.unwrap();
    let inside = tokio::spawn(CacheMonitor::in_request(number(3)))
        .await
        .unwrap();
    format!("{one} {other} {outside} {inside} {}", uncacheable(1).await)
}

async fn answered(monitor: CacheMonitor) -> Response<Body> {
    let app: Router = Router::new().route("/page", get(handler)).layer(monitor);
    app.oneshot(Request::get("/page?q=1").body(Body::empty()).unwrap())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_request_is_one_event_with_what_it_has_asked() {
    let events = Events::default();
    let _default = tracing::subscriber::set_default(events.clone());
    number::clear().await;
    let response = answered(CacheMonitor::new().with_server_timing()).await;
    let timing = response.headers()["server-timing"].to_str().unwrap();
    assert!(
        timing.starts_with("cache;desc=\"1 hits, 0 stale, 3 misses\", cache-load;dur="),
        "{timing}"
    );
    let requests = events.with("message", "request");
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    for (field, value) in [
        ("method", "\"GET\""),
        ("path", "\"/page\""),
        ("status", "200"),
        ("hits", "1"),
        ("misses", "3"),
        ("stale", "0"),
        ("hit_rate", "0.25"),
        ("level", "INFO"),
    ] {
        assert_eq!(
            request.get(field).map(String::as_str),
            Some(value),
            "{field}"
        );
    }
    // Loads are spans, by the names of OpenTelemetry.
    let loads = events.with("span", "cache.load");
    assert!(
        loads
            .iter()
            .any(|load| load["cache.reason"] == "\"invalidated\""
                || load["cache.reason"] == "\"never-seen\"")
    );
    assert!(
        loads
            .iter()
            .all(|load| load["cache.site"].contains("monitor::"))
    );
}

#[tokio::test]
async fn what_is_looked_up_by_hand_counts_as_well() {
    async fn by_hand() -> String {
        let cache = Cache::memory(100);
        cache.set("a", &1_u64).await.unwrap();
        let loaded = cache.get_or_set("b", "1h", || async { Ok::<_, Error>(2_u64) });
        let found = cache.get_many::<u64>(["a", "c", "d"]);
        format!("{:?} {:?}", loaded.await, found.await)
    }
    let app: Router = Router::new()
        .route("/", get(by_hand))
        .layer(CacheMonitor::new().with_server_timing());
    let request = Request::get("/").body(Body::empty()).unwrap();
    let response = app.oneshot(request).await.unwrap();
    let timing = response.headers()["server-timing"].to_str().unwrap();
    assert!(
        timing.starts_with("cache;desc=\"1 hits, 0 stale, 3 misses\""),
        "{timing}"
    );
}

#[tokio::test]
async fn without_calls_and_without_asking_there_is_no_timing() {
    let plain = answered(CacheMonitor::new()).await;
    assert!(!plain.headers().contains_key("server-timing"));
    let app: Router = Router::new()
        .route("/", get(async || "home"))
        .layer(CacheMonitor::new().with_server_timing());
    let request = Request::get("/").body(Body::empty()).unwrap();
    let nothing = app.oneshot(request).await.unwrap();
    assert!(!nothing.headers().contains_key("server-timing"));
}

#[tokio::test]
async fn a_body_that_runs_twice_in_a_request_is_named_in_debug_builds() {
    #[cached(unless = |_: &u64| true)]
    async fn never_kept(n: u64) -> u64 {
        n
    }
    let events = Events::default();
    let _default = tracing::subscriber::set_default(events.clone());
    let twice = async || {
        format!(
            "{}",
            never_kept(1).await + never_kept(1).await + never_kept(2).await
        )
    };
    let app: Router = Router::new()
        .route("/", get(twice))
        .layer(CacheMonitor::new());
    let request = Request::get("/").body(Body::empty()).unwrap();
    app.oneshot(request).await.unwrap();
    let warnings = events.with("level", Level::WARN.as_str());
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0]["cache.site"].contains("never_kept"));
}

#[tokio::test]
async fn a_request_whose_client_has_gone_is_told_of() {
    let events = Events::default();
    let _default = tracing::subscriber::set_default(events.clone());
    let app: Router = Router::new()
        .route("/", get(async || std::future::pending::<String>().await))
        .layer(CacheMonitor::new());
    let request = Request::get("/gone").body(Body::empty()).unwrap();
    let waiting = app.oneshot(Request::get("/").body(Body::empty()).unwrap());
    let waited = tokio::time::timeout(std::time::Duration::from_millis(1), waiting).await;
    assert!(waited.is_err());
    drop(request);
    let requests = events.with("message", "request");
    assert_eq!(requests.len(), 1);
    assert!(!requests[0].contains_key("status"));
}

#[test]
fn a_log_of_a_wrong_hit_shows_nothing_of_its_value() {
    static NAME: AtomicU64 = AtomicU64::new(1);
    #[cached(verify = 1.0)]
    fn classified(n: u64) -> String {
        format!("classified {n} {}", NAME.load(SeqCst))
    }
    let events = Events::default();
    let _default = tracing::subscriber::set_default(events.clone());
    let clock = Clock::freeze();
    let _ = classified(7);
    NAME.store(22, SeqCst);
    let _ = classified(7);
    clock.advance(Duration::from_secs(2));
    let _ = classified(7);
    let errors = events.with("level", "ERROR");
    let [error] = &errors[..] else {
        panic!("{errors:?}");
    };
    let report = &error["message"];
    assert!(
        report.contains("kept are 16 characters, the body returns 17, and they differ after 14")
    );
    assert!(!report.contains("classified 7"), "{report}");
}
