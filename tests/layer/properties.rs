//! Whatever fields come: nothing panics, and nothing is stored that its response forbids.

use axum::body::Body;
use cache_core::CachePageLayer;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use proptest::prelude::*;

use crate::support::{LayeredOrigin, ScriptedOrigin, front, over, page, read};

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

/// Whether this stands by itself in any of these lines, in any case.
fn says(fields: &HeaderMap, name: &str, text: &str) -> bool {
    let mut lines = fields.get_all(name).iter();
    lines.any(|line| {
        let line = String::from_utf8_lossy(line.as_bytes()).to_lowercase();
        line.split([',', ';', ' ', '\t']).any(|word| word == text)
    })
}

async fn exchange<M>(
    layer: CachePageLayer<M>,
    method: &str,
    response: HeaderMap,
    requests: [HeaderMap; 3],
) -> Result<(), TestCaseError> {
    let own = response.clone();
    let origin = ScriptedOrigin::new(move |asked| {
        let mut answer = page("0123456789", &[]);
        answer.set_headers(own.clone());
        if asked.headers.contains_key("if-none-match") && asked.method == "GET" {
            answer.status(304)
        } else {
            answer
        }
    });
    let front = over(&layer, &origin);
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
    let mut lines = response.get_all("cache-control").iter();
    let is_quoted = lines.any(|line| line.as_bytes().contains(&b'"'));
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

/// Names in a `Vary`, as an origin may write them.
fn a_vary() -> impl Strategy<Value = Vec<String>> {
    let name = prop::sample::select(vec!["x-a", "X-A", "x-B", "cookie", "Origin", "user-agent"]);
    let mark = prop::sample::select(vec![",", ", ", "\t,\t", " , , "]);
    let line = prop::collection::vec((name, mark), 0..3).prop_map(|parts| {
        parts
            .into_iter()
            .flat_map(|(name, mark)| [name, mark])
            .collect()
    });
    prop::collection::vec(line, 0..3)
}

/// A request with some of the fields that origins read.
fn a_request() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let names = vec![
        "x-a",
        "x-b",
        "cookie",
        "origin",
        "user-agent",
        "connection",
        "if-none-match",
    ];
    let words = vec!["a", "A", "b", "", " ", ",", ";", "=", "\"", "x-a", "cookie"];
    let value = prop::collection::vec(prop::sample::select(words), 0..4);
    let value = value.prop_map(|words| words.concat().trim().to_owned());
    prop::collection::vec((prop::sample::select(names), value), 0..5)
}

/// An origin whose responses depend on what they name in `Vary`, which is another list on another day.
fn honest(days: [Vec<String>; 2]) -> LayeredOrigin {
    front(&CachePageLayer::shared(), move |asked| {
        // Which day it is, is told by a field that all of them name.
        let vary = &days[usize::from(asked.field("user-agent").starts_with('b'))];
        let names = vary.iter().flat_map(|line| line.split([',', ' ', '\t']));
        let names = names.filter(|name| !name.is_empty()).chain(["user-agent"]);
        let read: Vec<_> = names
            .map(|name| {
                let lines: Vec<_> = asked.headers.get_all(name).iter().collect();
                format!("{}={lines:?}", name.to_lowercase())
            })
            .collect();
        let fields = vary.iter().map(|line| ("vary", line.as_str()));
        let fields = fields.chain([("cache-control", "max-age=60"), ("vary", "User-Agent")]);
        page(read.join(" "), &fields.collect::<Vec<_>>())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_field_from_outside_panics_or_stores_what_is_forbidden(
        response in some_fields(),
        requests in [some_fields(), some_fields(), some_fields()],
        method in prop::sample::select(vec!["GET", "HEAD", "POST", "PUT", "X"]),
        mode in 0..3,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let shared = CachePageLayer::shared();
        runtime.block_on(async move {
            match mode {
                0 => exchange(shared, method, response, requests).await,
                1 => exchange(shared.to_the_letter(), method, response, requests).await,
                _ => exchange(CachePageLayer::new(60), method, response, requests).await,
            }
        })?;
    }

    /// Whatever somebody has sent before, a client gets what it would have got of an origin that says what it reads.
    #[test]
    fn no_request_changes_what_another_gets(
        days in [a_vary(), a_vary()],
        before in prop::collection::vec(a_request(), 1..5),
        own in a_request(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let get = async |front: &LayeredOrigin, fields: &[(&'static str, String)]| {
                let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, &**value)).collect();
                front.get("/", &fields).await.body
            };
            let expected = get(&honest(days.clone()), &own).await;
            let front = honest(days.clone());
            for fields in &before {
                get(&front, fields).await;
            }
            prop_assert_eq!(get(&front, &own).await, expected);
            Ok(())
        })?;
    }
}
