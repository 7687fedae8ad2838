//! `#[cached(key = "user:{id}", ttl = "15m")]`.

use super::{Arguments, AttributeKind, Grammar};
use crate::errors::Errors;
use syn::parse::ParseStream;

/// The arguments of `#[cached]`.
pub(crate) struct CachedArguments(pub(crate) Arguments);

impl Grammar for CachedArguments {
    fn read(input: ParseStream<'_>, errors: &mut Errors) -> Self {
        Self(Arguments::read(AttributeKind::Cached, input, errors))
    }
}
