//! `#[cache_page(ttl = "1h", query = ["page"])]`.

use super::{Arguments, AttributeKind, Grammar};
use crate::errors::Errors;
use syn::parse::ParseStream;

/// The arguments of `#[cache_page]`.
pub(crate) struct CachePageArguments(pub(crate) Arguments);

impl Grammar for CachePageArguments {
    fn read(input: ParseStream<'_>, errors: &mut Errors) -> Self {
        Self(Arguments::read(AttributeKind::CachePage, input, errors))
    }
}
