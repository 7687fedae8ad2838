//! What `#[vary_on]` and `query` put into the key, and what the handler then sees.

use axum::extract::{Query, RawQuery};
use axum::http::HeaderMap;
use cache_core::{cache_page, vary_on};
use serde::Deserialize;

use crate::support::{Answer, assert_apart, assert_same, get, get_with, request, run, send, site};

/// The header lines that a handler sees, in order.
fn shown(headers: &HeaderMap) -> String {
    let mut lines: Vec<_> = headers
        .iter()
        .map(|(name, value)| format!("{name}={:?}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    lines.sort();
    format!("{} run {}", lines.join(" "), run())
}

#[tokio::test]
async fn an_absent_header_is_not_an_empty_one() {
    #[vary_on(headers = ["X-Kind"])]
    #[cache_page(ttl = "5m")]
    async fn page(headers: HeaderMap) -> String {
        shown(&headers)
    }
    let app = site(page);
    let variants: [&[(&str, &str)]; 6] = [
        &[],
        &[("x-kind", "")],
        &[("x-kind", "a")],
        &[("x-kind", "a"), ("x-kind", "b")],
        &[("x-kind", "a, b")],
        &[("x-kind", "A")],
    ];
    let mut answers: Vec<Answer> = Vec::new();
    for fields in variants {
        let first = get_with(&app, "/no-header", fields).await;
        for other in &answers {
            assert_apart(&first, other);
        }
        assert_same(&first, &get_with(&app, "/no-header", fields).await);
        assert_eq!(first.body.matches("x-kind=").count(), fields.len());
        answers.push(first);
    }
}

#[tokio::test]
async fn values_that_are_no_text_are_told_apart() {
    #[vary_on(headers = ["X-Kind"])]
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        format!("run {}", run())
    }
    let app = site(page);
    let with = async |value: &[u8]| {
        let mut asked = request("GET", "/no-text", &[]);
        asked.headers_mut().insert(
            "x-kind",
            axum::http::HeaderValue::from_bytes(value).expect("a value"),
        );
        send(&app, asked).await
    };
    let first = with(b"\xff").await;
    assert_same(&first, &with(b"\xff").await);
    assert_apart(&first, &with(b"\xfe").await);
    assert_apart(&first, &with("\u{fffd}".as_bytes()).await);
}

#[tokio::test]
async fn what_is_not_declared_is_not_there() {
    #[vary_on(headers = ["Accept-Language"])]
    #[cache_page(ttl = "5m")]
    async fn page(headers: HeaderMap) -> String {
        shown(&headers)
    }
    let app = site(page);
    let first = get_with(
        &app,
        "/undeclared",
        &[
            ("host", "a.example"),
            ("accept-language", "de"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "nothttps"),
            ("x-forwarded-prefix", "/evil"),
            ("forwarded", "host=evil.example"),
            ("x-original-url", "/admin"),
            ("x-http-method-override", "POST"),
            ("cookie", "session=1"),
            ("accept", "text/evil"),
            ("content-type", "text/plain"),
        ],
    )
    .await;
    assert!(
        first
            .body
            .starts_with("accept-language=\"de\" host=\"a.example\" run "),
        "{first:?}"
    );
    assert_same(
        &first,
        &get_with(
            &app,
            "/undeclared",
            &[("host", "a.example"), ("accept-language", "de")],
        )
        .await,
    );
}

#[tokio::test]
async fn one_cookie_of_many() {
    #[vary_on(cookies = ["theme", "lang"])]
    #[cache_page(ttl = "5m")]
    async fn page(headers: HeaderMap) -> String {
        shown(&headers)
    }
    let app = site(page);
    let with = async |cookies: &[&str]| {
        let fields: Vec<_> = cookies.iter().map(|line| ("cookie", *line)).collect();
        get_with(&app, "/cookies", &fields).await
    };
    let dark = with(&["session=1; theme=dark; tracker=2"]).await;
    assert!(
        dark.body.starts_with("cookie=\"theme=dark\" run "),
        "{dark:?}"
    );
    for same in [
        &["theme=dark"][..],
        &["theme=dark; session=2"],
        &["a=1", "theme=dark"],
        &["tracker;theme=dark"],
    ] {
        assert_same(&dark, &with(same).await);
    }
    let others: [&[&str]; 7] = [
        &[],
        &["theme="],
        &["theme=light"],
        &["Theme=dark"],
        &["theme=dark; theme=light"],
        &["theme=dark; lang=de"],
        &["lang=dark"],
    ];
    for other in others {
        assert_apart(&dark, &with(other).await);
    }
    assert_same(&with(&[]).await, &with(&["session=1", "Theme=dark"]).await);
    assert_eq!(dark.field("vary").as_deref(), Some("Cookie"));
}

#[tokio::test]
async fn the_whole_cookie_header() {
    #[vary_on(cookies)]
    #[cache_page(ttl = "5m")]
    async fn page(headers: HeaderMap) -> String {
        shown(&headers)
    }
    let app = site(page);
    let first = get_with(&app, "/all", &[("cookie", "a=1; b=2")]).await;
    assert!(
        first.body.starts_with("cookie=\"a=1; b=2\" run "),
        "{first:?}"
    );
    assert_same(
        &first,
        &get_with(&app, "/all", &[("cookie", "a=1; b=2")]).await,
    );
    assert_apart(
        &first,
        &get_with(&app, "/all", &[("cookie", "b=2; a=1")]).await,
    );
    assert_apart(&first, &get(&app, "/all").await);
}

#[derive(Deserialize, Debug)]
struct Filter {
    page: Option<String>,
    utm: Option<String>,
}

#[tokio::test]
async fn a_list_of_parameters_is_all_that_counts_and_all_that_is_seen() {
    #[cache_page(ttl = "5m", query = ["page", "category"])]
    async fn page(Query(filter): Query<Filter>, RawQuery(raw): RawQuery) -> String {
        format!("{:?} {:?} {raw:?} run {}", filter.page, filter.utm, run())
    }
    let app = site(page);
    let first = get(&app, "/list?utm=mail&page=2&category=rust").await;
    assert!(
        first
            .body
            .starts_with(r#"Some("2") None Some("category=rust&page=2") run "#),
        "{first:?}"
    );
    for same in [
        "/list?category=rust&page=2",
        "/list?page=2&category=rust&fbclid=x",
        "/list?category=rust&utm&page=2",
    ] {
        assert_same(&first, &get(&app, same).await);
    }
    let none = get(&app, "/list?utm=mail").await;
    assert!(none.body.starts_with("None None None run "), "{none:?}");
    assert_same(&none, &get(&app, "/list").await);
    assert_apart(&none, &get(&app, "/list?page").await);
}

#[tokio::test]
async fn the_handler_sees_the_query_that_is_keyed() {
    #[cache_page(ttl = "5m")]
    async fn page(Query(pairs): Query<Vec<(String, String)>>, RawQuery(raw): RawQuery) -> String {
        format!("{pairs:?} {raw:?} run {}", run())
    }
    let app = site(page);
    let sorted = get(&app, "/parsed?b=2&a=1").await;
    assert!(
        sorted
            .body
            .starts_with(r#"[("a", "1"), ("b", "2")] Some("a=1&b=2") run "#),
        "{sorted:?}"
    );
    assert_same(&sorted, &get(&app, "/parsed?a=1&b=2").await);
    let apart = [
        "/parsed?a=1&%61=2",
        "/parsed?%61=2&a=1",
        "/parsed?a=1;b=2",
        "/parsed?a=1%26b=2",
        "/parsed?a=1&a=2",
        "/parsed?a=2&a=1",
        "/parsed?A=1",
        "/parsed?a=+",
        "/parsed?a=%20",
    ];
    for (at, one) in apart.iter().enumerate() {
        let one = get(&app, one).await;
        for other in &apart[at + 1..] {
            assert_apart(&one, &get(&app, other).await);
        }
    }
}

#[tokio::test]
async fn a_list_of_headers_makes_variants_of_one_page() {
    #[vary_on(headers = ["User-Agent"])]
    #[cache_page(ttl = "5m", capacity = 16)]
    async fn page() -> String {
        format!("run {}", run())
    }
    let app = site(page);
    for agent in 0..500 {
        get_with(
            &app,
            "/many-variants",
            &[("user-agent", &format!("agent {agent}"))],
        )
        .await;
    }
    assert!(page::stats().entries <= 16, "{:?}", page::stats());
    assert!(page::stats().evictions >= 484, "{:?}", page::stats());
}

#[tokio::test]
async fn parameters_that_are_not_keyed_are_told_to_browsers() {
    #[cache_page(ttl = "5m", query = ["page", "sort"])]
    async fn list() -> String {
        run().to_string()
    }
    #[cache_page(ttl = "5m")]
    async fn all() -> String {
        run().to_string()
    }
    let expected = r#"key-order, params, except=("page" "sort")"#;
    let app = site(list);
    for _ in 0..2 {
        let answer = get(&app, "/?page=1&utm=x").await;
        assert_eq!(answer.field("no-vary-search").as_deref(), Some(expected));
    }
    assert_eq!(
        get(&site(all), "/?page=1").await.field("no-vary-search"),
        None
    );
}
