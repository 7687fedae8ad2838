//! What the dashboard shows.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use axum::body::Body;
use cache_core::dashboard::{Dashboard, router};
use cache_core::testing::Clock;
use cache_core::{Cache, CachePageLayer, Caches, MemoryStore, cache_page, cached, invalidates};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::support::{ask, get, json, mounted, site, text};

#[tokio::test]
async fn a_site_shows_what_was_counted_and_why_it_missed() {
    #[cached(ttl = "1m", key = "watch:square:{n}", tags("watch:squares"), local)]
    fn counted(n: u64) -> u64 {
        n * n
    }
    let app = mounted(Dashboard::new());
    let clock = Clock::freeze();
    json(&app, "overview").await;
    for n in [1, 1, 2] {
        counted(n);
    }
    clock.advance(Duration::from_mins(1));
    counted(1);
    clock.advance(Duration::from_secs(2));
    let shown = site(&app, "dashboard::counted").await;
    assert_eq!(shown["total"]["hits"], 1);
    assert_eq!(shown["total"]["misses"], 3);
    assert_eq!(
        shown["total"]["reasons"],
        json!({"never-seen": 2, "expired": 1})
    );
    assert_eq!(
        (&shown["entries"], &shown["bytes"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(shown["key"], "watch:square:{n}");
    assert_eq!(shown["tags"], json!(["watch:squares"]));
    assert!(shown["load"]["mean"].is_number());
    let detail = json(&app, &format!("site/{}", shown["id"])).await;
    let recent = detail["recent"].as_array().unwrap();
    let reasons: Vec<_> = recent.iter().map(|miss| &miss["reason"]).collect();
    assert_eq!(reasons, ["expired", "never-seen", "never-seen"]);
    assert_eq!(recent[0]["key"], "watch:square:1");
    assert_eq!(recent[0]["ago"].as_f64().unwrap().round(), 2.0);
}

#[tokio::test]
async fn windows_hold_what_was_counted_in_their_time() {
    #[cached]
    fn windowed(n: u64) -> u64 {
        n * n
    }
    let (clock, app) = (Clock::freeze(), mounted(Dashboard::new()));
    windowed(1);
    json(&app, "overview").await;
    for _ in 0..24 {
        for _ in 0..10 {
            windowed(1);
        }
        clock.advance(Duration::from_secs(5));
        json(&app, "overview").await;
    }
    let shown = site(&app, "dashboard::windowed").await;
    assert_eq!(shown["total"]["hits"], 240);
    assert_eq!(shown["minute"]["hits"], 120);
    assert_eq!(shown["hour"]["hits"], 240);
    let detail = json(&app, &format!("site/{}", shown["id"])).await;
    let minute = detail["history"]["minute"].as_array().unwrap();
    assert_eq!(minute.len(), 12);
    assert!(
        minute
            .iter()
            .all(|part| part["hits"] == 10 && part["span"] == 5.0)
    );
    assert_eq!(shown["trend"], json!([[120, 1], [120, 0]]));
}

#[tokio::test]
async fn pages_and_writers_and_findings_are_shown() {
    #[cache_page(ttl = "1h", tags("watch:pages"))]
    async fn shown_page() -> &'static str {
        "a page"
    }
    #[invalidates(tags("watch:pages", "watch:nobody:{id}"))]
    fn writer(id: u64) -> Result<(), String> {
        let _ = id;
        Ok(())
    }
    let pages = axum::Router::new().route("/page", axum::routing::get(shown_page));
    let app = pages.nest("/_cache", router());
    get(&app, "/page?a=1").await;
    get(&app, "/page?a=1").await;
    writer(1).unwrap();
    get(&app, "/page?a=1").await;
    let page = site(&app, "shown_page").await;
    assert_eq!(
        (&page["kind"], &page["total"]["hits"]),
        (&json!("page"), &json!(1))
    );
    assert!(page["bytes"].as_u64().unwrap() > 6);
    let detail = json(&app, &format!("site/{}", page["id"])).await;
    let last = &detail["recent"][0];
    assert_eq!(last["key"], "/page?a=1 (host: localhost:3000)");
    assert_eq!(
        (&last["reason"], &last["by"]["name"]),
        (&json!("invalidated"), &json!("watch:pages"))
    );
    assert!(last["by"]["function"].as_str().unwrap().ends_with("writer"));
    assert_eq!(last["by"]["file"], file!());
    let names = json(&app, "names").await;
    let name = |template: &str| {
        let names = names["names"].as_array().unwrap();
        let found = names.iter().find(|name| name["template"] == template);
        found.unwrap().clone()
    };
    let (used, dead) = (name("watch:pages"), name("watch:nobody:{id}"));
    assert_eq!(
        (&used["dead"], &dead["dead"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(used["declared_by"], json!([page["id"]]));
    let writer = used["invalidated_by"][0].to_string();
    assert!(
        names["sites"][&writer]["name"]
            .as_str()
            .unwrap()
            .ends_with("writer")
    );
    let overview = json(&app, "overview").await;
    let findings = overview["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| {
        finding["kind"] == "dead" && finding["text"].as_str().unwrap().contains("watch:nobody")
    }));
}

#[tokio::test]
async fn caches_and_their_stores_are_shown() {
    let store = Cache::builder()
        .near(7)
        .store(MemoryStore::bounded(100, 1 << 20))
        .build();
    let loaded = store.get_or_set("a", "1h", async || Ok::<_, String>(1_u64));
    loaded.await.unwrap();
    let app = mounted(Dashboard::new().with_values());
    cache_core::testing::scope(Caches::new().with("default", store), async {
        let overview = json(&app, "overview").await;
        let cache = &overview["caches"][0];
        assert_eq!(
            (&cache["name"], &cache["entries"], &cache["capacity"]),
            (&json!("default"), &json!(1), &json!(7))
        );
        assert_eq!(cache["store"]["breaker"], "closed");
        assert!(cache["store"]["latency"]["mean"].is_number());
        let entry = json(&app, "entry?cache=default&key=a").await;
        assert_eq!(
            (&entry["found"], &entry["value"]),
            (&json!(true), &json!("1"))
        );
        let none = json(&app, "entry?cache=default&key=b").await;
        assert_eq!(
            (&none["found"], &none["why"]["reason"]),
            (&json!(false), &json!("never-seen"))
        );
    })
    .await;
    let hides = mounted(Dashboard::new());
    cache_core::testing::scope(Caches::new(), async {
        cache_core::cache()
            .set("b", &"secret".to_owned())
            .await
            .unwrap();
        let entry = json(&hides, "entry?key=b").await;
        assert_eq!(
            (&entry["value"], &entry["value_is_hidden"]),
            (&Value::Null, &json!(true))
        );
    })
    .await;
}

#[tokio::test]
async fn the_page_is_one_document_that_runs_nothing_else() {
    let app = mounted(Dashboard::new());
    let page = get(&app, "/_cache").await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    for part in [
        "default-src 'none'",
        "script-src 'sha256-",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"));
    let page = text(page).await;
    assert!(page.contains("data-base=\"/_cache\"") && !page.contains("{{"));
}

#[tokio::test]
async fn what_is_asked_wrongly_is_answered_with_an_error() {
    let app = mounted(Dashboard::new());
    for (path, status) in [
        ("site/999999", StatusCode::NOT_FOUND),
        ("site/x", StatusCode::NOT_FOUND),
        ("site/-1", StatusCode::NOT_FOUND),
        ("entry", StatusCode::BAD_REQUEST),
        ("entry?cache=nothing&key=a", StatusCode::NOT_FOUND),
        ("nothing", StatusCode::NOT_FOUND),
    ] {
        let response = get(&app, &format!("/_cache/api/{path}")).await;
        assert_eq!(response.status(), status, "{path}");
    }
}

#[tokio::test]
async fn hostile_names_come_as_they_are_in_json() {
    #[cached(key = "watch:hostile:{text}")]
    fn hostile(text: &str) -> usize {
        text.len()
    }
    let app = mounted(Dashboard::new());
    let text = "</script><img src=x onerror=alert(1)>\u{202e}\u{0}\"\\";
    hostile(text);
    hostile(&"x".repeat(10_000));
    let shown = site(&app, "::hostile").await;
    let detail = json(&app, &format!("site/{}", shown["id"])).await;
    assert_eq!(
        detail["recent"][0]["key"],
        Value::Null,
        "too long to be noted"
    );
    assert_eq!(detail["recent"][1]["key"], format!("watch:hostile:{text}"));
    let other = Request::get("/_cache/api/overview")
        .header("host", "localhost:3000")
        .header("origin", "http://evil.example")
        .body(Body::empty());
    assert_eq!(
        ask(&app, other.unwrap()).await.status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn fifty_who_look_at_once_share_an_overview() {
    #[cached]
    fn looked_at(n: u64) -> u64 {
        n * n
    }
    for n in 0..10_000 {
        looked_at(n);
    }
    let app = mounted(Dashboard::new());
    json(&app, "overview").await;
    let begun = Instant::now();
    for _ in 0..50 {
        json(&app, "overview").await;
    }
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn five_hundred_sites_are_all_in_the_overview() {
    let layers: Vec<_> = (0..500)
        .map(|n| CachePageLayer::new("1m").named(&format!("many {n}")))
        .collect();
    for layer in &layers {
        assert_eq!(layer.stats().loads, 0);
    }
    let app = mounted(Dashboard::new());
    json(&app, "overview").await;
    // Another dashboard shares nothing with the first, and what is made once for each site is there now.
    let app = mounted(Dashboard::new());
    let begun = Instant::now();
    let response = get(&app, "/_cache/api/overview").await;
    let took = begun.elapsed();
    let overview: Value = serde_json::from_str(&text(response).await).unwrap();
    eprintln!("an overview of 500 layers takes {took:?}");
    let sites = overview["sites"].as_array().unwrap();
    let ids: BTreeSet<_> = sites
        .iter()
        .map(|site| site["id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids.len(), sites.len());
    let of_layers = |site: &&Value| site["name"].as_str().unwrap().starts_with("layer many ");
    assert_eq!(sites.iter().filter(of_layers).count(), 500);
    assert!(took < Duration::from_secs(2), "{took:?}");
}
