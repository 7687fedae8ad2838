//! Requests in which one thing is written as another: what the key holds is what the handler's own parsers read.

use std::collections::HashMap;

use axum::Router;
use axum::extract::{Path, Query};
use axum::http::HeaderMap;
use axum::routing::get as route;
use cache_core::{cache_page, vary_on};
use serde::Deserialize;

use crate::support::{assert_apart, assert_same, get, get_with, run, site};

/// The first and the last value of each parameter: parsers differ in which of them they take.
fn read(pairs: &[(String, String)]) -> String {
    let mut names: Vec<_> = pairs.iter().map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    let value =
        |(name, value): &(String, String), wanted: &String| (name == wanted).then(|| value.clone());
    let read: Vec<_> = names
        .into_iter()
        .map(|name| {
            let first = pairs.iter().find_map(|pair| value(pair, name));
            let last = pairs.iter().rev().find_map(|pair| value(pair, name));
            (name, first, last)
        })
        .collect();
    format!("{read:?}")
}

#[tokio::test]
async fn a_parser_reads_the_parameters_that_are_keyed() {
    #[cache_page(ttl = "5m")]
    async fn page(Query(pairs): Query<Vec<(String, String)>>) -> String {
        read(&pairs)
    }
    async fn plain(Query(pairs): Query<Vec<(String, String)>>) -> String {
        read(&pairs)
    }
    let (app, plain) = (site(page), site(plain));
    let mut shown: HashMap<String, Vec<&str>> = HashMap::new();
    let targets = [
        "/parsed?a=1&a=2",
        "/parsed?a=2&a=1",
        "/parsed?b=3&a=1&a=2",
        "/parsed?a=1&b=3&a=2",
        "/parsed?a=2&b=3&a=1",
        "/parsed?a=1&%61=2",
        "/parsed?%61=2&a=1",
        "/parsed?%61=1&a=2",
        "/parsed?b=3&%61=2&a=1",
        "/parsed?a=1;a=2",
        "/parsed?a=1;b=2&b=3",
        "/parsed?a=1%26a=2",
        "/parsed?a%3D1=2",
        "/parsed?a=%2B&b=+&c=%20",
        "/parsed?A=1&a=2",
        "/parsed?a[]=1&a[]=2",
        "/parsed?a[]=2&a[]=1",
        "/parsed?=1&a",
        "/parsed?a&=1",
        "/parsed?a+b=1&a%20b=2",
        "/parsed?a%20b=2&a+b=1",
    ];
    for target in targets {
        let expected = get(&plain, target).await.body;
        assert_eq!(get(&app, target).await.body, expected, "{target}");
        shown.entry(expected).or_default().push(target);
    }
    for target in targets.iter().rev() {
        let kept = get(&app, target).await;
        kept.assert_hit();
        assert_eq!(kept.body, get(&plain, target).await.body, "{target}");
    }
    assert!(shown.len() > 10, "{shown:?}");
}

#[tokio::test]
async fn a_header_under_another_name_or_for_one_hop_is_not_there() {
    #[vary_on(headers = ["X-Tenant"])]
    #[cache_page(ttl = "5m")]
    async fn page(headers: HeaderMap) -> String {
        let mut lines: Vec<_> = headers
            .iter()
            .map(|(name, value)| format!("{name}={value:?}"))
            .collect();
        lines.sort();
        format!("{} run {}", lines.join(" "), run())
    }
    let app = site(page);
    let of = async |fields: &[(&str, &str)]| get_with(&app, "/disguised", fields).await;
    let (none, acme) = (of(&[]).await, of(&[("x-tenant", "acme")]).await);
    assert!(none.body.starts_with(" run "), "{none:?}");
    assert!(acme.body.starts_with("x-tenant=\"acme\" run "), "{acme:?}");
    for fields in [
        &[("x_tenant", "acme")][..],
        &[("x.tenant", "acme")],
        &[("x-tenant-", "acme")],
        &[("connection", "x-tenant")],
        &[("connection", "close, te"), ("te", "trailers")],
        &[("keep-alive", "timeout=5"), ("upgrade", "h2c")],
        &[("proxy-connection", "x-tenant"), ("trailer", "x-tenant")],
    ] {
        assert_same(&none, &of(fields).await);
        let with_acme = [fields, &[("x-tenant", "acme")]].concat();
        // A field that `Connection` names is still what the handler reads, and so in the key.
        assert_same(&acme, &of(&with_acme).await);
    }
    for fields in [
        &[("x-tenant", "acme"), ("x_tenant", "evil")][..],
        &[("x_tenant", "evil"), ("X-TENANT", "acme")],
    ] {
        assert_same(&acme, &of(fields).await);
    }
    assert_apart(
        &acme,
        &of(&[("x-tenant", "acme"), ("x-tenant", "evil")]).await,
    );
}

#[derive(Deserialize)]
struct Parts {
    #[serde(default)]
    a: String,
    b: Option<String>,
    #[serde(default)]
    c: String,
}

#[tokio::test]
async fn what_marks_the_parts_of_a_key_is_not_read_in_what_people_send() {
    fn shown(path: Option<&str>, q: &Parts) -> String {
        format!("{path:?} {:?} {:?} {:?}", q.a, q.b, q.c)
    }
    #[cache_page(ttl = "5m", key = "parts:{q.a}:{q.c}:{q.b}")]
    async fn named(Query(q): Query<Parts>) -> String {
        shown(None, &q)
    }
    async fn named_plain(Query(q): Query<Parts>) -> String {
        shown(None, &q)
    }
    #[cache_page(ttl = "5m")]
    async fn by_url(Path(path): Path<String>, Query(q): Query<Parts>) -> String {
        shown(Some(&path), &q)
    }
    async fn by_url_plain(Path(path): Path<String>, Query(q): Query<Parts>) -> String {
        shown(Some(&path), &q)
    }
    const MARKERS: &[&str] = &[
        "",
        ":",
        "%3A",
        "%253A",
        "%25",
        "%25-",
        "None",
        "Some",
        "-",
        "N",
        "P",
        "%00",
        "%01",
        "%01%00",
        "%7Bq.b%7D",
        "@",
        "@00:",
        "~",
        "%FF",
        "%0A",
        "parts:",
        "a:b",
        "a%3Ab",
        ":a",
        "%EF%BF%BD",
    ];
    let mut targets = vec!["/x".to_owned()];
    for one in MARKERS {
        targets.push(format!("/{one}/x"));
        targets.push(format!("/x/{one}"));
        targets.push(format!("/x?a={one}"));
        targets.push(format!("/x?b={one}"));
        targets.extend(MARKERS.iter().map(|other| format!("/x?a={one}&c={other}")));
        targets.extend(MARKERS.iter().map(|other| format!("/x?a={one}&b={other}")));
    }
    let router = |page| Router::new().route("/{*path}", page);
    let pages = [
        (router(route(named)), router(route(named_plain))),
        (router(route(by_url)), router(route(by_url_plain))),
    ];
    // What is kept first may be served to all that come after it.
    for (app, plain) in &pages {
        for target in targets.iter().chain(targets.iter().rev()) {
            let expected = get(plain, target).await;
            let answer = get(app, target).await;
            assert_eq!(answer.body, expected.body, "{target}");
        }
    }
    assert!(named::stats().hits > 0 && by_url::stats().hits > 0);
}
