//! Pages that a cached function asks for: what it makes of them is stale with them.

use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use cache_core::testing::Clock;
use cache_core::{cache_page, cached, drain, invalidate_tag};
use cache_tests::{Gate, until, within};

use crate::support::{Source, get, get_with, run, site};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_page_that_is_loaded_or_found_ends_what_is_made_of_it() {
    #[cache_page(ttl = "1h", tags("within:page"), key = "within:page")]
    async fn page() -> String {
        format!("run {}", run())
    }
    #[cached(ttl = "1h")]
    async fn asked(path: String) -> String {
        get(&site(page), &path).await.body
    }
    let of = async |path: &str| asked(path.to_owned()).await;
    let loaded = of("/loaded").await;
    assert_eq!(of("/found").await, loaded, "the page was kept");
    invalidate_tag("within:page").await.expect("memory");
    for path in ["/loaded", "/found"] {
        assert_ne!(of(path).await, loaded, "{path}");
    }
}

#[tokio::test]
async fn so_does_one_that_somebody_else_has_loaded() {
    static GATE: Gate = Gate::closed();
    #[cache_page(ttl = "1h", tags("within:shared"), key = "within:shared")]
    async fn page() -> String {
        GATE.pass().await;
        format!("run {}", run())
    }
    #[cached(ttl = "1h")]
    async fn asked(path: String) -> String {
        get(&site(page), &path).await.body
    }
    let of = |path: &str| asked(path.to_owned());
    let both = async { tokio::join!(of("/a"), of("/b")) };
    let opened = async {
        until(|| page::stats().misses >= 2).await;
        GATE.let_go(1);
    };
    let ((one, other), ()) = within(async { tokio::join!(both, opened) }).await;
    assert_eq!(one, other, "one run for both");
    invalidate_tag("within:shared").await.expect("memory");
    GATE.let_go(1);
    for path in ["/a", "/b"] {
        assert_ne!(within(of(path)).await, one, "{path}");
    }
}

#[tokio::test]
async fn a_stale_page_is_in_nothing_that_is_kept() {
    static SOURCE: Source = Source::new();
    #[cache_page(ttl = "1m", stale_if_error = "1h", stale_while_revalidate = "10m")]
    async fn page() -> impl IntoResponse {
        SOURCE.page()
    }
    #[cached(ttl = "1d")]
    async fn asked(call: u32) -> (u32, String) {
        (call, get(&site(page), "/").await.body)
    }
    let clock = Clock::freeze();
    assert_eq!(asked(0).await.1, "run 1");
    clock.advance(2 * MINUTE);
    assert_eq!(asked(1).await.1, "run 1", "stale, while another is loaded");
    assert!(drain(MINUTE).await);
    assert_eq!(
        asked(1).await.1,
        "run 2",
        "what was made of the stale one was not kept"
    );
    clock.advance(20 * MINUTE);
    SOURCE.answers(500);
    assert_eq!(asked(2).await.1, "run 2", "in the place of an error");
    SOURCE.answers(200);
    clock.advance(20 * MINUTE);
    assert_ne!(
        asked(2).await.1,
        "run 2",
        "what was made of that was not kept either"
    );
}

/// It is loaded in a task of its own.
#[tokio::test]
async fn so_does_one_with_a_timeout_which_is_loaded_apart() {
    #[cache_page(
        ttl = "5m",
        key = "within:apart",
        tags("within:apart"),
        hard_timeout = "1h"
    )]
    async fn page() -> String {
        run().to_string()
    }
    #[cached(ttl = "1h", key = "within:apart-made")]
    async fn asked() -> String {
        get(&site(page), "/").await.body
    }
    let first = asked().await;
    assert_eq!(asked().await, first);
    invalidate_tag("within:apart").await.expect("memory");
    assert_ne!(get(&site(page), "/").await.body, first);
    assert_ne!(asked().await, first);
}

#[tokio::test]
async fn and_one_whose_body_reads_what_it_depends_on() {
    #[cached(ttl = "5m", key = "within:late-part", tags("within:late"))]
    async fn late() -> u64 {
        run()
    }
    #[cache_page(ttl = "5m", key = "within:late", hard_timeout = "1h")]
    async fn page() -> Response {
        let body = futures_util::stream::once(async {
            tokio::task::yield_now().await;
            Ok::<_, &str>(late().await.to_string())
        });
        Body::from_stream(body).into_response()
    }
    #[cached(ttl = "1h", key = "within:late-made")]
    async fn asked() -> String {
        get(&site(page), "/").await.body
    }
    let first = asked().await;
    invalidate_tag("within:late").await.expect("memory");
    assert_ne!(asked().await, first);
}

/// What passes by a page is no less what the page shows.
#[tokio::test]
async fn a_page_that_is_passed_by_ends_what_is_made_of_it() {
    #[cache_page(ttl = "1h", tags("within:passed"))]
    async fn page() -> String {
        run().to_string()
    }
    #[cached(ttl = "1h", key = "within:passed-made:{n}")]
    async fn asked(n: u32) -> (u32, String) {
        let login = [("authorization", "Bearer 7")];
        (n, get_with(&site(page), "/passed", &login).await.body)
    }
    // With caches of its own: those of other tests are not to be cleared.
    let each = async {
        for n in 0..4 {
            let first = asked(n).await;
            assert_eq!(asked(n).await, first);
            match n {
                0 => invalidate_tag("within:passed").await.expect("memory"),
                1 => page::invalidate_path("/passed")
                    .await
                    .into_result()
                    .expect("memory"),
                2 => page::clear().await.into_result().expect("memory"),
                _ => cache_core::cache().clear().await.expect("memory"),
            }
            assert_ne!(asked(n).await, first, "{n}");
        }
    };
    cache_core::testing::scope(cache_core::Caches::new(), each).await;
}

/// What somebody makes of an answer that did not come in time is stale when the page is.
#[tokio::test]
async fn a_page_that_is_given_up_ends_what_is_made_of_that() {
    static GATE: Gate = Gate::closed();
    #[cache_page(ttl = "1h", tags("within:late-page"), hard_timeout = "1s")]
    async fn page() -> String {
        GATE.pass().await;
        run().to_string()
    }
    #[cached(ttl = "1h", key = "within:given-up")]
    async fn asked() -> u16 {
        get(&site(page), "/given-up").await.status.as_u16()
    }
    let clock = Clock::freeze();
    let asking = tokio::spawn(asked());
    until(|| {
        clock.advance(Duration::from_secs(1));
        asking.is_finished()
    })
    .await;
    assert_eq!(within(asking).await.expect("no panic"), 503);
    assert_eq!(asked().await, 503);
    GATE.let_go(2);
    assert!(drain(MINUTE).await);
    invalidate_tag("within:late-page").await.expect("memory");
    assert_eq!(within(asked()).await, 200);
}
