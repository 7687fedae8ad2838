//! What a handler's return value says about keeping it.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse, Responder};

use super::keyed::{FromKeyed, KeyedRequest};
use super::response::{HandlerBody, of_handler};
use crate::http::answer::HandlerAnswer;
use crate::policy::Keep;

/// The request that a handler's value becomes an answer to.
#[derive(Debug)]
pub struct AnsweredRequest(HttpRequest);

impl FromKeyed for AnsweredRequest {
    fn from_keyed(request: &KeyedRequest<'_>) -> Result<Self, Error> {
        Ok(Self(request.http().clone()))
    }
}

impl FromRequest for AnsweredRequest {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(request.clone())))
    }
}

/// The answer that a handler's value is.
pub fn answer(value: impl Responder, request: &AnsweredRequest) -> HttpResponse {
    value.respond_to(&request.0).map_into_boxed_body()
}

/// A handler's return type, asked by its type and not by its spelling whether it is a `Result`.
#[derive(Debug)]
pub struct ReturnedValue<R>(PhantomData<fn() -> R>);

impl<R> ReturnedValue<R> {
    /// The type of this value.
    pub fn of(_: &R) -> Self {
        Self(PhantomData)
    }
}

/// A handler's value that actix-web can send.
#[diagnostic::on_unimplemented(
    message = "this page returns `{Self}`, which is not an answer: it does not implement `Responder`",
    label = "`actix-web` cannot send this type",
    note = "return a type that implements `actix_web::Responder`, such as `web::Html`, `web::Json<T>` or `HttpResponse`"
)]
pub trait ResponderValue: Responder {}

#[diagnostic::do_not_recommend]
impl<T: Responder> ResponderValue for T {}

/// A handler's error that actix-web can send.
#[diagnostic::on_unimplemented(
    message = "the error of this page, `{Self}`, is not an answer: it does not implement `ResponseError`",
    label = "`actix-web` cannot send this error",
    note = "implement `actix_web::ResponseError` for the error, or return `actix_web::Error`"
)]
pub trait ResponderError: Into<Error> {}

#[diagnostic::do_not_recommend]
impl<E: Into<Error>> ResponderError for E {}

impl<T, E> ReturnedValue<Result<T, E>> {
    /// An `Ok` is kept as `keep` says of its value; an `Err` is an answer that is not kept.
    pub fn answer(
        &self,
        value: Result<T, E>,
        request: &AnsweredRequest,
        keep: impl FnOnce(&T) -> Keep,
    ) -> HandlerAnswer<HandlerBody>
    where
        T: ResponderValue,
        E: ResponderError,
    {
        match value {
            Ok(value) => {
                let keep = keep(&value);
                HandlerAnswer::of_value(of_handler(answer(value, request)), keep)
            }
            Err(error) => HandlerAnswer::of_error(of_handler(HttpResponse::from_error(error))),
        }
    }
}

/// What is not a `Result` is a value.
pub trait ReturnedResponder<R> {
    /// The value, kept as `keep` says of it.
    fn answer(
        &self,
        value: R,
        request: &AnsweredRequest,
        keep: impl FnOnce(&R) -> Keep,
    ) -> HandlerAnswer<HandlerBody>
    where
        R: ResponderValue;
}

impl<R> ReturnedResponder<R> for ReturnedValue<R> {
    fn answer(
        &self,
        value: R,
        request: &AnsweredRequest,
        keep: impl FnOnce(&R) -> Keep,
    ) -> HandlerAnswer<HandlerBody>
    where
        R: ResponderValue,
    {
        let keep = keep(&value);
        HandlerAnswer::of_value(of_handler(answer(value, request)), keep)
    }
}
