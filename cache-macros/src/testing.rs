//! What the unit tests of this crate share.

use crate::attr::{self, Grammar};
use crate::errors::Errors;
use syn::Error;

/// The mistakes of an attribute's arguments: the source text at fault, and the words.
pub(crate) fn mistakes<G: Grammar>(arguments: &str) -> Vec<(String, String)> {
    let mut errors = Errors::default();
    attr::read::<G>(arguments.parse().expect("tokens"), &mut errors);
    errors
        .finish()
        .err()
        .map_or_else(Vec::new, |error| at_fault(&error))
}

/// What arguments without a mistake say.
pub(crate) fn accepted<G: Grammar>(arguments: &str) -> G {
    let mut errors = Errors::default();
    let read = attr::read(arguments.parse().expect("tokens"), &mut errors);
    errors.finish().expect("no mistake");
    read.expect("arguments")
}

/// Each mistake of an error, with the source text on which it stands.
pub(crate) fn at_fault(error: &Error) -> Vec<(String, String)> {
    let place = |error: Error| {
        (
            error.span().source_text().unwrap_or_default(),
            error.to_string(),
        )
    };
    error.clone().into_iter().map(place).collect()
}
