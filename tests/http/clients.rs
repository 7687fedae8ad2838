//! What clients send about caching and about themselves.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use cache_core::{VariedInput, cache_page, vary_on};

use crate::support::{assert_apart, assert_same, get, get_with, run, site};

#[tokio::test]
async fn clients_do_not_steer_the_cache() {
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        format!("run {}", run())
    }
    let app = site(page);
    let kept = get(&app, "/steering").await;
    for (name, value) in [
        ("cache-control", "no-cache"),
        ("cache-control", "no-store, max-age=0"),
        ("cache-control", "only-if-cached"),
        ("pragma", "no-cache"),
        ("x-invalidate-cache", "true"),
        ("if-match", "\"other\""),
        ("if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("if-range", "\"other\""),
    ] {
        let answer = get_with(&app, "/steering", &[(name, value)]).await;
        answer.assert_hit();
        assert_same(&kept, &answer);
    }
    get_with(&app, "/steering/new", &[("cache-control", "no-store")])
        .await
        .assert_stored();
}

#[tokio::test]
async fn credentials_that_nothing_reads_go_past_the_cache() {
    #[cache_page(ttl = "5m")]
    async fn page() -> ([(&'static str, &'static str); 1], String) {
        ([("cache-control", "max-age=600")], format!("run {}", run()))
    }
    let app = site(page);
    let alice = get_with(&app, "/credentials", &[("authorization", "Bearer alice")]).await;
    alice.assert_bypassed("authorization");
    let anybody = get(&app, "/credentials").await;
    assert_apart(&alice, &anybody);
    assert_apart(
        &anybody,
        &get_with(&app, "/credentials", &[("authorization", "Bearer bob")]).await,
    );
}

#[tokio::test]
async fn credentials_in_the_key_tell_visitors_apart() {
    #[vary_on(headers = ["Authorization"])]
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        format!("run {}", run())
    }
    let app = site(page);
    let alice = get_with(
        &app,
        "/credentials/varied",
        &[("authorization", "Bearer alice")],
    )
    .await;
    assert_same(
        &alice,
        &get_with(
            &app,
            "/credentials/varied",
            &[("authorization", "Bearer alice")],
        )
        .await,
    );
    assert_apart(
        &alice,
        &get_with(
            &app,
            "/credentials/varied",
            &[("authorization", "Bearer bob")],
        )
        .await,
    );
    assert_apart(&alice, &get(&app, "/credentials/varied").await);
}

/// Reads a cookie, whatever `#[vary_on]` names.
struct Session(Option<String>);

impl VariedInput for Session {}

impl<S: Sync> FromRequestParts<S> for Session {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let cookie = parts.headers.get("cookie");
        Ok(Self(cookie.map(|cookie| format!("{cookie:?}"))))
    }
}

#[tokio::test]
async fn a_session_that_is_not_declared_is_not_there() {
    #[vary_on(headers = ["Accept-Language"])]
    #[cache_page(ttl = "5m")]
    async fn undeclared(session: Session) -> String {
        format!("{:?} run {}", session.0, run())
    }
    #[vary_on(cookies = ["session"])]
    #[cache_page(ttl = "5m")]
    async fn declared(session: Session) -> String {
        format!("{:?} run {}", session.0, run())
    }
    let (alice, bob) = (("cookie", "session=alice"), ("cookie", "session=bob"));
    let app = site(undeclared);
    let first = get_with(&app, "/session", &[alice]).await;
    assert!(first.body.starts_with("None run "), "{first:?}");
    assert_same(&first, &get_with(&app, "/session", &[bob]).await);
    let app = site(declared);
    let first = get_with(&app, "/session", &[alice]).await;
    assert!(first.body.contains("session=alice"), "{first:?}");
    let other = get_with(&app, "/session", &[bob]).await;
    assert!(other.body.contains("session=bob"), "{other:?}");
    assert_same(&first, &get_with(&app, "/session", &[alice]).await);
}

/// Answers in the form that the client asks for.
fn negotiated(headers: &HeaderMap) -> ([(&'static str, &'static str); 1], String) {
    let json = headers
        .get("accept")
        .is_some_and(|accept| accept == "application/json");
    let form = if json {
        "application/json"
    } else {
        "text/html"
    };
    ([("content-type", form)], format!("{form} run {}", run()))
}

#[tokio::test]
async fn forms_are_apart_where_the_key_has_what_chooses_them_and_one_where_it_has_not() {
    #[vary_on(headers = ["Accept", "X-Requested-With"])]
    #[cache_page(ttl = "5m")]
    async fn declared(headers: HeaderMap) -> impl IntoResponse {
        negotiated(&headers)
    }
    #[vary_on(headers = ["Accept-Language"])]
    #[cache_page(ttl = "5m")]
    async fn undeclared(headers: HeaderMap) -> impl IntoResponse {
        negotiated(&headers)
    }
    let (json, html) = (("accept", "application/json"), ("accept", "text/html"));
    let app = site(declared);
    for accept in [json, html] {
        for _ in 0..2 {
            let answer = get_with(&app, "/forms", &[accept]).await;
            assert_eq!(answer.field("content-type").as_deref(), Some(accept.1));
            assert_eq!(
                answer.field("vary").as_deref(),
                Some("Accept, X-Requested-With")
            );
        }
    }
    assert_apart(
        &get_with(
            &app,
            "/forms",
            &[html, ("x-requested-with", "XMLHttpRequest")],
        )
        .await,
        &get_with(&app, "/forms", &[html]).await,
    );
    let app = site(undeclared);
    let first = get_with(&app, "/forms", &[json]).await;
    assert_eq!(first.field("content-type").as_deref(), Some("text/html"));
    assert_same(&first, &get_with(&app, "/forms", &[html]).await);
}

#[tokio::test]
async fn a_preview_is_neither_kept_nor_answered_from_what_is() {
    #[vary_on(headers = ["X-Preview"])]
    #[cache_page(ttl = "5m", condition = !headers.contains_key("x-preview"))]
    async fn page(headers: HeaderMap) -> String {
        let draft = headers.contains_key("x-preview");
        format!("draft: {draft} run {}", run())
    }
    #[vary_on(headers = ["Accept-Language"])]
    #[cache_page(ttl = "5m")]
    async fn undeclared(headers: HeaderMap) -> String {
        let draft = headers.contains_key("x-preview");
        format!("draft: {draft} run {}", run())
    }
    let preview = ("x-preview", "1");
    let app = site(page);
    let draft = get_with(&app, "/preview", &[preview]).await;
    draft.assert_bypassed("condition");
    assert!(draft.body.starts_with("draft: true"), "{draft:?}");
    assert_eq!(
        draft.field("cache-control").as_deref(),
        Some("private, no-store")
    );
    let public = get(&app, "/preview").await;
    assert!(public.body.starts_with("draft: false"), "{public:?}");
    let draft = get_with(&app, "/preview", &[preview]).await;
    assert!(draft.body.starts_with("draft: true"), "{draft:?}");
    assert_same(&public, &get(&app, "/preview").await);
    let app = site(undeclared);
    let poisoned = get_with(&app, "/preview", &[preview]).await;
    assert!(poisoned.body.starts_with("draft: false"), "{poisoned:?}");
    assert_same(&poisoned, &get(&app, "/preview").await);
}
