use http::{HeaderName, Method};
use proptest::prelude::*;

use super::*;
use crate::http::request::RequestHeaders;

const PLAIN: Keying = Keying {
    varied: Varied {
        headers: Vec::new(),
        choices: &[],
        cookies: &[],
        passes_others: false,
        no_vary_search: None,
    },
    query: None,
};

pub(super) fn keying(headers: &[&'static str], cookies: &'static [&'static str]) -> Keying {
    Keying {
        varied: Varied {
            headers: headers
                .iter()
                .map(|name| HeaderName::from_static(name))
                .collect(),
            cookies,
            ..Varied::default()
        },
        query: None,
    }
}

fn fields(pairs: &[(&'static str, &[u8])]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(
            HeaderName::from_static(name),
            HeaderValue::from_bytes(value).unwrap(),
        );
    }
    headers
}

/// Bytes that may be no key at all.
fn made_up(bytes: &[u8]) -> RequestKey {
    RequestKey {
        bytes: bytes.into(),
        variant_at: bytes.len() / 2,
    }
}

fn key_of(keying: &Keying, target: &str, headers: &HeaderMap) -> Result<RequestKey, Bypass> {
    let uri: Uri = target.parse().unwrap();
    keying.key(
        &RequestView {
            method: &Method::GET,
            has_body: false,
            uri: &uri,
            original: &uri,
            route: None,
            nested: None,
            headers: RequestHeaders::of(headers),
        },
        url(),
    )
}

/// A target without parameters.
fn url() -> KeyTarget<'static> {
    KeyTarget::Url(Parameters::of([]))
}

pub(super) fn key(keying: &Keying, target: &str, pairs: &[(&'static str, &[u8])]) -> RequestKey {
    key_of(keying, target, &fields(pairs)).unwrap()
}

#[test]
fn targets_that_differ() {
    let targets = [
        "/x",
        "/x?",
        "/x/",
        "//x",
        "/x?q",
        "/x?q=",
        "/x?q=1",
        "/x?Q=1",
        "/X",
        "/x?a=1&b=2",
        "/x?a=1%26b=2",
        "/x%2fy",
        "/x/y",
        "/x/../x",
        "/x;a",
        "/x;a.css",
        "/x?a+b",
        "/x?a%20b",
        "/a:b/c",
        "/a/b:c",
    ];
    for (at, one) in targets.iter().enumerate() {
        for other in &targets[at + 1..] {
            assert_ne!(
                key(&PLAIN, one, &[]),
                key(&PLAIN, other, &[]),
                "{one} {other}"
            );
        }
    }
}

#[test]
fn targets_that_are_one() {
    assert_eq!(
        key(&PLAIN, "/x?b=2&a=1", &[]),
        key(&PLAIN, "/x?a=1&b=2", &[])
    );
    assert_eq!(
        key(&PLAIN, "http://A.example:80/x", &[]),
        key(&PLAIN, "/x", &[("host", b"a.example")])
    );
    let listed = Keying {
        query: Some(&["page"]),
        ..PLAIN
    };
    assert_eq!(
        key(&listed, "/x?utm=1&page=2", &[]),
        key(&listed, "/x?page=2", &[])
    );
    assert_eq!(key(&listed, "/x?utm=1", &[]), key(&listed, "/x", &[]));
}

#[test]
fn hosts_that_differ() {
    let hosts: [&[(&'static str, &[u8])]; 4] = [
        &[],
        &[("host", b"")],
        &[("host", b"a.example")],
        &[("host", b"b.example")],
    ];
    for (at, one) in hosts.iter().enumerate() {
        for other in &hosts[at + 1..] {
            assert_ne!(key(&PLAIN, "/", one), key(&PLAIN, "/", other));
        }
    }
}

#[test]
fn declared_headers_tell_requests_apart() {
    let by_agent = keying(&["x-a", "x-b"], &[]);
    let variants: [&[(&'static str, &[u8])]; 8] = [
        &[],
        &[("x-a", b"")],
        &[("x-a", b"1")],
        &[("x-b", b"1")],
        &[("x-a", b"1"), ("x-a", b"2")],
        &[("x-a", b"1, 2")],
        &[("x-a", b"\xff")],
        &[("x-a", b"\xef\xbf\xbd")],
    ];
    for (at, one) in variants.iter().enumerate() {
        for other in &variants[at + 1..] {
            assert_ne!(
                key(&by_agent, "/", one),
                key(&by_agent, "/", other),
                "{one:?} {other:?}"
            );
        }
        assert_eq!(key(&PLAIN, "/", one), key(&PLAIN, "/", &[]));
    }
}

#[test]
fn declared_cookies_tell_requests_apart() {
    let by_theme = keying(&[], &["theme"]);
    assert_ne!(
        key(&by_theme, "/", &[]),
        key(&by_theme, "/", &[("cookie", b"theme=")])
    );
    assert_ne!(
        key(&by_theme, "/", &[("cookie", b"theme=a")]),
        key(&by_theme, "/", &[("cookie", b"theme=b")])
    );
    assert_eq!(
        key(&by_theme, "/", &[("cookie", b"theme=a; id=1")]),
        key(
            &by_theme,
            "/",
            &[("cookie", b"id=2"), ("cookie", b"theme=a")]
        )
    );
    let whole = keying(&["cookie"], &[]);
    assert_ne!(
        key(&whole, "/", &[("cookie", b"theme=a; id=1")]),
        key(&whole, "/", &[("cookie", b"theme=a")])
    );
}

#[test]
fn a_name_replaces_path_and_query_but_not_the_rest() {
    let by_language = keying(&["accept-language"], &[]);
    let uri = Uri::from_static("/x?q");
    let named = |headers: &HeaderMap, name: &[u8]| {
        by_language
            .key(
                &RequestView {
                    method: &Method::GET,
                    has_body: false,
                    uri: &uri,
                    original: &uri,
                    route: Some("/x"),
                    nested: Some("/a"),
                    headers: RequestHeaders::of(headers),
                },
                KeyTarget::Name(name),
            )
            .unwrap()
    };
    let (plain, german) = (
        fields(&[("host", b"a")]),
        fields(&[("host", b"a"), ("accept-language", b"de")]),
    );
    assert_ne!(named(&plain, b"n"), named(&german, b"n"));
    assert_ne!(named(&plain, b"n"), named(&fields(&[("host", b"b")]), b"n"));
    assert_ne!(named(&plain, b"n"), named(&plain, b"m"));
    let rebuilt = by_language.rebuild(&named(&german, b"n")).unwrap();
    assert_eq!(
        (rebuilt.uri, rebuilt.original),
        (Uri::from_static("/"), Uri::from_static("/"))
    );
    assert_eq!(rebuilt.headers, german);
}

#[test]
fn nesting_and_route_are_in_the_key() {
    let (inner, original, headers) = (
        Uri::from_static("/x?b&a"),
        Uri::from_static("/shop/x?b&a"),
        HeaderMap::new(),
    );
    let view = RequestView {
        method: &Method::GET,
        has_body: false,
        uri: &inner,
        original: &original,
        route: Some("/{area}/x"),
        nested: Some("/shop"),
        headers: RequestHeaders::of(&headers),
    };
    let nested = PLAIN.key(&view, url()).unwrap();
    for other in [
        RequestView {
            uri: &original,
            ..view
        },
        RequestView {
            original: &inner,
            ..view
        },
        RequestView {
            route: Some("/shop/{name}"),
            ..view
        },
        RequestView {
            route: None,
            ..view
        },
        RequestView {
            nested: Some("/"),
            ..view
        },
        RequestView {
            nested: None,
            ..view
        },
    ] {
        assert_ne!(nested, PLAIN.key(&other, url()).unwrap());
    }
    let rebuilt = PLAIN.rebuild(&nested).unwrap();
    assert_eq!(
        (rebuilt.uri, rebuilt.original),
        (Uri::from_static("/x?a&b"), Uri::from_static("/shop/x?a&b"))
    );
}

#[test]
fn parameters_of_the_path_are_in_the_key() {
    let (uri, headers) = (Uri::from_static("/x?q"), HeaderMap::new());
    let view = RequestView {
        method: &Method::GET,
        has_body: false,
        uri: &uri,
        original: &uri,
        route: None,
        nested: None,
        headers: RequestHeaders::of(&headers),
    };
    let parameters: [Parameters; 9] = [
        Parameters::unknown(),
        Parameters::of([]),
        Parameters::of([("a", "1")]),
        Parameters::of([("a", "2")]),
        Parameters::of([("b", "1")]),
        Parameters::of([("a", "")]),
        Parameters::of([("a", "1"), ("b", "2")]),
        Parameters::of([("b", "2"), ("a", "1")]),
        Parameters::of([("a", "1"), ("a", "1")]),
    ];
    let keys = parameters.map(|parameters| PLAIN.key(&view, KeyTarget::Url(parameters)).unwrap());
    for (at, one) in keys.iter().enumerate() {
        for other in &keys[at + 1..] {
            assert_ne!(one, other);
        }
        assert_eq!(PLAIN.rebuild(one).unwrap().uri, uri);
        assert_eq!(Keying::path_of(one), Some(("/x", Some("q"))));
    }
    let long = Parameters::of([("a", &*"x".repeat(9_000))]);
    assert_eq!(
        PLAIN.key(&view, KeyTarget::Url(long)),
        Err(Bypass::KeyTooLong)
    );
}

#[test]
fn a_rewritten_target_is_keyed_and_rebuilt_whole() {
    let headers = HeaderMap::new();
    let view = |original: &str, uri: &str| -> (Uri, Uri) {
        (original.parse().unwrap(), uri.parse().unwrap())
    };
    let targets = [
        view("/list", "/list"),
        view("/list", "/list?"),
        view("/list", "/list?lang=de"),
        view("/list", "/list?lang=fr"),
        view("/list?lang=de", "/list"),
        view("/list?lang=de", "/list?lang=de"),
        view("/list?lang=de", "/other?lang=de"),
        view("/list?lang=de", "/other"),
        view("/other?lang=de", "/list?lang=de"),
    ];
    let keyed = |keying: &Keying, (original, uri): &(Uri, Uri)| {
        let view = RequestView {
            method: &Method::GET,
            has_body: false,
            uri,
            original,
            route: None,
            nested: None,
            headers: RequestHeaders::of(&headers),
        };
        keying.key(&view, url()).unwrap()
    };
    for (at, one) in targets.iter().enumerate() {
        let key = keyed(&PLAIN, one);
        for other in &targets[at + 1..] {
            assert_ne!(key, keyed(&PLAIN, other), "{one:?} {other:?}");
        }
        let rebuilt = PLAIN.rebuild(&key).unwrap();
        assert_eq!((rebuilt.original, rebuilt.uri), *one);
    }
    let listed = Keying {
        query: Some(&["lang"]),
        ..PLAIN
    };
    let key = keyed(&listed, &view("/list?utm=1", "/list?utm=2&lang=de"));
    assert_eq!(key, keyed(&listed, &view("/list?utm=3", "/list?lang=de")));
    assert_eq!(listed.rebuild(&key).unwrap().uri, "/list?lang=de");
    let sorted = keyed(&PLAIN, &view("/x?b=1&a=2", "/x?a=2&b=1"));
    assert_eq!(sorted, keyed(&PLAIN, &view("/x?a=2&b=1", "/x?a=2&b=1")));
}

#[test]
fn nothing_undeclared_is_rebuilt() {
    let page = keying(&["accept-language"], &["theme"]);
    let real = fields(&[
        ("host", b"A.example:80"),
        ("accept-language", b"de"),
        ("cookie", b"id=1; theme=dark; x"),
        ("cookie", b"theme=light"),
        ("x-forwarded-host", b"evil"),
        ("x-http-method-override", b"POST"),
        ("content-type", b"text/plain"),
        ("authorization", b"Bearer x"),
    ]);
    let rebuilt = page
        .rebuild(&key_of(&page, "/x?b&a", &real).unwrap())
        .unwrap();
    assert_eq!(
        rebuilt.headers,
        fields(&[
            ("host", b"a.example"),
            ("accept-language", b"de"),
            ("cookie", b"theme=dark; theme=light")
        ])
    );
    assert_eq!(rebuilt.uri, Uri::from_static("/x?a&b"));
}

#[test]
fn a_long_request_is_not_keyed() {
    let long = format!("/{}", "a".repeat(9_000));
    assert_eq!(
        key_of(&PLAIN, &long, &HeaderMap::new()),
        Err(Bypass::KeyTooLong)
    );
    let flood = fields(&[("accept", [b'a'; 100].as_slice()); 90]);
    assert_eq!(
        key_of(&keying(&["accept"], &[]), "/", &flood),
        Err(Bypass::KeyTooLong)
    );
    assert!(key_of(&PLAIN, "/", &flood).is_ok());
}

#[test]
fn what_is_no_path_is_not_keyed() {
    assert_eq!(key_of(&PLAIN, "*", &HeaderMap::new()), Err(Bypass::Target));
    assert_eq!(
        key_of(&PLAIN, "a.example:80", &HeaderMap::new()),
        Err(Bypass::Target)
    );
}

type Request = (String, Option<String>, Vec<Vec<u8>>, Vec<(u8, String)>);

fn requests() -> impl Strategy<Value = Request> {
    (
        "/[ab:%/.;]{0,4}",
        prop::option::of("[ab=&%]{0,5}"),
        prop::collection::vec(
            prop::collection::vec(prop::sample::select(b"a, \t:\xff".to_vec()), 0..3),
            0..3,
        ),
        prop::collection::vec((0u8..3, "[ab=]{0,2}"), 0..3),
    )
}

fn view((path, query, lines, cookies): &Request) -> (Uri, HeaderMap) {
    let target = query
        .as_ref()
        .map_or(path.clone(), |query| format!("{path}?{query}"));
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append("x-a", HeaderValue::from_bytes(line).unwrap());
    }
    for (name, value) in cookies {
        headers.append(
            COOKIE,
            HeaderValue::try_from(format!(
                "{}={value}",
                ["theme", "other", "lang"][usize::from(*name)]
            ))
            .unwrap(),
        );
    }
    (PathAndQuery::try_from(target).unwrap().into(), headers)
}

proptest! {
    #[test]
    fn keys_are_equal_when_what_they_stand_for_is(one in requests(), other in requests()) {
        let page = keying(&["x-a"], &["theme", "lang"]);
        let key = |request: &Request| {
            let (uri, headers) = view(request);
            page.key(&RequestView { method: &Method::GET, has_body: false, uri: &uri, original: &uri, route: None, nested: None, headers: RequestHeaders::of(&headers) }, url()).unwrap()
        };
        let (one, other) = (key(&one), key(&other));
        let (a, b) = (page.rebuild(&one).unwrap(), page.rebuild(&other).unwrap());
        prop_assert_eq!(one == other, a.uri == b.uri && a.headers == b.headers);
    }

    #[test]
    fn the_rebuilt_request_has_the_same_key(request in requests()) {
        let page = keying(&["x-a"], &["theme", "lang"]);
        let (uri, headers) = view(&request);
        let view = RequestView { method: &Method::GET, has_body: false, uri: &uri, original: &uri, route: Some("/r"), nested: None, headers: RequestHeaders::of(&headers) };
        let key = page.key(&view, url()).unwrap();
        let rebuilt = page.rebuild(&key).unwrap();
        let again = RequestView { uri: &rebuilt.uri, original: &rebuilt.original, headers: RequestHeaders::of(&rebuilt.headers), ..view };
        prop_assert_eq!(key, page.key(&again, url()).unwrap());
    }

    #[test]
    fn foreign_bytes_are_no_key(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        keying(&["x-a"], &["theme"]).rebuild(&made_up(&bytes));
        Keying::path_of(&made_up(&bytes));
    }
}
