//! The common parts of both builds: the visitors, and the arguments of the program.

use std::future::Future;
use std::io::Write;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use cache_core::{Cache, Caches};
use cache_tests::Runs;
use tower::ServiceExt;

/// How often a body of the program ran.
pub(crate) static RUNS: Runs = Runs::new();

/// A visitor with two equal numbers, so that keys that are made of either are equal.
pub(crate) struct User {
    pub(crate) id: u32,
    pub(crate) team: u32,
}

/// Refuses those who are not logged in.
pub(crate) struct Member;

/// Refuses those who are not administrators.
pub(crate) struct Admin;

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Ok(Self { id: 7, team: 7 })
    }
}

impl<S: Sync> FromRequestParts<S> for Member {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Ok(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for Admin {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Ok(Self)
    }
}

/// The arguments of the program: the address of a store, and `invalidate` or nothing.
pub(crate) async fn asked() -> cache_core::Result<bool> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().expect("the address of a store");
    let cache = Cache::from_url(&url).await?;
    cache_core::install(Caches::new().with("default", cache))?;
    Ok(arguments.next().is_some_and(|word| word == "invalidate"))
}

/// Prints the answer of each page.
pub(crate) async fn print_pages(router: &Router, paths: &[&str]) {
    for path in paths {
        print(path, async {
            let request = Request::get(*path)
                .header("host", "localhost")
                .header("cookie", "tenant=7; theme=7");
            let request = request.body(Body::empty()).expect("it is a request");
            let Ok(answer) = router.clone().oneshot(request).await;
            let body = to_bytes(answer.into_body(), 100).await;
            String::from_utf8_lossy(&body.expect("it is short")).into_owned()
        })
        .await;
    }
}

/// Prints a value, and whether a body ran for it.
pub(crate) async fn print(name: &str, value: impl Future<Output = String>) {
    let before = RUNS.count();
    let value = value.await;
    let how = if RUNS.count() == before {
        "kept"
    } else {
        "loaded"
    };
    writeln!(std::io::stdout(), "{name}: {value}, {how}").expect("the test reads it");
}
