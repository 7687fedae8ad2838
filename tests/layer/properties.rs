//! Whatever fields come: nothing panics, and nothing is stored that its response forbids.

use axum::body::Body;
use cache_core::{CachePageLayer, HttpMode};
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use proptest::prelude::*;

use crate::support::{front, page, read};

/// Names that say something to a cache, and some that do not.
fn a_name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "cache-control",
        "cdn-cache-control",
        "surrogate-control",
        "vary",
        "expires",
        "date",
        "age",
        "etag",
        "last-modified",
        "content-length",
        "content-range",
        "content-location",
        "location",
        "connection",
        "range",
        "if-range",
        "if-none-match",
        "if-modified-since",
        "if-match",
        "accept",
        "accept-language",
        "accept-encoding",
        "cookie",
        "authorization",
        "host",
        "pragma",
        "transfer-encoding",
        "cache-status",
        "x-a",
    ])
}

/// Bytes of a field, made of what fields are made of, and of others.
fn a_value() -> impl Strategy<Value = Vec<u8>> {
    let words = vec![
        "max-age",
        "s-maxage",
        "=",
        "\"",
        ",",
        " ",
        "\t",
        ";",
        "0",
        "60",
        "99999999999999999999",
        "-",
        "no-store",
        "private",
        "public",
        "no-cache",
        "*",
        "W/",
        "bytes",
        "Accept",
        "q",
        ".",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "\u{e9}",
        "\\",
        "/",
        "http://",
        "a.example",
        ":",
        "stale-if-error",
        "stale-while-revalidate",
        "must-understand",
        "max-stale",
        "only-if-cached",
        "#",
        "?",
        "..",
        "gzip",
        "en",
    ];
    let word = prop_oneof![
        9 => prop::sample::select(words).prop_map(|word| word.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(word, 0..8).prop_map(|words| words.concat())
}

fn some_fields() -> impl Strategy<Value = HeaderMap> {
    prop::collection::vec((a_name(), a_value()), 0..6).prop_map(|lines| {
        let mut fields = HeaderMap::new();
        for (name, value) in lines {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                fields.append(HeaderName::from_static(name), value);
            }
        }
        fields
    })
}

/// Whether this text stands in any of these lines, in any case.
fn says(fields: &HeaderMap, name: &str, text: &str) -> bool {
    let mut lines = fields.get_all(name).iter();
    lines.any(|line| {
        String::from_utf8_lossy(line.as_bytes())
            .to_lowercase()
            .contains(text)
    })
}

async fn exchange(
    layer: CachePageLayer<HttpMode>,
    method: &str,
    response: HeaderMap,
    requests: [HeaderMap; 3],
) -> Result<(), TestCaseError> {
    let own = response.clone();
    let front = front(&layer, move |asked| {
        let mut answer = page("0123456789", &[]);
        answer.set_headers(own.clone());
        if asked.headers.contains_key("if-none-match") && asked.method == "GET" {
            answer.status(304)
        } else {
            answer
        }
    });
    for (at, fields) in requests.into_iter().enumerate() {
        let mut request = Request::builder()
            .method(if at == 1 { method } else { "GET" })
            .uri("/a")
            .body(Body::empty())
            .unwrap();
        *request.headers_mut() = fields;
        read(front.send(request).await.unwrap()).await;
    }
    let own = front.get("/b", &[]).await;
    let again = front.get("/b", &[]).await;
    let is_targeted = ["cdn-cache-control", "surrogate-control"]
        .iter()
        .any(|name| response.contains_key(*name));
    let forbids = |text| {
        says(&response, "cache-control", text)
            && !says(&response, "cache-control", "must-understand")
    };
    let is_quoted = says(&response, "cache-control", "\"");
    if !is_targeted && !is_quoted && (forbids("no-store") || forbids("private"))
        || says(&response, "vary", "*")
    {
        prop_assert!(!again.is_hit(), "{response:?} {own:?}");
    }
    if again.is_hit() && again.status == 200 {
        prop_assert_eq!(&again.body, "0123456789");
        prop_assert_eq!(again.field("content-length"), "10");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_field_from_outside_panics_or_stores_what_is_forbidden(
        response in some_fields(),
        requests in [some_fields(), some_fields(), some_fields()],
        method in prop::sample::select(vec!["GET", "HEAD", "POST", "PUT", "X"]),
        is_letter in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let layer = CachePageLayer::shared();
        let layer = if is_letter { layer.to_the_letter() } else { layer };
        runtime.block_on(exchange(layer, method, response, requests))?;
    }
}
