//! Several attributes of ours on one item, in any order, are one expansion.
//!
//! The compiler expands the topmost first. A primary (`cached`, `cache_page`) takes the ones below it along; another one above a
//! primary folds itself into the primary's arguments and lets that expand. Attributes are recognized by the last segment of their
//! path. One that was imported under another name is expanded later, on generated code, where a marker makes it an error.

use crate::attr::arguments::Folded;
use crate::attr::{
    self, Arguments, AttributeKind, CacheControlArguments, CachePageArguments, CachePutArguments,
    CachedArguments, ConditionalArguments, Grammar, InvalidatesArguments, NeverCache, VaryOn,
};
use crate::errors::Errors;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Attribute, Meta, Path, Result, parse_quote};

mod contradictions;
mod within;

/// All attributes of ours on one item.
#[derive(Clone, Default)]
pub(crate) struct Merged {
    pub(crate) primary: Option<Primary>,
    pub(crate) vary_on: Vec<(Ident, VaryOn)>,
    pub(crate) never_cache: Option<(Ident, NeverCache)>,
    pub(crate) cache_control: Option<(Ident, CacheControlArguments)>,
    pub(crate) conditional: Option<(Ident, ConditionalArguments)>,
    pub(crate) invalidates: Vec<(Ident, InvalidatesArguments)>,
    pub(crate) cache_put: Option<(Ident, Arguments)>,
    /// Paths of attributes that this expansion takes along, so that the compiler does not resolve them.
    pub(crate) unresolved: Vec<Path>,
}

/// The attribute that makes a function or page cached.
#[derive(Clone)]
pub(crate) struct Primary {
    pub(crate) kind: AttributeKind,
    pub(crate) arguments: Arguments,
}

/// The marker on every generated body, in the form of a tool's attribute, which the compiler ignores.
pub(crate) fn marker() -> Attribute {
    parse_quote!(#[rustfmt::expanded_by_cache_core])
}

/// The arguments of an attribute that is only there to be resolved, and expands to nothing.
pub(crate) fn taken() -> TokenStream {
    quote!(__taken)
}

/// Reads an attribute that a function has once.
fn add_only<G: Grammar>(
    place: &mut Option<(Ident, G)>,
    name: Ident,
    tokens: TokenStream,
    errors: &mut Errors,
) {
    if place.is_some() {
        errors.at(&name, format!("`#[{name}]` is given twice"));
    }
    *place = attr::read(tokens, errors).map(|said| (name, said));
}

/// Refuses generated code.
pub(crate) fn refuse_expanded(kind: AttributeKind, attributes: &[Attribute]) -> Result<()> {
    let marker = marker();
    if attributes
        .iter()
        .any(|attribute| attribute.path() == marker.path())
    {
        let message = format!(
            "{kind} was imported under another name, and the attribute above did not see it; write it as {kind}"
        );
        return Err(syn::Error::new(proc_macro2::Span::call_site(), message));
    }
    Ok(())
}

/// Folds an attribute into the primary below it; returns whether there is one.
pub(crate) fn fold(attribute: &Folded, attributes: &mut [Attribute]) -> bool {
    let below = attributes
        .iter_mut()
        .find(|below| kind_of(below).is_some_and(|(kind, _)| kind.is_primary()));
    let Some(below) = below else { return false };
    let argument = attribute.to_argument();
    match &mut below.meta {
        Meta::Path(path) => below.meta = parse_quote!(#path(#argument)),
        Meta::List(list) => {
            let said = &list.tokens;
            let comma = (!said.is_empty() && !ends_with_comma(said)).then(|| quote!(,));
            list.tokens = quote!(#said #comma #argument);
        }
        Meta::NameValue(_) => {}
    }
    true
}

fn ends_with_comma(tokens: &TokenStream) -> bool {
    tokens
        .clone()
        .into_iter()
        .last()
        .is_some_and(|last| last.to_string() == ",")
}

/// The kind of an attribute of ours, by the last segment of its path.
fn kind_of(attribute: &Attribute) -> Option<(AttributeKind, Ident)> {
    let name = &attribute.path().segments.last()?.ident;
    let kind = AttributeKind::ALL
        .into_iter()
        .find(|kind| name == kind.name())?;
    Some((kind, name.clone()))
}

/// Removes ours from a list of attributes.
pub(crate) fn take(attributes: &mut Vec<Attribute>, errors: &mut Errors) -> Vec<Folded> {
    let mut taken = Vec::new();
    attributes.retain(|attribute| {
        let Some((kind, name)) = kind_of(attribute) else {
            return true;
        };
        let tokens = match &attribute.meta {
            Meta::Path(_) => TokenStream::new(),
            Meta::List(list) => list.tokens.clone(),
            Meta::NameValue(value) => {
                errors.at(value, format!("{kind} takes its arguments in parentheses"));
                TokenStream::new()
            }
        };
        taken.push(Folded {
            kind,
            name,
            tokens,
            unresolved: Some(attribute.path().clone()),
        });
        false
    });
    taken
}

impl Merged {
    /// Reads the attributes of one item.
    pub(crate) fn read(attributes: Vec<Folded>, errors: &mut Errors) -> Self {
        let mut merged = Self::default();
        for attribute in attributes {
            merged.add(attribute, errors);
        }
        merged
    }

    fn add(
        &mut self,
        Folded {
            kind,
            name,
            tokens,
            unresolved,
        }: Folded,
        errors: &mut Errors,
    ) {
        self.unresolved.extend(unresolved);
        match kind {
            AttributeKind::Cached => {
                let arguments =
                    attr::read(tokens, errors).map(|CachedArguments(arguments)| arguments);
                self.add_primary(kind, &name, arguments, errors);
            }
            AttributeKind::CachePage => {
                let arguments =
                    attr::read(tokens, errors).map(|CachePageArguments(arguments)| arguments);
                self.add_primary(kind, &name, arguments, errors);
            }
            AttributeKind::VaryOn => self
                .vary_on
                .extend(attr::read(tokens, errors).map(|vary| (name, vary))),
            AttributeKind::NeverCache => add_only(&mut self.never_cache, name, tokens, errors),
            AttributeKind::CacheControl => {
                add_only(&mut self.cache_control, name, tokens, errors);
            }
            AttributeKind::Conditional => add_only(&mut self.conditional, name, tokens, errors),
            AttributeKind::Invalidates => self
                .invalidates
                .extend(attr::read(tokens, errors).map(|stale| (name, stale))),
            AttributeKind::CachePut => {
                if self.cache_put.is_some() {
                    errors.at(&name, "`#[cache_put]` is given twice");
                }
                self.cache_put = attr::read(tokens, errors)
                    .map(|CachePutArguments(arguments)| (name, arguments));
            }
        }
    }

    fn add_primary(
        &mut self,
        kind: AttributeKind,
        name: &Ident,
        arguments: Option<Arguments>,
        errors: &mut Errors,
    ) {
        let mut arguments = arguments.unwrap_or_default();
        let folded = std::mem::take(&mut arguments.folded);
        match &self.primary {
            Some(first) if first.kind == kind => errors.at(name, format!("{kind} is given twice")),
            Some(first) => errors.at(
                name,
                format!(
                    "{kind} contradicts {}: a function is cached as one or the other",
                    first.kind
                ),
            ),
            None => self.primary = Some(Primary { kind, arguments }),
        }
        for attribute in folded {
            self.add(attribute, errors);
        }
    }

    /// The path of `cache_core` that one of the attributes gives.
    pub(crate) fn runtime(&self) -> Option<&Path> {
        let primary = self
            .primary
            .as_ref()
            .and_then(|primary| primary.arguments.runtime.as_ref());
        let vary_on = self
            .vary_on
            .iter()
            .find_map(|(_, vary)| vary.runtime.as_ref());
        let never_cache = self
            .never_cache
            .as_ref()
            .and_then(|(_, never)| never.runtime.as_ref());
        let cache_control = self.cache_control.as_ref();
        let cache_control = cache_control.and_then(|(_, said)| said.runtime.as_ref());
        let conditional = self.conditional.as_ref();
        let conditional = conditional.and_then(|(_, said)| said.runtime.as_ref());
        let mut invalidates = self.invalidates.iter();
        let invalidates = invalidates.find_map(|(_, stale)| stale.runtime.as_ref());
        let cache_put = self.cache_put.as_ref();
        let cache_put = cache_put.and_then(|(_, put)| put.runtime.as_ref());
        let all = [
            primary,
            vary_on,
            never_cache,
            cache_control,
            conditional,
            invalidates,
            cache_put,
        ];
        all.into_iter().flatten().next().map(|path| &path.value)
    }
}

impl Merged {
    /// The attributes that store or invalidate values of others.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (AttributeKind, &Ident)> {
        let invalidates = self.invalidates.iter();
        let cache_put = self.cache_put.iter();
        invalidates
            .map(|(name, _)| (AttributeKind::Invalidates, name))
            .chain(cache_put.map(|(name, _)| (AttributeKind::CachePut, name)))
    }

    /// Whether the item has none of our attributes.
    pub(crate) fn is_empty(&self) -> bool {
        self.primary.is_none() && !self.speaks_of_headers() && self.changes().next().is_none()
    }

    /// Whether an attribute says something of the header fields of answers.
    pub(crate) fn speaks_of_headers(&self) -> bool {
        !self.vary_on.is_empty()
            || self.never_cache.is_some()
            || self.cache_control.is_some()
            || self.conditional.is_some()
    }

    /// Whether an attribute about header fields says that its function is in an `impl`.
    pub(crate) fn is_associated(&self) -> bool {
        let vary_on = self.vary_on.iter().map(|(_, vary)| &vary.associated);
        let never_cache = self.never_cache.iter().map(|(_, never)| &never.associated);
        let cache_control = self.cache_control.iter();
        let cache_control = cache_control.map(|(_, said)| &said.associated);
        let conditional = self.conditional.iter();
        let conditional = conditional.map(|(_, said)| &said.associated);
        let mut hints = vary_on
            .chain(never_cache)
            .chain(cache_control)
            .chain(conditional);
        hints.any(Option::is_some)
    }
}

#[cfg(test)]
mod tests;
