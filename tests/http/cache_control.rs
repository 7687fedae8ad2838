//! What `#[cache_control]` has browsers, proxies and CDNs be told.

use std::time::Duration;

use axum::extract::{Path, RawQuery};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use cache_core::{cache_control, cache_page, never_cache, vary_on};

use crate::support::{Answer, Visitor, get, get_with, run, site};

#[track_caller]
pub(crate) fn assert_told(answer: &Answer, expected: &str) {
    let told = answer.field("cache-control").unwrap_or_default();
    assert_eq!(told, expected, "{answer:?}");
}

#[tokio::test]
async fn a_handler_that_is_not_cached_tells_other_caches_what_the_attribute_says() {
    const LIFE: u64 = 90;
    #[cache_control(public, max_age = 3600, s_maxage = "1d", no_transform)]
    async fn fixed() -> &'static str {
        "page"
    }
    #[cache_control(
        max_age = if slug == "news" { LIFE } else { 86_400 },
        stale_while_revalidate = Duration::from_secs(slug.len() as u64),
        must_understand,
    )]
    async fn computed(Path(slug): Path<String>) -> String {
        slug
    }
    let answer = get(&site(fixed), "/").await;
    assert_told(
        &answer,
        "public, no-transform, max-age=3600, s-maxage=86400",
    );
    let app = axum::Router::new().route("/{slug}", axum::routing::get(computed));
    let told = "must-understand, max-age=90, stale-while-revalidate=4";
    assert_told(&get(&app, "/news").await, told);
    let told = "must-understand, max-age=86400, stale-while-revalidate=5";
    assert_told(&get(&app, "/about").await, told);
}

#[tokio::test]
async fn what_a_handler_says_itself_stands_where_it_is_stricter() {
    #[cache_control(public, max_age = 3600)]
    async fn page(RawQuery(own): RawQuery) -> impl IntoResponse {
        [("cache-control", own.expect("a directive"))]
    }
    let app = site(page);
    for (own, expected) in [
        ("max-age=60", "public, max-age=60"),
        ("max-age=7200", "public, max-age=3600"),
        ("no-store", "no-store"),
        ("private", "private, max-age=3600"),
    ] {
        assert_told(&get(&app, &format!("/?{own}")).await, expected);
    }
}

#[tokio::test]
async fn errors_redirects_and_rejections_get_only_what_forbids() {
    #[cache_control(public, max_age = 3600, no_transform)]
    async fn page(visitor: Visitor) -> axum::response::Response {
        match visitor.id {
            404 => StatusCode::NOT_FOUND.into_response(),
            500 => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            303 => Redirect::to("/elsewhere").into_response(),
            308 => Redirect::permanent("/elsewhere").into_response(),
            _ => "page".into_response(),
        }
    }
    #[cache_control(private, max_age = visitor.id)]
    async fn computed(visitor: Visitor) -> String {
        visitor.id.to_string()
    }
    let app = site(page);
    for visitor in ["404", "500", "303", "nobody"] {
        let answer = get_with(&app, "/", &[("x-visitor", visitor)]).await;
        assert_told(&answer, "no-transform");
    }
    for visitor in ["308", "1"] {
        let answer = get_with(&app, "/", &[("x-visitor", visitor)]).await;
        assert_told(&answer, "public, no-transform, max-age=3600");
    }
    let app = site(computed);
    let answer = get_with(&app, "/", &[("x-visitor", "7")]).await;
    assert_told(&answer, "private, max-age=7");
    assert_told(&get(&app, "/").await, "private");
}

#[tokio::test]
async fn a_rejection_that_looks_like_a_page_is_none() {
    struct Login;
    impl<S: Sync> axum::extract::FromRequestParts<S> for Login {
        type Rejection = (StatusCode, &'static str);

        async fn from_request_parts(
            _: &mut axum::http::request::Parts,
            _: &S,
        ) -> Result<Self, Self::Rejection> {
            Err((StatusCode::OK, "your name, please"))
        }
    }
    #[cache_control(public, max_age = 3600)]
    async fn page(_login: Login) -> &'static str {
        "page"
    }
    assert_told(&get(&site(page), "/").await, "");
}

#[tokio::test]
async fn what_may_be_for_one_visitor_is_private() {
    #[cache_control(public, max_age = 3600)]
    async fn with_cookie() -> impl IntoResponse {
        [("set-cookie", "id=1")]
    }
    #[vary_on(headers = ["X-Visitor"])]
    #[cache_control(public, max_age = 3600)]
    async fn above() -> &'static str {
        "page"
    }
    #[cache_control(public, max_age = 3600)]
    #[vary_on(headers = ["X-Visitor"])]
    async fn below() -> &'static str {
        "page"
    }
    for app in [site(with_cookie), site(above), site(below)] {
        assert_told(&get(&app, "/").await, "private, max-age=3600");
    }
    #[vary_on(headers = ["Accept-Language"])]
    #[cache_control(public, max_age = 3600)]
    async fn shared() -> &'static str {
        "page"
    }
    let answer = get(&site(shared), "/").await;
    assert_told(&answer, "public, max-age=3600");
    assert_eq!(answer.field("vary").as_deref(), Some("Accept-Language"));
}

struct Views;

#[cache_control(public, max_age = 60)]
impl Views {
    async fn as_the_block() -> &'static str {
        "page"
    }

    #[cache_control(private, max_age = 5)]
    async fn as_it_says() -> &'static str {
        "page"
    }

    #[never_cache]
    async fn never() -> &'static str {
        "page"
    }
}

#[cache_page(ttl = "5m")]
#[cache_control(public, max_age = 60)]
impl Views {
    async fn page() -> String {
        format!("run {}", run())
    }

    #[never_cache]
    async fn no_page() -> String {
        format!("run {}", run())
    }
}

impl Views {
    #[cache_control(max_age = 7, associated)]
    async fn alone() -> &'static str {
        "page"
    }
}

#[tokio::test]
async fn a_block_speaks_for_its_handlers() {
    let never = "max-age=0, no-cache, no-store, must-revalidate, private";
    for (app, expected) in [
        (site(Views::as_the_block), "public, max-age=60"),
        (site(Views::as_it_says), "private, max-age=5"),
        (site(Views::never), never),
        (site(Views::page), "public, max-age=60"),
        (site(Views::no_page), never),
        (site(Views::alone), "max-age=7"),
    ] {
        assert_told(&get(&app, "/").await, expected);
    }
}
