//! Whatever clients send to a whole site: nobody gets what another one has brought about.

use axum::Router;
use cache_core::CachePageLayer;
use proptest::prelude::*;

use crate::keys::site;
use crate::support::{request, send};

/// A request of a client that writes what it likes.
#[derive(Clone, Debug)]
struct AnyRequest {
    method: &'static str,
    target: &'static str,
    fields: Vec<(&'static str, String)>,
}

fn any_request() -> impl Strategy<Value = AnyRequest> {
    let names = vec![
        "host",
        "x-kind",
        "x-other",
        "cookie",
        "accept",
        "connection",
        "range",
        "if-none-match",
        "cache-control",
        "content-length",
        "authorization",
        "x-forwarded-host",
        "upgrade",
    ];
    let words = vec![
        "a", "A", "b", ".example", ":80", "theme", "other", "=", "; ", ";", ",", ", ", " ", "\t",
        "\"", "x-kind", "host", "0", "*", "%61", "\u{e9}",
    ];
    let targets = vec![
        "/",
        "/?",
        "/?a=1",
        "/?a=1&b=2",
        "/?b=2&a=1",
        "/?a=1&%62=2",
        "/?a=1;b=2",
        "//",
        "/%2f",
        "/a",
        "http://a.example/",
        "http://b.example/",
    ];
    let value = prop::collection::vec(prop::sample::select(words), 0..5);
    let field = (
        prop::sample::select(names),
        value.prop_map(|words| words.concat()),
    );
    let methods = vec!["GET", "GET", "GET", "HEAD", "OPTIONS", "get"];
    let parts = (
        prop::sample::select(methods),
        prop::sample::select(targets),
        prop::collection::vec(field, 0..5),
    );
    parts.prop_map(|(method, target, fields)| AnyRequest {
        method,
        target,
        fields,
    })
}

impl AnyRequest {
    /// What a site says of all that it sees, but for what is new in each answer.
    async fn shown_by(&self, site: &Router) -> String {
        let fields: Vec<_> = self
            .fields
            .iter()
            .map(|(name, value)| (*name, value.trim()))
            .collect();
        let answer = send(site, request(self.method, self.target, &fields)).await;
        let (shown, _) = answer
            .body
            .split_once(" run ")
            .unwrap_or((&answer.body, ""));
        format!("{} {shown}", answer.status)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever somebody has sent before, a client gets what it would have got of a site that nobody has asked yet.
    #[test]
    fn no_request_changes_what_another_gets(
        before in prop::collection::vec(any_request(), 1..4),
        own in any_request(),
    ) {
        let fresh = || site(
            CachePageLayer::new(60)
                .vary_on_headers(["X-Kind"])
                .vary_on_cookies(["theme"])
                .ignore_cookies(["other"]),
        );
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let expected = own.shown_by(&fresh()).await;
            let site = fresh();
            for request in &before {
                request.shown_by(&site).await;
            }
            prop_assert_eq!(own.shown_by(&site).await, expected);
            Ok(())
        })?;
    }
}
