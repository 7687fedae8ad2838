//! What unsafe methods make stale (RFC 9111, section 4.4).

use cache_core::CachePageLayer;

use crate::support::{AskedRequest, OriginAnswer, front, numbered, page};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

#[tokio::test]
async fn section_4_4_unsafe_methods_invalidate_their_target() {
    for method in ["POST", "PUT", "DELETE", "PATCH", "M-SEARCH", "get", "X"] {
        for layer in [
            CachePageLayer::shared(),
            CachePageLayer::private(),
            CachePageLayer::shared().to_the_letter(),
        ] {
            let front = numbered(&layer, &[FRESH]);
            front.get("/a?b", &[]).await;
            front.get("/a", &[]).await;
            front.ask(method, "/a?b", &[]).await;
            assert_eq!(
                front.get("/a?b", &[]).await.assert_miss().body,
                "run 4",
                "{method}"
            );
            front.get("/a", &[]).await.assert_hit();
        }
    }
}

/// An origin that answers `POST` with this status.
fn answering(
    status: u16,
    fields: &'static [(&str, &str)],
) -> impl FnMut(&AskedRequest) -> OriginAnswer + Send {
    move |asked| match asked.method.as_str() {
        "GET" => page(asked.uri.path(), &[FRESH]),
        _ => page("", fields).status(status),
    }
}

#[tokio::test]
async fn section_4_4_an_error_invalidates_nothing() {
    for (status, is_error) in [
        (200, false),
        (201, false),
        (204, false),
        (303, false),
        (301, false),
        (400, true),
        (403, true),
        (404, true),
        (500, true),
        (503, true),
    ] {
        let front = front(&CachePageLayer::shared(), answering(status, &[]));
        front.get("/", &[]).await;
        front.ask("POST", "/", &[]).await;
        assert_eq!(front.get("/", &[]).await.is_hit(), is_error, "{status}");
    }
}

#[tokio::test]
async fn section_4_4_what_the_response_names_on_the_same_origin_is_invalidated_too() {
    for (fields, expected) in [
        (&[("location", "/b")][..], false),
        (&[("content-location", "/b")], false),
        (&[("location", "b")], false),
        (&[("location", "/b#part")], false),
        (&[("location", "http://own.example/b")], false),
        (&[("content-location", "http://OWN.example:80/b")], false),
        (&[("location", "http://other.example/b")], true),
        (&[("location", "http://own.example:8080/b")], true),
        (&[("location", "//other.example/b")], true),
        (&[("location", "/b/c")], true),
        (&[("location", "http://own.example@other.example/b")], true),
        (&[("location", "\u{e9}")], true),
    ] {
        let front = front(&CachePageLayer::shared(), answering(201, fields));
        let host = [("host", "own.example")];
        front.get("/b", &host).await;
        front.ask("POST", "/a", &host).await;
        assert_eq!(
            front.get("/b", &host).await.is_hit(),
            expected,
            "{fields:?}"
        );
    }
}

/// An origin is a scheme, too.
#[tokio::test]
async fn section_4_4_another_scheme_is_another_origin() {
    let front = front(
        &CachePageLayer::shared(),
        answering(201, &[("location", "https://own.example/b")]),
    );
    front.get("http://own.example/b", &[]).await;
    front.ask("POST", "http://own.example/a", &[]).await;
    front.get("http://own.example/b", &[]).await.assert_hit();
}

#[tokio::test]
async fn all_variants_of_a_target_are_invalidated() {
    let front = front(&CachePageLayer::shared(), |asked| {
        match asked.field("x-b") {
            "" => page(asked.field("x-a"), &[FRESH, ("vary", "x-a")]),
            other => page(other, &[FRESH, ("vary", "x-b")]),
        }
    });
    let all = [&[("x-a", "1")][..], &[("x-a", "2")], &[("x-b", "3")], &[]];
    for fields in all {
        front.get("/", fields).await;
        front.get("/", fields).await.assert_hit();
    }
    front.ask("DELETE", "/", &[]).await;
    for fields in all {
        front.get("/", fields).await.assert_miss();
        front.get("/", fields).await.assert_hit();
    }
}

/// All spellings of one target name it.
#[tokio::test]
async fn a_target_is_invalidated_however_it_is_written() {
    for (stored, host, changed, changed_host) in [
        ("/a", "own.example", "/a", "OWN.example"),
        ("/a", "own.example", "/a", "own.example:80"),
        ("/a", "own.example:443", "/a", "own.example"),
        ("/a", "own.example", "http://own.example/a", ""),
        ("http://own.example/a", "", "/a", "own.example"),
        ("https://own.example/a", "", "http://own.example/a", ""),
        ("https://own.example/a", "", "/a", "own.example"),
        ("/a", "own.example", "http://own.example/a", "other.example"),
    ] {
        let front = numbered(&CachePageLayer::shared(), &[FRESH]);
        let fields = |host: &'static str| {
            (!host.is_empty())
                .then_some(("host", host))
                .into_iter()
                .collect::<Vec<_>>()
        };
        front.get(stored, &fields(host)).await;
        front.get(stored, &fields(host)).await.assert_hit();
        front.ask("POST", changed, &fields(changed_host)).await;
        let again = front.get(stored, &fields(host)).await;
        assert!(!again.is_hit(), "{stored} {host} {changed} {changed_host}");
    }
}
