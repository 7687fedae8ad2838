//! `#[cache_put(key = "user:{user.id}")]`.

use super::{Arguments, AttributeKind, Grammar};
use crate::errors::Errors;
use syn::parse::ParseStream;

/// The arguments of `#[cache_put]`.
pub(crate) struct CachePutArguments(pub(crate) Arguments);

impl Grammar for CachePutArguments {
    fn read(input: ParseStream<'_>, errors: &mut Errors) -> Self {
        Self(Arguments::read(AttributeKind::CachePut, input, errors))
    }
}
