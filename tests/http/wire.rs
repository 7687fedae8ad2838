//! Over a socket, against a real server: requests as hostile as HTTP/1 can write them, and upstreams that die.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get as route;
use bytes::Bytes;
use cache_core::{CachePageLayer, cache_page, vary_on};
use futures_util::stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::run;

#[vary_on(headers = ["Accept-Language"])]
#[cache_page(ttl = "5m")]
async fn page(headers: HeaderMap) -> String {
    format!("{} run {}", headers.len(), run())
}

/// Cached pages.
fn pages() -> Router {
    Router::new()
        .route("/{*path}", route(page))
        .route("/", route(page))
}

/// Plain pages, which may be kept.
fn plain() -> Router {
    let page = async |headers: HeaderMap| {
        let fields = [("cache-control", "max-age=60"), ("vary", "accept-language")];
        (fields, format!("{} run {}", headers.len(), run()))
    };
    Router::new().fallback(page)
}

/// A site under each kind of cache.
fn sites() -> [Router; 3] {
    let application = CachePageLayer::new("5m").vary_on_headers(["Accept-Language"]);
    [
        pages(),
        plain().layer(application),
        plain().layer(CachePageLayer::shared()),
    ]
}

async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// Sends bytes and reads all that comes until the server closes.
async fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(bytes).await.expect("sent");
    let mut answer = Vec::new();
    // A server may cut off who sends nonsense: what came until then counts.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn body(answer: &str) -> &str {
    answer.rsplit_once("\r\n\r\n").map_or("", |(_, body)| body)
}

#[tokio::test]
async fn hits_heads_and_304s_are_framed_as_http_asks() {
    let address = serve(pages()).await;
    let ask = async |method: &str, more: &str| {
        exchange(
            address,
            format!("{method} /framed HTTP/1.1\r\nHost: a\r\n{more}Connection: close\r\n\r\n")
                .as_bytes(),
        )
        .await
    };
    let head = ask("HEAD", "").await;
    let (first, second) = (ask("GET", "").await, ask("GET", "").await);
    assert_eq!(body(&first), body(&second));
    assert!(second.contains("cache-core; hit; ttl="), "{second}");
    let length = format!("content-length: {}\r\n", body(&first).len());
    for answer in [&head, &first, &second] {
        assert!(answer.contains(&length), "{answer}");
        assert_eq!(answer.matches("content-length").count(), 1);
        assert!(!answer.contains("transfer-encoding"), "{answer}");
    }
    assert_eq!(body(&head), "");
    let tag = first
        .lines()
        .find_map(|line| line.strip_prefix("etag: "))
        .expect("a tag");
    let known = ask("GET", &format!("If-None-Match: {tag}\r\n")).await;
    assert!(known.starts_with("HTTP/1.1 304 "), "{known}");
    assert!(!known.contains("content-length"), "{known}");
    assert!(!known.contains("transfer-encoding"), "{known}");
    assert_eq!(body(&known), "");
}

#[tokio::test]
async fn one_connection_carries_many_answers() {
    let address = serve(pages()).await;
    let one = "GET /many HTTP/1.1\r\nHost: a\r\n\r\n";
    let last = "GET /many HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answers = exchange(address, format!("{one}{one}{last}").as_bytes()).await;
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3, "{answers}");
    assert_eq!(answers.matches("cache-core; hit").count(), 2, "{answers}");
}

#[tokio::test]
async fn absolute_targets_are_held_to_their_host() {
    let address = serve(pages()).await;
    let good = exchange(
        address,
        b"GET http://a.example/abs HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n",
    )
    .await;
    let plain = exchange(
        address,
        b"GET /abs HTTP/1.1\r\nHost: A.example:80\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert_eq!(body(&good), body(&plain));
    let bad = exchange(
        address,
        b"GET http://evil.example/abs HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(bad.contains("fwd=bypass; detail=host"), "{bad}");
}

#[tokio::test]
async fn hostile_requests_get_an_answer_and_leave_the_page_as_it_is() {
    let ask = b"GET /hostile HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let long = "a".repeat(60_000);
    let fields = |count: usize, value: &str| {
        let lines: Vec<_> = (0..count)
            .map(|number| format!("X-{number}: {value}\r\n"))
            .collect();
        lines.concat()
    };
    let flood = fields(95, &"v".repeat(50));
    let storm = fields(5_000, "v");
    let requests: Vec<Vec<u8>> = vec![
        format!("GET /{long} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").into(),
        format!("GET /hostile?{long} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").into(),
        format!("GET /hostile HTTP/1.1\r\nHost: {long}\r\nConnection: close\r\n\r\n").into(),
        format!("GET /hostile HTTP/1.1\r\nHost: a\r\nAccept-Language: {long}\r\nConnection: close\r\n\r\n").into(),
        format!("GET /hostile HTTP/1.1\r\nHost: a\r\n{flood}Connection: close\r\n\r\n").into(),
        format!("GET /hostile HTTP/1.1\r\nHost: a\r\n{storm}Connection: close\r\n\r\n").into(),
        b"GET /hostile HTTP/1.1\r\nHost: a\r\nAccept-Language: \xff\xfe\x80\r\nConnection: close\r\n\r\n".to_vec(),
        b"GET /hostile HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"\xff\r\nConnection: close\r\n\r\n".to_vec(),
        b"GET /hostile HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n".to_vec(),
        b"GET /hostile HTTP/1.0\r\n\r\n".to_vec(),
        b"GET /hostile HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello".to_vec(),
        b"GET /hostile HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\nConnection: close\r\n\r\n".to_vec(),
        b"GET /hostile HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n".to_vec(),
        b"GET \xff\xfe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_vec(),
        b"GET * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_vec(),
        b"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_vec(),
        b"GET ?x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_vec(),
        b"\x00\x00\x00\x00\r\n\r\n".to_vec(),
    ];
    for site in sites() {
        let address = serve(site).await;
        let kept = body(&exchange(address, ask).await).to_owned();
        for request in &requests {
            let answer = exchange(address, request).await;
            let shown = String::from_utf8_lossy(&request[..request.len().min(80)]).into_owned();
            assert!(!answer.starts_with("HTTP/1.1 5"), "{shown}: {answer}");
            assert_eq!(body(&exchange(address, ask).await), kept, "{shown}");
        }
    }
}

/// Pages whose source dies at their beginning, in their middle, or before they are as long as they say.
fn dying() -> Router {
    async fn page(uri: axum::http::Uri) -> Response {
        let part = |text: &'static str| Ok(Bytes::from_static(text.as_bytes()));
        let dead = || Err(std::io::Error::other("upstream closed"));
        let (frames, length) = match uri.path() {
            "/at-once" => (vec![dead()], None),
            "/at-once-said" => (vec![dead()], Some(10)),
            "/between" => (vec![part("ten by"), dead()], None),
            "/between-said" => (vec![part("ten by"), dead()], Some(10)),
            _ => (vec![part("ten by")], Some(10)),
        };
        let fields = [("cache-control", "max-age=60")];
        let mut response = (fields, Body::from_stream(stream::iter(frames))).into_response();
        if let Some(length) = length {
            response
                .headers_mut()
                .insert("content-length", length.into());
        }
        response
    }
    Router::new().fallback(page)
}

#[tokio::test]
async fn what_an_upstream_has_not_sent_whole_is_whole_for_nobody() {
    #[cache_page(ttl = "5m", skip(uri))]
    async fn cached(uri: axum::http::Uri) -> Response {
        tower::ServiceExt::oneshot(dying(), super::support::request("GET", uri.path(), &[]))
            .await
            .expect("an answer")
    }
    let site = Router::new().route("/{*path}", route(cached));
    for app in [
        site,
        dying().layer(CachePageLayer::new("5m")),
        dying().layer(CachePageLayer::shared()),
    ] {
        let address = serve(app).await;
        for path in [
            "at-once",
            "at-once-said",
            "between",
            "between-said",
            "short",
        ] {
            for _ in 0..2 {
                let ask = format!("GET /{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
                let answer = exchange(address, ask.as_bytes()).await;
                // The head says how long it should be, or the last chunk is missing.
                let is_whole = answer.contains("\r\n0\r\n\r\n") || body(&answer).len() == 10;
                assert!(!is_whole, "{path}: {answer}");
                assert!(
                    !answer.contains("; hit") && !answer.contains("HTTP/1.1 5"),
                    "{path}: {answer}"
                );
            }
        }
    }
}
