//! What may be kept, and for whom. Each case is an answer of a handler, asked for twice.

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::IntoResponse;
use cache_core::{cache_page, vary_on};

use crate::support::{Answer, assert_apart, assert_same, get, get_with, run, site};

/// The answer that a case asks for, in its query: a status and header lines.
fn asked(query: &str) -> (StatusCode, HeaderMap, String) {
    let (mut status, mut headers) = (StatusCode::OK, HeaderMap::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').expect("a pair");
        let value: Vec<u8> = decoded(value);
        if name == "status" {
            status = StatusCode::from_bytes(&value).expect("a status");
        } else {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
            headers.append(name, HeaderValue::from_bytes(&value).expect("a value"));
        }
    }
    (status, headers, format!("run {}", run()))
}

fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let digits = [bytes.next(), bytes.next()].map(|digit| digit.expect("a digit"));
                u8::from_str_radix(std::str::from_utf8(&digits).expect("digits"), 16)
                    .expect("a byte")
            }
            byte => byte,
        });
    }
    out
}

fn encoded(text: &str) -> String {
    let codes: Vec<_> = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
    codes.concat()
}

#[cache_page(ttl = "5m")]
async fn echo(axum::extract::RawQuery(query): axum::extract::RawQuery) -> impl IntoResponse {
    asked(&query.unwrap_or_default())
}

fn app() -> Router {
    site(echo)
}

/// Asks twice for an answer with these fields.
async fn twice(path: &str, status: u16, fields: &[(&str, &str)]) -> [Answer; 2] {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| format!("&{name}={}", encoded(value)))
        .collect();
    let target = format!("{path}?status={status}{}", fields.concat());
    [get(&app(), &target).await, get(&app(), &target).await]
}

async fn kept(path: &str, status: u16, fields: &[(&str, &str)]) {
    let [first, second] = twice(path, status, fields).await;
    first.assert_stored();
    second.assert_hit();
    assert_same(&first, &second);
    assert_eq!(second.status, status);
}

async fn refused(path: &str, status: u16, fields: &[(&str, &str)], detail: &str) {
    let [first, second] = twice(path, status, fields).await;
    first.assert_refused(detail);
    assert!(!second.is_hit(), "{status} {fields:?}");
    assert_apart(&first, &second);
    let plain = |text: &str| text.replace([' ', '\t'], "");
    for (name, value) in fields {
        let shown = first.field(name).unwrap_or_default();
        assert!(
            plain(&shown).contains(&plain(value)),
            "{name}: {value} reaches the client, not {shown}"
        );
    }
}

#[tokio::test]
async fn vary_star_is_never_kept() {
    for (case, lines) in [
        &["*"][..],
        &[" * "],
        &["Accept, *"],
        &["*, Accept"],
        &["Accept", "*"],
        &["Accept\t,\t*"],
    ]
    .iter()
    .enumerate()
    {
        let fields: Vec<_> = lines.iter().map(|line| ("vary", *line)).collect();
        refused(&format!("/any-vary/{case}"), 200, &fields, "vary-any").await;
    }
}

#[tokio::test]
async fn a_vary_that_the_key_does_not_cover_is_refused() {
    for (case, lines) in [
        &["Cookie"][..],
        &["cookie"],
        &["Authorization"],
        &["Host, Accept-Language"],
        &["Host,\tACCEPT-LANGUAGE"],
        &["Host", "Accept"],
        &["not a name"],
    ]
    .iter()
    .enumerate()
    {
        let fields: Vec<_> = lines.iter().map(|line| ("vary", *line)).collect();
        refused(&format!("/vary/{case}"), 200, &fields, "vary").await;
    }
    kept("/vary/host", 200, &[("vary", "HOST ,")]).await;
}

#[tokio::test]
async fn a_vary_that_the_key_covers_is_kept_and_merged() {
    #[vary_on(headers = ["Accept-Language"], cookies = ["theme"])]
    #[cache_page(ttl = "5m")]
    async fn page() -> impl IntoResponse {
        (
            [("vary", "accept-language ,\tCOOKIE")],
            format!("run {}", run()),
        )
    }
    let app = site(page);
    let first = get(&app, "/vary").await;
    assert!(first.cache().contains("; stored"), "{first:?}");
    get(&app, "/vary").await.assert_hit();
    assert_eq!(
        first.field("vary").as_deref(),
        Some("accept-language, COOKIE")
    );
}

#[tokio::test]
async fn directives_forbid_in_every_form() {
    for (case, lines, detail) in [
        (0, &["private"][..], "private"),
        (1, &["PRIVATE"], "private"),
        (2, &["public, Private, max-age=60"], "private"),
        (3, &["public", "private"], "private"),
        (4, &[r#"private="Set-Cookie""#], "private"),
        (5, &["No-Store"], "no-store"),
        (6, &["no-cache, no-store, max-age=0"], "no-cache"),
        (7, &["max-age=60", "no-store"], "no-store"),
        (8, &[r#"max-age=60, NO-CACHE="X-Own, Y""#], "no-cache"),
        (9, &[r#"ext="private"#], "cache-control"),
        (10, &["public; private"], "cache-control"),
        (11, &["must-revalidate no-store"], "cache-control"),
        (12, &["stale-if-error=60 private"], "cache-control"),
        (13, &[r#"ext="a" private, max-age=60"#], "cache-control"),
        (14, &[r#""no-store""#], "cache-control"),
    ] {
        let fields: Vec<_> = lines.iter().map(|line| ("cache-control", *line)).collect();
        refused(&format!("/directives/{case}"), 200, &fields, detail).await;
    }
    kept(
        "/directives/quoted",
        200,
        &[("cache-control", r#"ext="private, no-store""#)],
    )
    .await;
}

#[tokio::test]
async fn an_answer_that_sets_a_cookie_is_not_kept() {
    refused(
        "/set-cookies",
        200,
        &[("set-cookie", "id=1; Path=/")],
        "set-cookie",
    )
    .await;
    refused(
        "/set-cookies/public",
        200,
        &[
            ("cache-control", "public, max-age=60"),
            ("set-cookie", "id=1"),
        ],
        "set-cookie",
    )
    .await;
}

#[tokio::test]
async fn cookies_of_the_request_decide_nothing() {
    // A handler of its own: emptying one that others use takes their entries away in the middle of their test.
    #[cache_page(ttl = "5m")]
    async fn own(axum::extract::RawQuery(query): axum::extract::RawQuery) -> impl IntoResponse {
        asked(&query.unwrap_or_default())
    }
    let app = site(own);
    let target = format!("/request-cookies?set-cookie={}", encoded("id=1"));
    for cookie in ["", "id=1", "other=2"] {
        get_with(&app, &target, &[("cookie", cookie)])
            .await
            .assert_refused("set-cookie");
        // The next one begins without the memory of this refusal.
        own::clear().await;
    }
    let first = get_with(&app, "/request-cookies/plain", &[("cookie", "id=1")]).await;
    first.assert_stored();
    assert_same(&first, &get(&app, "/request-cookies/plain").await);
}

#[tokio::test]
async fn only_lasting_statuses_are_kept() {
    for status in [200, 203, 301, 308, 404, 410] {
        kept(&format!("/missing/{status}"), status, &[]).await;
    }
    for status in [
        201, 202, 204, 205, 206, 300, 302, 303, 304, 307, 400, 401, 403, 405, 406, 414, 416, 418,
        429, 431, 451, 500, 501, 502, 503, 504,
    ] {
        refused(
            &format!("/missing/{status}"),
            status,
            &[("cache-control", "public, max-age=31536000")],
            "status",
        )
        .await;
    }
}

#[tokio::test]
async fn lives_that_cannot_be_read_are_no_lives() {
    for (case, name, value) in [
        (0, "cache-control", "max-age=0"),
        (1, "cache-control", "max-age=-1"),
        (2, "cache-control", "max-age=1.5"),
        (3, "cache-control", "max-age=1e9"),
        (4, "cache-control", "max-age="),
        (5, "cache-control", "s-maxage=x, max-age=60"),
        (6, "expires", "0"),
        (7, "expires", "-1"),
        (8, "expires", "Thu, 01 Jan 1970 00:00:00 GMT"),
        (9, "expires", "06 Nov 94"),
        (10, "age", "-1"),
        (11, "age", "1.0"),
    ] {
        refused(&format!("/lives/{case}"), 200, &[(name, value)], "stale").await;
    }
    for (case, value) in [
        (0, "max-age=9223372036854775808"),
        (1, "max-age=18446744073709551616"),
        (2, "max-age=100000000000000000000000"),
        (3, r#"max-age="60""#),
        (4, "s-maxage=60, max-age=0"),
    ] {
        kept(
            &format!("/lives/long/{case}"),
            200,
            &[("cache-control", value)],
        )
        .await;
    }
    refused(
        "/lives/aged",
        200,
        &[
            ("cache-control", "max-age=60"),
            ("age", "18446744073709551615"),
        ],
        "stale",
    )
    .await;
}

#[tokio::test]
async fn header_values_keep_their_bytes() {
    let target = "/bytes?x-own=%ff%fe";
    let first = get(&app(), target).await;
    first.assert_stored();
    let second = get(&app(), target).await;
    second.assert_hit();
    assert_eq!(second.headers["x-own"].as_bytes(), b"\xff\xfe");
}
