//! All mistakes of one annotated item, gathered: the user sees them in one go, each on its token.

use quote::ToTokens;
use std::fmt::Display;
use syn::{Error, Result};

/// The mistakes found so far.
#[derive(Default)]
#[must_use = "mistakes that nobody asks for are lost"]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    /// Adds a mistake that stands on `tokens`.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.push(Error::new_spanned(tokens, message));
    }

    /// Adds what the parser found.
    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// The value of a step, or nothing when its mistake was noted.
    pub(crate) fn absorb<T>(&mut self, step: Result<T>) -> Option<T> {
        step.map_err(|error| self.push(error)).ok()
    }

    /// Fails with all mistakes, if there was one.
    pub(crate) fn finish(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}
