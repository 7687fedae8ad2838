//! Which answers ask to be kept.

use axum::response::IntoResponse;
use cache_core::{cache_page, invalidates, never_cache, vary_on};

use crate::support::{assert_apart, assert_same, get, run, site};

#[tokio::test]
async fn nothing_is_kept_that_does_not_ask_for_it() {
    /// An answer that every cache may keep.
    fn answer() -> impl IntoResponse {
        (
            [("cache-control", "public, max-age=600")],
            format!("run {}", run()),
        )
    }
    #[vary_on(headers = ["Accept-Language"])]
    async fn varied() -> impl IntoResponse {
        answer()
    }
    #[never_cache]
    async fn never() -> impl IntoResponse {
        answer()
    }
    #[invalidates(tags("unasked"))]
    async fn invalidating() -> impl IntoResponse {
        answer()
    }
    #[cache_page(ttl = "5m", condition = false)]
    async fn unwanted() -> impl IntoResponse {
        answer()
    }
    #[cache_page(ttl = "5m", unless = |_: &_| true)]
    async fn unless() -> impl IntoResponse {
        answer()
    }
    #[cache_page(ttl = "5m")]
    async fn kept() -> impl IntoResponse {
        answer()
    }
    let plain = async || answer();
    for app in [
        site(plain),
        site(varied),
        site(never),
        site(invalidating),
        site(unwanted),
        site(unless),
    ] {
        let (first, second) = (get(&app, "/unasked").await, get(&app, "/unasked").await);
        assert_apart(&first, &second);
    }
    assert_eq!((unwanted::stats().entries, unless::stats().entries), (0, 0));
    let app = site(kept);
    assert_same(&get(&app, "/unasked").await, &get(&app, "/unasked").await);
    assert_eq!(kept::stats().entries, 1);
}
