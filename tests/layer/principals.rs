//! Answers that show one visitor what was made for another.

use std::convert::Infallible;

use axum::body::Body;
use cache_core::CachePageLayer;
use cache_core::testing::leaked_answers;
use http::{Request, Response};
use tower::{Layer, service_fn};

/// The targets that leak, of a site whose answers have these fields and greet who asks.
async fn leaking(fields: &'static [(&'static str, &'static str)]) -> Vec<String> {
    let origin = service_fn(move |request: Request<Body>| async move {
        let user = request
            .headers()
            .get("x-user")
            .map(http::HeaderValue::as_bytes);
        let greeting = match request.uri().path() {
            "/own" => user.unwrap_or(b"nobody").to_vec(),
            _ => b"everybody".to_vec(),
        };
        let mut answer = Response::new(Body::from(greeting));
        for (name, value) in fields {
            answer
                .headers_mut()
                .insert(*name, http::HeaderValue::from_static(value));
        }
        Ok::<_, Infallible>(answer)
    });
    let site = CachePageLayer::shared().layer(origin);
    let user = |name: &'static str| {
        move |mut request: Request<Body>| {
            let name = http::HeaderValue::from_static(name);
            request.headers_mut().insert("x-user", name);
            request
        }
    };
    let targets = ["/own", "/same"];
    let Ok(leaked) = leaked_answers(&site, targets, user("alice"), user("bob")).await;
    leaked.into_iter().map(|leaked| leaked.target).collect()
}

#[tokio::test]
async fn a_page_that_does_not_say_whose_it_is_is_found() {
    assert_eq!(leaking(&[("cache-control", "max-age=60")]).await, ["/own"]);
}

#[tokio::test]
async fn pages_that_say_it_are_not() {
    let nothing: [&str; 0] = [];
    assert_eq!(
        leaking(&[("cache-control", "max-age=60"), ("vary", "x-user")]).await,
        nothing
    );
    assert_eq!(leaking(&[("cache-control", "private")]).await, nothing);
    assert_eq!(leaking(&[]).await, nothing);
}
