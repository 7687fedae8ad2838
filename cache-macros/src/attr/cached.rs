//! `#[cached(key = "user:{id}", ttl = "15m")]`.

use super::{Arguments, AttributeKind, Grammar};
use crate::errors::Errors;
use syn::parse::ParseStream;

/// What the attribute says.
pub(crate) struct CachedArguments(pub(crate) Arguments);

impl Grammar for CachedArguments {
    fn read(input: ParseStream<'_>, errors: &mut Errors) -> Self {
        Self(Arguments::read(AttributeKind::Cached, input, errors))
    }
}
