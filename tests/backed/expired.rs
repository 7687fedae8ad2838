//! What one process has expired is stale in all: it serves those who accept that, and nobody as fresh.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use axum::Router;
use cache_core::testing::Clock;
use cache_core::{Cache, WithCaches, cache_page, cached, drain};

use crate::http::{get, site};
use crate::support::{Gate, Process, Runs, until, within};

const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn what_another_process_has_expired_serves_while_it_is_loaded_anew() {
    static RUNS: Runs = Runs::new();

    #[cached(
        key = "behind",
        tags("posts"),
        ttl = "1h",
        stale_while_revalidate = "1h"
    )]
    async fn value() -> usize {
        RUNS.run()
    }

    for copies in [0, 100] {
        let before = RUNS.count();
        let clock = Clock::freeze();
        let [reader, other, editor] = Process::several(copies);
        assert_eq!(reader.call(value()).await, before + 1);
        editor.cache.expire_tag("posts").await.unwrap();
        // Copies are used until their near ttl ends.
        clock.advance(Duration::from_secs(3));
        assert_eq!(reader.call(value::peek()).await, None, "{copies}");
        assert_eq!(reader.call(value()).await, before + 1, "{copies}");
        assert!(drain(SOON).await);
        assert_eq!(reader.call(value()).await, before + 2, "{copies}");
        assert_eq!(other.call(value()).await, before + 2, "{copies}");
        assert_eq!(RUNS.count(), before + 2, "{copies}");
    }
}

#[tokio::test]
async fn it_is_a_miss_for_those_who_accept_no_stale_value() {
    static RUNS: Runs = Runs::new();

    #[cached(key = "plain", tags("posts"), ttl = "1h")]
    async fn value() -> usize {
        RUNS.run()
    }

    let [reader, editor] = Process::several(0);
    assert_eq!(reader.call(value()).await, 1);
    assert_eq!(reader.cache.get("plain").await.unwrap(), Some(1_usize));
    editor.cache.expire_tag("posts").await.unwrap();
    assert_eq!(reader.cache.get::<usize>("plain").await.unwrap(), None);
    assert!(!reader.cache.contains("plain").await.unwrap());
    assert!(!editor.cache.touch("plain", "2h").await.unwrap_or(false));
    assert_eq!(reader.call(value::peek()).await, None);
    assert_eq!(reader.call(value()).await, 2);
    assert_eq!(reader.call(value()).await, 2);
}

#[tokio::test]
async fn a_source_that_fails_shows_what_has_expired_and_never_what_was_invalidated() {
    static BROKEN: AtomicBool = AtomicBool::new(false);

    #[cached(key = "failing", tags("posts"), ttl = "1h", stale_if_error = "6h")]
    async fn value() -> Result<u64, String> {
        if BROKEN.load(SeqCst) {
            Err("broken".to_owned())
        } else {
            Ok(1)
        }
    }

    let [reader, editor] = Process::several(0);
    assert_eq!(reader.call(value()).await, Ok(1));
    editor.cache.expire_tag("posts").await.unwrap();
    BROKEN.store(true, SeqCst);
    assert_eq!(reader.call(value()).await, Ok(1));
    editor.cache.expire_tag("posts").await.unwrap();
    assert_eq!(reader.call(value()).await, Ok(1), "it expires twice");
    editor.cache.invalidate_tag("posts").await.unwrap();
    assert!(reader.call(value()).await.is_err());
}

#[tokio::test]
async fn it_stays_while_one_who_accepts_nothing_stale_loads_it() {
    static GATE: Gate = Gate::closed();
    static RUNS: Runs = Runs::new();

    fn accepts(cache: &Cache) -> impl Future<Output = Result<usize, String>> + use<> {
        let entry = cache.entry("stays").ttl("1h").tags(["posts"]);
        let entry = entry.stale_while_revalidate("1h");
        entry.get_or_set(|| async {
            GATE.pass().await;
            Ok(RUNS.run())
        })
    }

    let [one, other] = Process::several(0);
    GATE.let_go(1);
    assert_eq!(accepts(&one.cache).await, Ok(1));
    other.cache.expire_tag("posts").await.unwrap();
    let cache = one.cache.clone();
    static BEGUN: AtomicBool = AtomicBool::new(false);
    let loads = tokio::spawn(async move {
        let entry = cache.entry("stays").ttl("1h").tags(["posts"]);
        let load = || async {
            BEGUN.store(true, SeqCst);
            GATE.pass().await;
            Ok::<_, String>(7)
        };
        entry.get_or_set::<usize, _, _>(load).await
    });
    until(|| BEGUN.load(SeqCst)).await;
    assert_eq!(within(accepts(&other.cache)).await, Ok(1));
    GATE.let_go(2);
    assert_eq!(within(loads).await.unwrap(), Ok(7));
    assert!(drain(SOON).await);
}

#[tokio::test]
async fn what_is_made_of_it_is_stale_too() {
    static INNER: Runs = Runs::new();
    static OUTER: Runs = Runs::new();

    #[cached(key = "inner", tags("posts"), ttl = "1h")]
    async fn inner() -> usize {
        INNER.run()
    }

    #[cached(key = "outer", ttl = "1h", stale_while_revalidate = "1h")]
    async fn outer() -> (usize, usize) {
        (inner().await, OUTER.run())
    }

    let [reader, editor] = Process::several(0);
    assert_eq!(reader.call(outer()).await, (1, 1));
    editor.cache.expire_tag("posts").await.unwrap();
    assert_eq!(reader.call(outer()).await, (1, 1));
    assert!(drain(SOON).await);
    assert_eq!(reader.call(outer()).await, (2, 2));
}

/// Its own process expires it while it is loaded; what comes then is stale from the start.
#[tokio::test]
async fn what_expires_while_it_is_loaded_is_fresh_for_nobody_else() {
    static GATE: Gate = Gate::closed();
    static RUNS: Runs = Runs::new();

    #[cached(key = "meanwhile", tags("posts"), ttl = "1h")]
    async fn value() -> usize {
        let run = RUNS.run();
        GATE.pass().await;
        run
    }

    for of_its_own in [false, true] {
        let before = RUNS.count();
        let [reader, editor] = Process::several(100);
        let load = reader.begin(value());
        until(|| RUNS.count() == before + 1).await;
        let expires = if of_its_own { &reader } else { &editor };
        expires.cache.expire_tag("posts").await.unwrap();
        GATE.let_go(2);
        assert_eq!(within(load).await.unwrap(), before + 1);
        assert_eq!(within(reader.call(value())).await, before + 2);
        assert_eq!(within(editor.call(value())).await, before + 2);
    }
}

#[tokio::test]
async fn a_store_that_is_full_or_down_invalidates_it() {
    static RUNS: Runs = Runs::new();

    #[cached(key = "full", tags("posts"), ttl = "1h", stale_while_revalidate = "1h")]
    async fn value() -> usize {
        RUNS.run()
    }

    let [reader, editor] = Process::several(0);
    assert_eq!(reader.call(value()).await, 1);
    editor.store.fill_up();
    editor.cache.expire_tag("posts").await.unwrap();
    assert_eq!(reader.call(value()).await, 2, "invalidated");
    editor.store.fail();
    editor.cache.expire_tag("posts").await.unwrap_err();
    editor.store.work();
    editor.cache.settled().await;
    assert_eq!(reader.call(value()).await, 3, "invalidated later");
}

#[tokio::test]
async fn a_page_that_has_expired_is_sent_while_it_is_rendered_anew() {
    static RUNS: Runs = Runs::new();

    #[cache_page(tags("posts"), ttl = "1h", stale_while_revalidate = "1h")]
    async fn page() -> String {
        format!("run {}", RUNS.run())
    }

    let [reader, editor] = Process::several(0);
    let app: Router = site(page).layer(WithCaches::new(reader.caches()));
    get(&app, "/").await.assert_stored();
    editor.cache.expire_tag("posts").await.unwrap();
    let stale = get(&app, "/").await;
    assert_eq!(stale.body, "run 1");
    assert!(stale.cache().ends_with("detail=stale"), "{stale:?}");
    assert!(drain(SOON).await);
    assert_eq!(get(&app, "/").await.assert_hit().body, "run 2");
}
