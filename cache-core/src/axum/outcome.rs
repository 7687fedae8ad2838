//! What a handler's return value says about keeping it.

use std::marker::PhantomData;
use std::time::Duration;

use ::axum::body::Body;
use ::axum::response::{IntoResponse, Response};

use crate::http::answer::Loaded;
use crate::http::refusal::Refusal;
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
    /// An `Err` is an answer that is not kept.
    pub fn answer(&self, value: Result<T, E>) -> HandlerAnswer<T>
    where
        T: AnswerValue,
        E: AnswerError,
    {
        HandlerAnswer::new(value.map_err(IntoResponse::into_response))
    }
}

/// What is not a `Result` is a value.
pub trait ReturnedPlain<R> {
    /// The value as it is.
    fn answer(&self, value: R) -> HandlerAnswer<R>
    where
        R: AnswerValue;
}

impl<R> ReturnedPlain<R> for Returned<R> {
    fn answer(&self, value: R) -> HandlerAnswer<R>
    where
        R: AnswerValue,
    {
        HandlerAnswer::new(Ok(value))
    }
}

/// A handler's answer, and what its attribute says of keeping it.
#[derive(Debug)]
pub struct HandlerAnswer<T> {
    value: Result<T, Response>,
    /// How a value is sent. It is known where the value is, so that nothing else asks for it.
    send: fn(T) -> Response,
    keep: Result<Keep, Refusal>,
    browser: Option<Duration>,
}

impl<T> HandlerAnswer<T> {
    fn new(value: Result<T, Response>) -> Self
    where
        T: IntoResponse,
    {
        let keep = if value.is_ok() {
            Ok(Keep::Default)
        } else {
            Err(Refusal::Failed)
        };
        Self {
            value,
            send: T::into_response,
            keep,
            browser: None,
        }
    }

    /// What becomes of a value.
    #[must_use]
    pub fn keep(mut self, keep: impl FnOnce(&T) -> Keep) -> Self {
        if let Ok(value) = &self.value {
            self.keep = Ok(keep(value));
        }
        self
    }

    /// Keeps the answer of an `Err` so long.
    #[must_use]
    pub fn keep_errors(mut self, ttl: Duration) -> Self {
        if self.value.is_err() {
            self.keep = Ok(Keep::For(ttl));
        }
        self
    }

    /// Lets browsers use the answer so long without asking.
    #[must_use]
    pub fn browser(mut self, life: Duration) -> Self {
        self.browser = Some(life);
        self
    }

    pub(super) fn loaded(self) -> Loaded<Body> {
        Loaded {
            response: self.value.map_or_else(|error| error, self.send),
            keep: self.keep,
            browser: self.browser,
        }
    }
}
