//! The model of a cached function, for the files beside this one.

use crate::check::CachedFunction;
use crate::check::signature::kept_of_result;
use crate::expand::attributes::Attributes;
use crate::expand::borrowed::Borrowed;
use crate::expand::generics::without;
use crate::expand::host::HostFunction;
use crate::expand::keep::KeepRules;
use crate::expand::names::HandleNames;
use crate::expand::question::{Question, QuestionKind};
use crate::expand::staleness::StaleRules;
use crate::expand::{outcome, summary};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Generics;

/// All that is needed to generate one cached function.
pub(super) struct FunctionModel<'a> {
    pub(super) cached: &'a CachedFunction<'a>,
    pub(super) host: HostFunction<'a>,
    pub(super) attributes: Attributes,
    pub(super) keep: KeepRules<'a>,
    pub(super) condition: Option<Question<'a>>,
    pub(super) stale: Option<StaleRules<'a>>,
    /// The generics of functions that only need the key.
    pub(super) key_generics: Generics,
    /// The generics that tell instances of the function apart.
    pub(super) instance_generics: Generics,
}

/// The functions of the handle.
pub(in crate::expand) const FUNCTIONS: [&str; 8] = [
    "uncached",
    "peek",
    "invalidate",
    "refresh",
    "set",
    "clear",
    "why",
    "stats",
];

impl<'a> FunctionModel<'a> {
    pub(super) fn new(cached: &'a CachedFunction<'a>) -> Self {
        let function = cached.subject.function;
        let names = HandleNames::new(function, cached.place, cached.arguments.handle.as_ref());
        let attributes = Attributes::of(&function.attributes).documented(
            summary::cached(cached),
            &names,
            &FUNCTIONS,
        );
        let skipped = cached.arguments.skipped();
        let keyed = Borrowed::new(&cached.inputs, cached.key.names());
        let (parameters, output) = (keyed.parameters(), cached.output());
        let condition = cached.arguments.condition.as_ref();
        Self {
            cached,
            host: HostFunction {
                runtime: &cached.runtime,
                function,
                inputs: &cached.inputs,
                names,
            },
            attributes,
            keep: KeepRules::new(&cached.arguments),
            condition: condition
                .map(|condition| Question::new(QuestionKind::Condition, &condition.value)),
            stale: StaleRules::new(&cached.arguments.stale),
            key_generics: without(function.generics(), skipped, &quote!(#parameters #output)),
            instance_generics: without(
                function.generics(),
                skipped,
                &keyed.unnamed_types().parameters(),
            ),
        }
    }

    /// `async`, if the function is async.
    pub(super) fn asyncness(&self) -> Option<TokenStream> {
        self.cached.is_async().then(|| quote!(async))
    }

    /// The inputs of the key.
    pub(super) fn keyed(&self) -> Borrowed<'_> {
        Borrowed::new(&self.cached.inputs, self.cached.key.names())
            .with_self(&self.cached.inputs, self.cached.key.uses_self())
    }

    /// Those of them whose type can only be inferred.
    pub(super) fn unnamed_types(&self) -> Borrowed<'_> {
        self.keyed().unnamed_types()
    }

    /// The type that `peek` returns and `set` takes.
    pub(super) fn kept(&self) -> KeptType {
        match self.cached.output().and_then(kept_of_result) {
            // Of a `Result` only the value is kept, unless errors are kept too.
            Some(kept) if self.cached.arguments.cache_err.is_none() => {
                KeptType::OfResult(kept.to_token_stream())
            }
            _ => KeptType::Whole(outcome::output(self.cached)),
        }
    }
}

/// The type of the kept part of a return value.
pub(super) enum KeptType {
    /// The whole return value.
    Whole(TokenStream),
    /// `T` of a `Result<T, E>`.
    OfResult(TokenStream),
}
