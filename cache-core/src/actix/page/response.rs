//! Responses of handlers as the engine has them, and back.

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::http::Method;
use http::Response;

use crate::actix::body::AppBody;
use crate::actix::convert::{answer_of, ready_answer_of, response_of, unreadable};
use crate::actix::fields::SentFields;
use crate::http::serve::PageServed;

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
    answer: PageServed<SentFields, HandlerBody>,
) -> HttpResponse {
    let response = match answer {
        PageServed::Ready(answer) => ready_answer_of(method, answer),
        PageServed::Loaded(answer) => answer_of(method, answer),
    };
    match response {
        Some(response) => response.map_into_boxed_body(),
        None => HttpResponse::from_error(unreadable()),
    }
}
