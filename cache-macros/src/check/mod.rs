//! The rules between the arguments of an attribute and its function. All mistakes are reported, each on its token. A function that
//! passes becomes a value with all that the expansion needs.

mod account;
pub(crate) mod arguments;
mod cache_control;
pub(crate) mod cached;
mod capacity;
mod conditional;
mod guards;
mod handler;
pub(crate) mod headers;
pub(crate) mod inputs;
pub(crate) mod invalidates;
mod key;
pub(crate) mod key_type;
mod lookups;
mod outcome;
pub(crate) mod page;
mod replaces;
pub(crate) mod signature;
mod stale;
mod surroundings;
mod tags;
pub(crate) mod vary;
mod verify;
mod warm;

pub(crate) use cached::CachedFunction;
pub(crate) use conditional::{CheckedConditional, CheckedEtag};
pub(crate) use headers::Headers;
pub(crate) use inputs::Inputs;
pub(crate) use invalidates::InvalidatingFunction;
pub(crate) use key::{CheckedKey, FilledText, KeyPart};
pub(crate) use page::{ArgumentRole, CachedPage};
pub(crate) use tags::Tags;
pub(crate) use vary::Vary;

use crate::attr::{Arguments, AttributeKind};
use crate::block::Block;
use crate::signature::Function;
use syn::{Generics, Path};

/// The place of a function, which decides the form of its handle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FunctionPlace {
    /// In a module or a body: the handle is a type with the function's name.
    Free,
    /// In an `impl` of a type: the handle consists of functions beside it.
    Inherent,
    /// In an `impl` of a trait: it has no handle.
    Trait,
}

/// The place of a function under an attribute, as far as it is known.
pub(crate) fn place_of(
    kind: AttributeKind,
    arguments: &Arguments,
    subject: Subject<'_>,
) -> FunctionPlace {
    if subject.block.is_some_and(Block::is_trait_impl) {
        return FunctionPlace::Trait;
    }
    let place = match kind {
        AttributeKind::CachePage => handler::place(arguments.associated.is_some(), subject),
        _ => cached::place(arguments, subject, subject.function.boxed_async().as_ref()),
    };
    match surroundings::here().map(|here| here.block) {
        Some(surroundings::EnclosingBlock::TraitImpl) => FunctionPlace::Trait,
        Some(surroundings::EnclosingBlock::Impl) if place == FunctionPlace::Free => {
            FunctionPlace::Inherent
        }
        _ => place,
    }
}

/// A function, and the `impl` block around it as far as it is known.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) function: &'a Function,
    /// The block, if the attribute is on it: an attribute on the function cannot see it.
    pub(crate) block: Option<&'a Block>,
    /// Paths of attributes that this expansion takes along, so that the compiler does not resolve them.
    pub(crate) unresolved: &'a [Path],
}

impl<'a> Subject<'a> {
    /// The generics of the block, as far as they are known.
    fn outer_generics(self) -> Option<&'a Generics> {
        self.block.map(Block::generics)
    }
}
