//! Responses of handlers as the engine has them, and back.

use actix_web::body::BoxBody;
use actix_web::error::ErrorInternalServerError;
use actix_web::http::Method;
use actix_web::{Error, HttpResponse};
use http::Response;

use crate::actix::body::AppBody;
use crate::actix::convert::{answer_of, response_of};
use crate::http::answer::body::PageBody;
use crate::http::exchange::answered::ExchangeBody;

/// The body of a handler.
pub(super) type HandlerBody = AppBody<BoxBody>;

/// A response as the engine has it.
pub(super) fn of_handler(response: HttpResponse) -> Response<HandlerBody> {
    let of_engine = response_of(response);
    of_engine.unwrap_or_else(|| {
        let error = ErrorInternalServerError("the head of the response cannot be read");
        response_of(HttpResponse::from_error(error)).expect("a plain response")
    })
}

/// The response to a request of this method.
pub(super) fn to_client(method: &Method, answer: Response<PageBody<HandlerBody>>) -> HttpResponse {
    let answer = answer.map(|body| match body {
        PageBody::Whole(bytes) => ExchangeBody::Whole(bytes),
        PageBody::Through(body) => ExchangeBody::Through(body),
        PageBody::Replayed(body) => ExchangeBody::Undone(body),
    });
    match answer_of(method, answer) {
        Some(response) => response.map_into_boxed_body(),
        None => HttpResponse::from_error(unreadable()),
    }
}

fn unreadable() -> Error {
    ErrorInternalServerError("the head of the answer cannot be read")
}
