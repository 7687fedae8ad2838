//! Headers that change an answer, though no cache in front of it knows.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::body::Body;
use cache_core::testing::unkeyed_headers;
use http::{HeaderMap, HeaderName, Request, Response};
use tower::service_fn;
use tower::util::BoxCloneSyncService;

type Origin = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

/// A service whose answer is made of the header fields of a request.
fn origin(answer: impl Fn(&HeaderMap) -> Response<Body> + Clone + Send + Sync + 'static) -> Origin {
    BoxCloneSyncService::new(service_fn(move |request: Request<Body>| {
        std::future::ready(Ok(answer(request.headers())))
    }))
}

async fn found(origin: Origin) -> Vec<String> {
    let request = Request::get("/a?b").header("host", "own.example");
    let request = request.body(Body::empty()).expect("a request");
    let also = ["x-tenant", "host"].map(HeaderName::from_static);
    let Ok(found) = unkeyed_headers(&origin, &request, &also).await;
    found.iter().map(ToString::to_string).collect()
}

fn shows(name: &str, request: &HeaderMap) -> Response<Body> {
    let shown = request.get(name).map(|value| value.as_bytes().to_vec());
    Response::new(Body::from(shown.unwrap_or_default()))
}

#[tokio::test]
async fn a_header_that_shows_in_an_answer_is_found() {
    for name in [
        "x-forwarded-host",
        "forwarded",
        "cookie",
        "user-agent",
        "x-tenant",
        "x-host",
    ] {
        let in_body = origin(move |request| shows(name, request));
        assert_eq!(found(in_body).await, [name]);
        let in_a_field = origin(move |request| {
            let mut answer = Response::new(Body::empty());
            if let Some(value) = request.get(name) {
                answer.headers_mut().insert("x-shown", value.clone());
            }
            answer
        });
        assert_eq!(found(in_a_field).await, [name]);
        let in_the_status = origin(move |request| {
            let mut answer = Response::new(Body::empty());
            if request.contains_key(name) {
                *answer.status_mut() = http::StatusCode::FOUND;
            }
            answer
        });
        assert_eq!(found(in_the_status).await, [name]);
    }
}

/// Who asks with another value of what `Vary` names gets an answer of their own.
#[tokio::test]
async fn a_header_that_vary_names_is_keyed() {
    for (vary, expected) in [
        ("Cookie", &[][..]),
        ("accept, COOKIE", &[]),
        ("*", &[]),
        ("Accept", &["cookie"]),
        ("Cookies", &["cookie"]),
    ] {
        let varied = origin(move |request| {
            let mut answer = shows("cookie", request);
            let vary = vary.parse().expect("a value");
            answer.headers_mut().insert("vary", vary);
            answer
        });
        assert_eq!(found(varied).await, expected, "{vary}");
    }
    let late = origin(|request| {
        let mut answer = shows("cookie", request);
        if request.contains_key("cookie") {
            let vary = "cookie".parse().expect("a value");
            answer.headers_mut().insert("vary", vary);
        }
        answer
    });
    assert_eq!(
        found(late).await,
        ["cookie"],
        "who has none is told nothing"
    );
}

#[tokio::test]
async fn what_names_or_measures_a_run_is_not_compared() {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let numbered = origin(|_| {
        let run = RUNS.fetch_add(1, Ordering::Relaxed);
        let mut answer = Response::new(Body::empty());
        answer.headers_mut().insert("x-request-id", run.into());
        answer.headers_mut().insert("date", run.into());
        answer
    });
    assert!(found(numbered).await.is_empty());
}

#[tokio::test]
#[should_panic(expected = "two answers to the same `GET /a?b` differ")]
async fn of_answers_that_differ_by_themselves_nothing_is_said() {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let counting = origin(|_| {
        let run = RUNS.fetch_add(1, Ordering::Relaxed);
        Response::new(Body::from(run.to_string()))
    });
    found(counting).await;
}
