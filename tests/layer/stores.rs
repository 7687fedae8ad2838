//! The layer with a store behind it: one that every request asks, one with copies in this process, and one in a folder.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{Cache, CachePageLayer, Caches, FileStore, HttpMode, MemoryStore, WithCaches};

use crate::support::{LayeredOrigin, ReadResponse, ScriptedOrigin, over, page, settle};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

/// A process with a layer, as far as its caches are concerned.
pub(crate) struct LayeredProcess {
    caches: WithCaches,
    front: LayeredOrigin,
}

impl LayeredProcess {
    fn new(cache: Cache, layer: &CachePageLayer<HttpMode>, origin: &ScriptedOrigin) -> Self {
        let caches = WithCaches::new(Caches::new().with("default", cache));
        let front = over(layer, origin);
        Self { caches, front }
    }

    pub(crate) async fn ask(
        &self,
        method: &str,
        target: &str,
        fields: &[(&str, &str)],
    ) -> ReadResponse {
        let response = self
            .caches
            .run(self.front.ask(method, target, fields))
            .await;
        settle().await;
        response
    }

    pub(crate) async fn get(&self, target: &str, fields: &[(&str, &str)]) -> ReadResponse {
        self.ask("GET", target, fields).await
    }
}

/// Two processes with the same layer over one store, which keep so many copies each.
pub(crate) fn two(copies: usize, origin: &ScriptedOrigin) -> [LayeredProcess; 2] {
    let store = Arc::new(MemoryStore::bounded(1_000, 64 << 20));
    let layer = || {
        CachePageLayer::shared()
            .named("two processes")
            .to_the_letter()
    };
    let process = || {
        let cache = Cache::builder()
            .near(copies)
            .near_ttl("2s")
            .store(store.clone())
            .build();
        LayeredProcess::new(cache, &layer(), origin)
    };
    [process(), process()]
}

/// A folder of a test, removed with it.
struct CacheFolder(PathBuf);

impl CacheFolder {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("cache-layer-{}-{number}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    /// A process that has just begun, over this folder.
    fn process(&self, origin: &ScriptedOrigin) -> LayeredProcess {
        let store = FileStore::open(&self.0).unwrap();
        // A busy machine may take its time.
        let cache = Cache::builder()
            .near(100)
            .timeout("60s")
            .store(store)
            .build();
        let layer = CachePageLayer::shared().named("folder");
        LayeredProcess::new(cache, &layer, origin)
    }
}

impl Drop for CacheFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn counting(fields: &'static [(&str, &str)]) -> ScriptedOrigin {
    let mut run = 0;
    ScriptedOrigin::new(move |_| {
        run += 1;
        page(format!("run {run}"), fields)
    })
}

#[tokio::test]
async fn what_one_process_has_stored_the_other_has() {
    for copies in [0, 100] {
        let origin = counting(&[FRESH, ("etag", "\"a\""), ("x-a", "1"), ("x-a", "2")]);
        let [one, other] = two(copies, &origin);
        one.get("/", &[]).await.assert_miss();
        for process in [&one, &other, &one] {
            let hit = process.get("/", &[]).await;
            assert_eq!(
                (hit.assert_hit().body.as_str(), hit.field("x-a").as_str()),
                ("run 1", "1, 2"),
                "{copies}"
            );
            let known = process.get("/", &[("if-none-match", "\"a\"")]).await;
            assert_eq!((known.status, origin.count()), (304, 1), "{copies}");
        }
    }
}

#[tokio::test]
async fn variants_lie_in_the_store_too() {
    for copies in [0, 100] {
        let origin =
            ScriptedOrigin::new(|asked| page(asked.field("x-a"), &[FRESH, ("vary", "x-a")]));
        let [one, other] = two(copies, &origin);
        for value in ["1", "2", "3"] {
            assert_eq!(one.get("/", &[("x-a", value)]).await.body, value);
        }
        for process in [&one, &other] {
            for value in ["3", "2", "1"] {
                let hit = process.get("/", &[("x-a", value)]).await;
                assert_eq!(hit.assert_hit().body, value, "{copies}");
            }
        }
        assert_eq!(origin.count(), 3, "{copies}");
        assert_eq!(other.get("/", &[]).await.body, "");
    }
}

#[tokio::test]
async fn a_change_in_one_process_is_seen_by_the_other() {
    for copies in [0, 100] {
        let clock = Clock::freeze();
        let mut run = 0;
        let origin = ScriptedOrigin::new(move |asked| {
            run += 1;
            page(
                format!("{} {run}", asked.field("x-a")),
                &[FRESH, ("vary", "x-a")],
            )
        });
        let [one, other] = two(copies, &origin);
        let fields = [[("x-a", "1")], [("x-a", "2")]];
        for own in &fields {
            one.get("/", own).await;
            other.get("/", own).await.assert_hit();
        }
        one.ask("POST", "/", &[]).await;
        // What the other has copied it asks for again after this time.
        clock.advance(Duration::from_secs(if copies == 0 { 0 } else { 2 }));
        for own in &fields {
            let after = other.get("/", own).await;
            assert!(!after.is_hit(), "{copies} {after:?}");
            let there = one.get("/", own).await;
            assert!(there.is_hit(), "{copies} {there:?}");
        }
    }
}

#[tokio::test]
async fn what_is_stale_in_the_store_is_validated() {
    for copies in [0, 100] {
        let clock = Clock::freeze();
        let origin = ScriptedOrigin::new(|asked| match asked.field("if-none-match") {
            "\"a\"" => page("", &[FRESH, ("etag", "\"a\"")]).status(304),
            _ => page("page", &[FRESH, ("etag", "\"a\"")]),
        });
        let [one, other] = two(copies, &origin);
        one.get("/", &[]).await;
        clock.advance(Duration::from_secs(61));
        let confirmed = other.get("/", &[]).await;
        assert_eq!(
            (
                confirmed.body.as_str(),
                origin.last().field("if-none-match")
            ),
            ("page", "\"a\""),
            "{copies}"
        );
        clock.advance(Duration::from_secs(59));
        assert_eq!(one.get("/", &[]).await.assert_hit().body, "page");
        assert_eq!(origin.count(), 2, "{copies}");
    }
}

#[tokio::test]
async fn the_age_goes_on_in_the_store() {
    for copies in [0, 100] {
        let clock = Clock::freeze();
        let origin = counting(&[FRESH, ("age", "10")]);
        let [one, other] = two(copies, &origin);
        one.get("/", &[]).await;
        clock.advance(Duration::from_secs(20));
        assert_eq!(other.get("/", &[]).await.assert_hit().field("age"), "30");
        clock.advance(Duration::from_secs(30));
        other.get("/", &[]).await.assert_miss();
    }
}

#[tokio::test]
async fn what_is_for_one_client_is_in_no_store() {
    for copies in [0, 100] {
        for fields in [
            &[("cache-control", "private, max-age=60")][..],
            &[("cache-control", "no-store")],
            &[FRESH, ("vary", "*")],
            &[],
        ] {
            let fields: &'static [(&str, &str)] = fields;
            let origin = ScriptedOrigin::new(|asked| page(asked.field("cookie"), fields));
            let [one, other] = two(copies, &origin);
            one.get("/", &[("cookie", "mine")]).await;
            assert_eq!(other.get("/", &[]).await.body, "", "{fields:?}");
        }
    }
}

#[tokio::test]
async fn a_folder_outlives_its_process() {
    let folder = CacheFolder::new();
    let origin = ScriptedOrigin::new(|asked| {
        page(
            asked.field("x-a"),
            &[FRESH, ("vary", "x-a"), ("x-b", "\u{e9}")],
        )
    });
    let first = folder.process(&origin);
    for value in ["1", "2"] {
        first.get("/", &[("x-a", value)]).await.assert_miss();
    }
    let second = folder.process(&origin);
    for value in ["1", "2"] {
        let hit = second.get("/", &[("x-a", value)]).await;
        assert_eq!(
            (
                hit.assert_hit().body.as_str(),
                hit.headers["x-b"].as_bytes()
            ),
            (value, "\u{e9}".as_bytes())
        );
    }
    second.ask("DELETE", "/", &[]).await;
    let third = folder.process(&origin);
    third.get("/", &[("x-a", "1")]).await.assert_miss();
    third.get("/", &[("x-a", "1")]).await.assert_hit();
}

/// Layers with other rules do not use what the one has stored.
#[tokio::test]
async fn what_other_rules_have_stored_is_not_used() {
    let store = Arc::new(MemoryStore::bounded(1_000, 64 << 20));
    let origin = counting(&[FRESH, ("set-cookie", "a=b")]);
    let process = |layer: CachePageLayer<HttpMode>| {
        let cache = Cache::builder().near(0).store(store.clone()).build();
        LayeredProcess::new(cache, &layer.named("rules"), &origin)
    };
    let letter = process(CachePageLayer::shared().to_the_letter());
    letter.get("/", &[]).await;
    letter.get("/", &[]).await.assert_hit();
    process(CachePageLayer::shared())
        .get("/", &[])
        .await
        .assert_miss();
    let own = process(CachePageLayer::private().to_the_letter());
    own.get("/", &[]).await.assert_miss();
}
