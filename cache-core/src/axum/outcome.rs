//! What a handler's own return value says about keeping it.

use std::marker::PhantomData;
use std::time::Duration;

use ::axum::response::{IntoResponse, Response};

/// A handler's return type, asked by its type and not by its spelling whether it is a `Result`.
pub struct Returned<R>(PhantomData<fn() -> R>);

impl<R> Returned<R> {
    /// The return type of this value.
    pub fn of(_: &R) -> Self {
        Self(PhantomData)
    }
}

impl<T: IntoResponse, E: IntoResponse> Returned<Result<T, E>> {
    /// An `Err` is an answer that is not kept.
    pub fn answer(&self, value: Result<T, E>) -> Answer<T> {
        match value {
            Ok(value) => Answer::new(Ok(value)),
            Err(error) => Answer::new(Err(error.into_response())),
        }
    }
}

/// What is not a `Result` is a value.
pub trait Plain<R> {
    /// The value as it is.
    fn answer(&self, value: R) -> Answer<R>;
}

impl<R: IntoResponse> Plain<R> for Returned<R> {
    fn answer(&self, value: R) -> Answer<R> {
        Answer::new(Ok(value))
    }
}

/// A handler's answer on its way to the page, with what the attribute says of it.
pub struct Answer<T> {
    value: Result<T, Response>,
    pub ttl: Option<Duration>,
    pub browser: Option<Duration>,
    pub keep_errors: Option<Duration>,
    pub refused: bool,
}

impl<T: IntoResponse> Answer<T> {
    fn new(value: Result<T, Response>) -> Self {
        Self { value, ttl: None, browser: None, keep_errors: None, refused: false }
    }
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }
    pub fn ttl_of(mut self, ttl: impl FnOnce(&T) -> Duration) -> Self {
        self.ttl = self.value.as_ref().ok().map(ttl);
        self
    }
    pub fn unless(mut self, refuse: impl FnOnce(&T) -> bool) -> Self {
        self.refused |= self.value.as_ref().is_ok_and(refuse);
        self
    }
    pub fn done(self) -> Response {
        match self.value { Ok(v) => v.into_response(), Err(r) => r }
    }
}
