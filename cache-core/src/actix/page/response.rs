//! Responses of handlers as the engine has them, and back.

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::http::Method;
use http::Response;

use crate::actix::body::AppBody;
use crate::actix::convert::{answer_of, response_of, unreadable};
use crate::http::body::AnswerBody;

/// The body of a handler.
pub(super) type HandlerBody = AppBody<BoxBody>;

/// A response as the engine has it.
pub(super) fn of_handler(response: HttpResponse) -> Response<HandlerBody> {
    let failed = || response_of(HttpResponse::from_error(unreadable())).expect("a plain response");
    response_of(response).unwrap_or_else(failed)
}

/// The response to a request of this method.
pub(super) fn to_client(
    method: &Method,
    answer: Response<AnswerBody<HandlerBody>>,
) -> HttpResponse {
    match answer_of(method, answer) {
        Some(response) => response.map_into_boxed_body(),
        None => HttpResponse::from_error(unreadable()),
    }
}
