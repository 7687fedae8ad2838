//! Methods: what is looked up, what is stored, and what a `HEAD` is answered (RFC 9110, section 9; RFC 9111, section 3).

use cache_core::CachePageLayer;
use http::Version;

use crate::support::{front, numbered, page, read, request};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

#[tokio::test]
async fn section_3_methods_that_are_not_understood_are_neither_stored_nor_answered() {
    for method in [
        "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "QUERY", "PROPFIND", "PURGE", "get",
        "Head", "X",
    ] {
        let front = numbered(&CachePageLayer::shared().to_the_letter(), &[FRESH]);
        for count in 1..3 {
            let response = front.ask(method, "/", &[]).await;
            assert_eq!(response.cache(), "fwd=method", "{method}");
            assert_eq!(front.count(), count, "{method}");
        }
        assert_eq!(
            front.get("/", &[]).await.assert_miss().body,
            "run 3",
            "{method}"
        );
    }
}

#[tokio::test]
async fn safe_methods_leave_what_is_stored() {
    let front = numbered(&CachePageLayer::shared(), &[FRESH]);
    front.get("/", &[]).await;
    for method in [
        "OPTIONS", "TRACE", "QUERY", "PROPFIND", "REPORT", "SEARCH", "HEAD",
    ] {
        front.ask(method, "/", &[]).await;
        assert_eq!(
            front.get("/", &[]).await.assert_hit().body,
            "run 1",
            "{method}"
        );
    }
}

#[tokio::test]
async fn section_9_3_2_of_rfc_9110_a_head_is_answered_from_a_stored_get() {
    let fields = [FRESH, ("etag", "\"a\""), ("x-a", "1")];
    let front = numbered(&CachePageLayer::shared(), &fields);
    let whole = front.get("/", &[]).await;
    let head = front.ask("HEAD", "/", &[]).await;
    assert_eq!((head.assert_hit().status, head.body.as_str()), (200, ""));
    assert_eq!(
        (head.field("content-length"), head.field("x-a")),
        ("5".into(), "1".into())
    );
    assert_eq!(head.field("etag"), whole.field("etag"));
    let known = front.ask("HEAD", "/", &[("if-none-match", "\"a\"")]).await;
    assert_eq!(known.assert_hit().status, 304);
    let part = front.ask("HEAD", "/", &[("range", "bytes=0-1")]).await;
    assert_eq!(
        (part.status, part.field("content-length")),
        (200, "5".into())
    );
}

/// One anonymous `HEAD` must not make every `GET` an empty page.
#[tokio::test]
async fn a_head_never_fills_the_entry_of_a_get() {
    for layer in [
        CachePageLayer::shared(),
        CachePageLayer::shared().to_the_letter(),
        CachePageLayer::private(),
    ] {
        let front = front(&layer, |asked| match asked.method.as_str() {
            "HEAD" => page("", &[FRESH, ("content-length", "4")]),
            _ => page("page", &[FRESH]),
        });
        for count in 1..3 {
            let head = front.ask("HEAD", "/", &[]).await;
            assert_eq!(
                (head.status, head.field("content-length")),
                (200, "4".into())
            );
            assert_eq!(front.count(), count);
            assert_eq!(front.origin.last().method, "HEAD");
        }
        assert_eq!(front.get("/", &[]).await.assert_miss().body, "page");
        assert_eq!(front.get("/", &[]).await.assert_hit().body, "page");
    }
}

/// A `GET` with a body is neither stored nor answered from what is.
#[tokio::test]
async fn a_get_with_a_body_goes_past_the_cache() {
    for with_length in [false, true] {
        let front = numbered(&CachePageLayer::shared().to_the_letter(), &[FRESH]);
        let fat = || {
            let mut request = request("GET", "/", &[]);
            *request.body_mut() = axum::body::Body::from("q=1");
            if with_length {
                request.headers_mut().insert("content-length", 3.into());
            }
            request
        };
        for count in 1..3 {
            let response = read(front.send(fat()).await.unwrap()).await;
            assert_eq!(response.cache(), "fwd=bypass; detail=request-body");
            assert_eq!(front.count(), count);
        }
        assert_eq!(front.get("/", &[]).await.assert_miss().body, "run 3");
        let response = read(front.send(fat()).await.unwrap()).await;
        assert_eq!(response.assert_miss().body, "run 4");
    }
}

/// In HTTP/2, too, where a body need not say how long it is.
#[tokio::test]
async fn a_get_with_a_body_of_unknown_length_goes_past_the_cache() {
    let front = numbered(&CachePageLayer::shared(), &[FRESH]);
    let fat = || {
        let mut request = request("GET", "/", &[]);
        *request.version_mut() = Version::HTTP_2;
        let (body, feeder) = crate::support::unsized_body();
        *request.body_mut() = body;
        feeder.data("q=1");
        request
    };
    for count in 1..3 {
        let response = read(front.send(fat()).await.unwrap()).await;
        assert_eq!(response.cache(), "fwd=bypass; detail=request-body");
        assert_eq!(front.count(), count);
    }
    let mut plain = request("GET", "/", &[]);
    *plain.version_mut() = Version::HTTP_2;
    read(front.send(plain).await.unwrap()).await.assert_miss();
    front.get("/", &[]).await.assert_hit();
}

#[tokio::test]
async fn a_get_that_announces_a_body_goes_past_the_cache() {
    for fields in [
        &[("content-length", "5")][..],
        &[("content-length", "+0")],
        &[("transfer-encoding", "chunked")],
        &[("content-length", "0"), ("content-length", "5")],
    ] {
        let front = numbered(&CachePageLayer::shared(), &[FRESH]);
        front.get("/", fields).await;
        assert_eq!(
            front.get("/", &[]).await.assert_miss().body,
            "run 2",
            "{fields:?}"
        );
    }
    let front = numbered(&CachePageLayer::shared(), &[FRESH]);
    front.get("/", &[("content-length", "0")]).await;
    front.get("/", &[]).await.assert_hit();
}

/// What overrides the method of a request makes no `GET` of it, and no other of a `GET`.
#[tokio::test]
async fn an_override_of_the_method_is_no_method() {
    let front = numbered(&CachePageLayer::shared(), &[FRESH]);
    front.get("/", &[]).await;
    let response = front
        .ask("POST", "/", &[("x-http-method-override", "GET")])
        .await;
    assert_eq!(response.body, "run 2");
    assert_eq!(
        front.get("/", &[]).await.assert_miss().body,
        "run 3",
        "it was invalidated"
    );
}
