//! `#[cache_put(key = "user:{user.id}")]`.

use super::{Arguments, AttributeKind, Grammar};
use crate::errors::Errors;
use syn::parse::ParseStream;

/// What the attribute says.
pub(crate) struct CachePutArguments(pub(crate) Arguments);

impl Grammar for CachePutArguments {
    fn read(input: ParseStream<'_>, errors: &mut Errors) -> Self {
        Self(Arguments::read(AttributeKind::CachePut, input, errors))
    }
}
