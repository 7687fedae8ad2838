//! What a handler's return value says about keeping it.

use std::marker::PhantomData;

use ::axum::body::Body;
use ::axum::response::IntoResponse;

use crate::http::answer::HandlerAnswer;
use crate::policy::Keep;

/// A handler's return type, asked by its type and not by its spelling whether it is a `Result`.
#[derive(Debug)]
pub struct Returned<R>(PhantomData<fn() -> R>);

impl<R> Returned<R> {
    /// The type of this value.
    pub fn of(_: &R) -> Self {
        Self(PhantomData)
    }
}

/// A handler's value that axum can send.
#[diagnostic::on_unimplemented(
    message = "this page returns `{Self}`, which is not an answer: it does not implement `IntoResponse`",
    label = "`axum` cannot send this type",
    note = "return a type that implements `axum::response::IntoResponse`, such as `Html<String>`, `Json<T>` or `(StatusCode, String)`"
)]
pub trait AnswerValue: IntoResponse {}

#[diagnostic::do_not_recommend]
impl<T: IntoResponse> AnswerValue for T {}

/// A handler's error that axum can send.
#[diagnostic::on_unimplemented(
    message = "the error of this page, `{Self}`, is not an answer: it does not implement `IntoResponse`",
    label = "`axum` cannot send this error",
    note = "implement `axum::response::IntoResponse` for the error",
    note = "for one of another crate, wrap it: `struct AppError(anyhow::Error);` with `impl IntoResponse for AppError` and `impl<E: Into<anyhow::Error>> From<E> for AppError`"
)]
pub trait AnswerError: IntoResponse {}

#[diagnostic::do_not_recommend]
impl<E: IntoResponse> AnswerError for E {}

impl<T, E> Returned<Result<T, E>> {
    /// An `Ok` is kept as `keep` says of its value; an `Err` is an answer that is not kept.
    pub fn answer(&self, value: Result<T, E>, keep: impl FnOnce(&T) -> Keep) -> HandlerAnswer<Body>
    where
        T: AnswerValue,
        E: AnswerError,
    {
        match value {
            Ok(value) => {
                let keep = keep(&value);
                HandlerAnswer::of_value(value.into_response(), keep)
            }
            Err(error) => HandlerAnswer::of_error(error.into_response()),
        }
    }
}

/// What is not a `Result` is a value.
pub trait ReturnedPlain<R> {
    /// The value, kept as `keep` says of it.
    fn answer(&self, value: R, keep: impl FnOnce(&R) -> Keep) -> HandlerAnswer<Body>
    where
        R: AnswerValue;
}

impl<R> ReturnedPlain<R> for Returned<R> {
    fn answer(&self, value: R, keep: impl FnOnce(&R) -> Keep) -> HandlerAnswer<Body>
    where
        R: AnswerValue,
    {
        let keep = keep(&value);
        HandlerAnswer::of_value(value.into_response(), keep)
    }
}
