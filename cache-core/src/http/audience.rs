//! Whom an answer is for, as far as browsers, proxies and CDNs are concerned.

use http::header::{ACCEPT, ACCEPT_CHARSET, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CACHE_CONTROL};
use http::header::{DNT, EXPIRES, HOST, ORIGIN, UPGRADE_INSECURE_REQUESTS, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::members::quoted_members;
use super::room::set;
use super::vary::Varied;

/// Who may keep an answer downstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Any cache.
    Anybody,
    /// The browser that asked: `#[vary_on]` names what tells visitors apart. A cache that ignores `Vary` would share the answer.
    OneVisitor,
    /// The browser that asked, and it asks again at every use: a guard or the key decides on every request.
    Admitted,
}

/// Headers that describe the client program, or what it negotiates. Any other may tell visitors apart.
const SHARED: [HeaderName; 25] = [
    ACCEPT,
    ACCEPT_CHARSET,
    ACCEPT_ENCODING,
    ACCEPT_LANGUAGE,
    DNT,
    HOST,
    ORIGIN,
    UPGRADE_INSECURE_REQUESTS,
    USER_AGENT,
    HeaderName::from_static("device-memory"),
    HeaderName::from_static("downlink"),
    HeaderName::from_static("dpr"),
    HeaderName::from_static("ect"),
    HeaderName::from_static("hx-boosted"),
    HeaderName::from_static("hx-request"),
    HeaderName::from_static("hx-target"),
    HeaderName::from_static("purpose"),
    HeaderName::from_static("rsc"),
    HeaderName::from_static("rtt"),
    HeaderName::from_static("save-data"),
    HeaderName::from_static("sec-gpc"),
    HeaderName::from_static("turbo-frame"),
    HeaderName::from_static("viewport-width"),
    HeaderName::from_static("width"),
    HeaderName::from_static("x-requested-with"),
];

/// Families of such headers: client hints and fetch metadata.
const SHARED_FAMILIES: [&str; 2] = ["sec-ch-", "sec-fetch-"];

impl Varied {
    /// Whether the key holds what tells visitors apart: a cookie, credentials, or a header of which nothing is known.
    pub(crate) fn tells_visitors_apart(&self) -> bool {
        !self.cookies.is_empty() || self.headers.iter().any(|name| !is_shared(name))
    }
}

/// Whether a header tells nobody apart.
pub(crate) fn is_shared(name: &HeaderName) -> bool {
    SHARED.contains(name)
        || SHARED_FAMILIES
            .iter()
            .any(|family| name.as_str().starts_with(family))
}

/// Leaves an answer to the browser alone. What else the handler said of browsers stands.
pub(crate) fn make_private(headers: &mut HeaderMap) {
    let mut kept = vec![&b"private"[..]];
    for line in headers.get_all(CACHE_CONTROL) {
        match quoted_members(line.as_bytes()) {
            Some(members) => {
                kept.extend(members.into_iter().filter(|member| !is_of_sharing(member)));
            }
            // It may hide a refusal.
            None => kept.push(b"no-store"),
        }
    }
    let value = HeaderValue::from_bytes(&kept.join(&b", "[..]));
    let value = value.unwrap_or(HeaderValue::from_static("private, no-store"));
    set(headers, CACHE_CONTROL, value);
    remove_words_for_cdns(headers);
}

/// Directives that give an answer to shared caches or speak to them alone; an unqualified `private` says more than a qualified one.
pub(crate) fn is_of_sharing(member: &[u8]) -> bool {
    let name = member.split(|byte| *byte == b'=').next();
    let name = name.unwrap_or_default().trim_ascii();
    ["public", "private", "s-maxage", "proxy-revalidate"]
        .iter()
        .any(|shared| name.eq_ignore_ascii_case(shared.as_bytes()))
}

/// Keeps an answer out of every other cache: its handler saw more of the request than a key holds.
pub(crate) fn keep_from_others(headers: &mut HeaderMap) {
    set(
        headers,
        CACHE_CONTROL,
        HeaderValue::from_static("private, no-store"),
    );
    headers.remove(EXPIRES);
    remove_words_for_cdns(headers);
}

/// Keeps an answer out of every cache.
pub(crate) fn keep_from_all(headers: &mut HeaderMap) {
    keep_from_others(headers);
    set(headers, CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// Removes the fields that CDNs and proxies obey before `Cache-Control` (RFC 9213, and older ones).
pub(crate) fn remove_words_for_cdns(headers: &mut HeaderMap) {
    const OTHERS: [&str; 4] = [
        "surrogate-control",
        "edge-control",
        "x-accel-expires",
        "x-litespeed-cache-control",
    ];
    let names = headers.keys().filter(|name| {
        name.as_str().ends_with("cdn-cache-control") || OTHERS.contains(&name.as_str())
    });
    for name in names.cloned().collect::<Vec<_>>() {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::testing::map;

    #[test]
    fn headers_that_may_tell_visitors_apart() {
        for (name, apart) in [
            ("accept-language", false),
            ("user-agent", false),
            ("sec-ch-ua-platform", false),
            ("sec-fetch-mode", false),
            ("hx-request", false),
            ("x-requested-with", false),
            ("authorization", true),
            ("proxy-authorization", true),
            ("cookie", true),
            ("x-api-key", true),
            ("x-forwarded-for", true),
            ("cf-connecting-ip", true),
            ("x-forwarded-user", true),
            ("x-tenant", true),
            ("referer", true),
        ] {
            let varied = Varied {
                headers: vec![HeaderName::from_static(name)],
                cookies: &[],
                ..Varied::default()
            };
            assert_eq!(varied.tells_visitors_apart(), apart, "{name}");
        }
        let theme = Varied {
            headers: vec![],
            cookies: &["theme"],
            ..Varied::default()
        };
        assert!(theme.tells_visitors_apart());
    }

    #[test]
    fn a_private_answer_keeps_what_it_says_of_browsers() {
        for (lines, expected) in [
            (&[][..], "private"),
            (&["public, max-age=60"], "private, max-age=60"),
            (
                &["PUBLIC", "s-maxage=600, no-transform"],
                "private, no-transform",
            ),
            (
                &[r#"private="X-Own", must-revalidate"#],
                "private, must-revalidate",
            ),
            (&["proxy-revalidate,max-age = 5"], "private, max-age = 5"),
            (&[r#"ext="a, public""#], r#"private, ext="a, public""#),
            (&[r#"max-age=60, ext="no-store"#], "private, no-store"),
        ] {
            let fields: Vec<_> = lines.iter().map(|line| ("cache-control", *line)).collect();
            let mut headers = map(&fields);
            make_private(&mut headers);
            assert_eq!(
                headers.get_all(CACHE_CONTROL).iter().collect::<Vec<_>>(),
                [expected]
            );
        }
    }

    #[test]
    fn words_for_cdns_go_and_nothing_else() {
        let mut headers = map(&[
            ("cdn-cache-control", "max-age=60"),
            ("vercel-cdn-cache-control", "max-age=60"),
            ("surrogate-control", "max-age=60"),
            ("edge-control", "max-age=60"),
            ("x-accel-expires", "60"),
            ("x-litespeed-cache-control", "public"),
            ("surrogate-key", "a b"),
            ("expires", "0"),
        ]);
        remove_words_for_cdns(&mut headers);
        let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["expires", "surrogate-key"]);
    }
}
