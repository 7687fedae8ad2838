//! `#[conditional]` on the handlers of actix-web.

use std::future::{Future, Ready, ready};

use actix_web::dev::Payload;
use actix_web::error::ErrorBadRequest;
use actix_web::http::StatusCode as ActixStatus;
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse};
use http::Response;

use super::plain::with_headers;
use super::response::{HandlerBody, of_handler};
use crate::actix::convert::{headers_of, method_of, set_headers};
use crate::http::answer::HandlerAnswer;
use crate::http::conditional::{ConditionalRequest, KnownState};
use crate::http::validators::Validators;

impl FromRequest for ConditionalRequest {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = method_of(request.method()).zip(headers_of(request.headers()));
        let read = read.map(|(method, headers)| Self { method, headers });
        ready(read.ok_or_else(|| ErrorBadRequest("the head of the request cannot be read")))
    }
}

/// Runs a handler that is not cached, unless the conditions of its request decide.
pub async fn conditional<F>(request: ConditionalRequest, known: KnownState, run: F) -> HttpResponse
where
    F: Future<Output = HttpResponse>,
{
    let validators = request.validators(&known);
    if let Some(decided) = request.decided(&validators) {
        return response(&decided);
    }
    with_headers(run.await, |status, headers| {
        request.add_validators(&validators, status, headers);
    })
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
) -> Result<Validators, HandlerAnswer<HandlerBody>> {
    let validators = request.page_validators(known);
    validators.map_err(|decided| HandlerAnswer::rejected(of_handler(response(&decided))))
}

/// An answer without a body.
fn response(decided: &Response<()>) -> HttpResponse {
    let status = ActixStatus::from_u16(decided.status().as_u16());
    let mut response = HttpResponse::new(status.unwrap_or(ActixStatus::PRECONDITION_FAILED));
    set_headers(response.headers_mut(), decided.headers());
    response
}
