//! What a handler's return value says about keeping it.

use std::marker::PhantomData;
use std::time::Duration;

use ::axum::body::Body;
use ::axum::response::{IntoResponse, Response};

use crate::http::refusal::Refusal;
use crate::http::verdict::Loaded;
use crate::load::Keep;

/// A handler's return type, asked by its type and not by its spelling whether it is a `Result`.
#[derive(Debug)]
pub struct Returned<R>(PhantomData<fn() -> R>);

impl<R> Returned<R> {
    /// The type of this value.
    pub fn of(_: &R) -> Self {
        Self(PhantomData)
    }
}

impl<T: IntoResponse, E: IntoResponse> Returned<Result<T, E>> {
    /// An `Err` is an answer that is not kept.
    pub fn answer(&self, value: Result<T, E>) -> Answer<T> {
        Answer::new(value.map_err(IntoResponse::into_response))
    }
}

/// What is not a `Result` is a value.
pub trait ReturnedPlain<R> {
    /// The value as it is.
    fn answer(&self, value: R) -> Answer<R>;
}

impl<R: IntoResponse> ReturnedPlain<R> for Returned<R> {
    fn answer(&self, value: R) -> Answer<R> {
        Answer::new(Ok(value))
    }
}

/// A handler's answer, and what its attribute says of keeping it.
#[derive(Debug)]
pub struct Answer<T> {
    value: Result<T, Response>,
    keep: Result<Keep, Refusal>,
    browser: Option<Duration>,
}

impl<T: IntoResponse> Answer<T> {
    fn new(value: Result<T, Response>) -> Self {
        let keep = if value.is_ok() {
            Ok(Keep::Default)
        } else {
            Err(Refusal::Failed)
        };
        Self {
            value,
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
            response: self
                .value
                .map_or_else(|error| error, IntoResponse::into_response),
            keep: self.keep,
            browser: self.browser,
        }
    }
}

/// The answer of a handler's return value.
#[doc(hidden)]
#[macro_export]
macro_rules! __axum_answer {
    ($value:expr) => {{
        #[allow(unused_imports)]
        use $crate::__private::axum::ReturnedPlain as _;
        let value = $value;
        $crate::__private::axum::Returned::of(&value).answer(value)
    }};
}
