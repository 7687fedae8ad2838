//! All mistakes of one annotated item, so that the user sees them at once, each on its token.

use quote::ToTokens;
use std::fmt::Display;
use syn::{Error, Result};

/// The mistakes found so far.
#[derive(Default)]
#[must_use = "mistakes that nobody asks for are lost"]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    /// Adds a mistake at `tokens`.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.push(Error::new_spanned(tokens, message));
    }

    /// Adds an error of the parser.
    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// Returns the value of a step, or adds its mistake.
    pub(crate) fn absorb<T>(&mut self, step: Result<T>) -> Option<T> {
        step.map_err(|error| self.push(error)).ok()
    }

    /// Fails with all mistakes, if there are any.
    pub(crate) fn finish(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}
