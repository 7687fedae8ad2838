//! `#[conditional]` on the handlers of axum.

use std::convert::Infallible;
use std::future::Future;

use ::axum::body::Body;
use ::axum::extract::FromRequestParts;
use ::axum::response::{IntoResponse, Response};
use ::http::request::Parts;

use crate::http::answer::HandlerAnswer;
use crate::http::conditional::{ConditionalRequest, KnownState};
use crate::http::validators::Validators;

impl<S: Sync> FromRequestParts<S> for ConditionalRequest {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self {
            method: parts.method.clone(),
            headers: parts.headers.clone(),
        })
    }
}

/// Runs a handler that is not cached, unless the conditions of its request decide.
pub async fn conditional<F>(request: ConditionalRequest, known: KnownState, run: F) -> Response
where
    F: Future<Output: IntoResponse>,
{
    let validators = request.validators(&known);
    if let Some(decided) = request.decided(&validators) {
        return decided.map(|()| Body::empty());
    }
    let mut answer = run.await.into_response();
    let status = answer.status();
    request.add_validators(&validators, status, answer.headers_mut());
    answer
}

/// The validators of a page.
///
/// # Errors
///
/// The answer in the place of the handler's.
#[expect(
    clippy::result_large_err,
    reason = "the answer is what the caller returns"
)]
pub fn page_validators(
    request: &ConditionalRequest,
    known: &KnownState,
) -> Result<Validators, HandlerAnswer<Body>> {
    let validators = request.page_validators(known);
    validators.map_err(|decided| HandlerAnswer::rejected(decided.map(|()| Body::empty())))
}
