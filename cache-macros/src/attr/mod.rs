//! The grammar of each attribute, in the file of its name, and what they share.
//!
//! `#[cached]`, `#[cache_page]` and `#[cache_put]` share one record, `arguments`; `table` says which of them takes what.

pub(crate) mod arguments;
pub(crate) mod cache_control;
pub(crate) mod cache_key;
mod cache_page;
mod cache_put;
mod cached;
pub(crate) mod conditional;
mod foreign;
mod invalidates;
mod never_cache;
mod stale;
mod table;
mod value;
pub(crate) mod vary_on;

pub(crate) use arguments::Arguments;
pub(crate) use cache_control::CacheControlArguments;
pub(crate) use cache_page::CachePageArguments;
pub(crate) use cache_put::CachePutArguments;
pub(crate) use cached::CachedArguments;
pub(crate) use conditional::ConditionalArguments;
pub(crate) use invalidates::InvalidatesArguments;
pub(crate) use never_cache::NeverCache;
pub(crate) use stale::{Fraction, StaleArguments};
pub(crate) use value::{
    Binding, Capacity, DeltaSeconds, Handle, NameList, Runtime, Templates, TimeArgument, Ttl,
    TtlRule, Verify,
};
pub(crate) use vary_on::VaryOn;

use crate::errors::Errors;
use proc_macro2::TokenTree;
use std::fmt;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, Lit, Result, Token};
use value::Value;

/// The attributes of this crate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AttributeKind {
    Cached,
    CachePage,
    VaryOn,
    NeverCache,
    CacheControl,
    Conditional,
    Invalidates,
    CachePut,
}

impl AttributeKind {
    pub(crate) const ALL: [Self; 8] = [
        Self::Cached,
        Self::CachePage,
        Self::VaryOn,
        Self::NeverCache,
        Self::CacheControl,
        Self::Conditional,
        Self::Invalidates,
        Self::CachePut,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cached => "cached",
            Self::CachePage => "cache_page",
            Self::VaryOn => "vary_on",
            Self::NeverCache => "never_cache",
            Self::CacheControl => "cache_control",
            Self::Conditional => "conditional",
            Self::Invalidates => "invalidates",
            Self::CachePut => "cache_put",
        }
    }

    /// Whether the attribute makes a function cached by itself; the others add to it.
    pub(crate) fn is_primary(self) -> bool {
        matches!(self, Self::Cached | Self::CachePage)
    }
}

impl fmt::Display for AttributeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`#[{}]`", self.name())
    }
}

/// An argument's value, and its name, where errors about it are reported.
#[derive(Clone)]
pub(crate) struct Arg<T> {
    pub(crate) name: Ident,
    pub(crate) value: T,
}

/// Reads the value of the argument `name` into `place`, unless it is there already, which is a mistake.
fn set<T: Value>(place: &mut Option<Arg<T>>, name: Ident, input: ParseStream<'_>) -> Result<()> {
    let (value, read) = T::read_some(&name, input);
    let Some(value) = value else { return read };
    if place.is_some() {
        let mut errors = Errors::default();
        errors.absorb(read);
        errors.at(&name, format!("`{name}` is given twice"));
        return errors.finish();
    }
    *place = Some(Arg { name, value });
    read
}

/// Reads `name …, name …` to the end; after a mistake it continues with the next argument. `unnamed` says what to write for a value
/// without a name.
fn each_argument(
    input: ParseStream<'_>,
    errors: &mut Errors,
    unnamed: fn(&Lit) -> String,
    mut read: impl FnMut(Ident, ParseStream<'_>) -> Result<()>,
) {
    while !input.is_empty() {
        let argument = argument_name(input, unnamed)
            .and_then(|name| read(name, input))
            .and_then(|()| separator(input));
        if let Err(error) = argument {
            errors.push(error);
            skip_to_next_argument(input);
        }
    }
}

fn argument_name(input: ParseStream<'_>, unnamed: impl FnOnce(&Lit) -> String) -> Result<Ident> {
    if input.peek(Lit) {
        let value: Lit = input.parse()?;
        let message = format!("a value without its name; write {}", unnamed(&value));
        return Err(Error::new_spanned(value, message));
    }
    Ident::parse_any(input).map_err(|error| {
        Error::new(
            error.span(),
            "expected the name of an argument, as in `ttl = \"5m\"`",
        )
    })
}

fn separator(input: ParseStream<'_>) -> Result<()> {
    if input.is_empty() {
        return Ok(());
    }
    input
        .parse::<Token![,]>()
        .map(drop)
        .map_err(|error| Error::new(error.span(), "expected `,` and the next argument"))
}

/// A value may contain commas (`|a, b| …`), so the next argument begins at a word with a value.
fn skip_to_next_argument(input: ParseStream<'_>) {
    while !input.is_empty() {
        if input
            .parse::<Option<Token![,]>>()
            .is_ok_and(|comma| comma.is_some())
        {
            if input.is_empty() || starts_argument(input) {
                return;
            }
        } else if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}

fn starts_argument(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    Ident::parse_any(&ahead).is_ok()
        && (ahead.is_empty()
            || ahead.peek(Token![=])
            || ahead.peek(syn::token::Paren)
            || ahead.peek(Token![,]))
}

/// The arguments of an attribute, as they are parsed.
pub(crate) trait Grammar: Sized {
    /// Reads the tokens between the attribute's parentheses. Mistakes are added to `errors`, and their arguments left out.
    fn read(input: ParseStream<'_>, errors: &mut Errors) -> Self;
}

/// Reads the arguments of an attribute from its tokens.
pub(crate) fn read<G: Grammar>(tokens: proc_macro2::TokenStream, errors: &mut Errors) -> Option<G> {
    struct Read<G>(G, Errors);
    impl<G: Grammar> Parse for Read<G> {
        fn parse(input: ParseStream<'_>) -> Result<Self> {
            let mut errors = Errors::default();
            let arguments = G::read(input, &mut errors);
            Ok(Self(arguments, errors))
        }
    }
    let Read(arguments, found) = errors.absorb(syn::parse2::<Read<G>>(tokens))?;
    errors.absorb(found.finish());
    Some(arguments)
}
