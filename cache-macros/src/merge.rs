//! Several attributes of ours on one item, in any order, are one expansion.
//!
//! The compiler expands the topmost first. A primary (`cached`, `cache_page`) takes those below it along; another one
//! above a primary folds itself into the primary's arguments and lets that expand. Attributes are known by the last
//! segment of their path, so one that was imported under another name is met only later, on what was generated already:
//! a marker there makes it an error.

use crate::attr::arguments::{CachePage, Cached, Folded};
use crate::attr::{self, Arguments, Kind, NeverCache, VaryOn};
use crate::errors::Errors;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Attribute, Meta, Path, Result, parse_quote};

/// What all attributes of ours on one item say together.
#[derive(Clone, Default)]
pub(crate) struct Merged {
    pub(crate) primary: Option<Primary>,
    pub(crate) vary_on: Vec<(Ident, VaryOn)>,
    pub(crate) never_cache: Option<(Ident, NeverCache)>,
}

/// The attribute that makes a cached thing.
#[derive(Clone)]
pub(crate) struct Primary {
    pub(crate) kind: Kind,
    pub(crate) name: Ident,
    pub(crate) arguments: Arguments,
}

/// The attribute that stands on every body that we generate; the compiler lets tools have their own.
pub(crate) fn marker() -> Attribute {
    parse_quote!(#[rustfmt::expanded_by_cache_core])
}

/// Refuses an item that an attribute of ours has generated.
pub(crate) fn refuse_expanded(kind: Kind, attributes: &[Attribute]) -> Result<()> {
    let marker = marker();
    if attributes.iter().any(|attribute| attribute.path() == marker.path()) {
        let message = format!("{kind} was imported under another name, and the attribute above did not see it; write it as {kind}");
        return Err(syn::Error::new(proc_macro2::Span::call_site(), message));
    }
    Ok(())
}

/// Folds an attribute into the primary below it; says whether there is one.
pub(crate) fn fold(attribute: &Folded, attributes: &mut [Attribute]) -> bool {
    let below = attributes.iter_mut().find(|below| kind_of(below).is_some_and(|(kind, _)| kind.is_primary()));
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
    tokens.clone().into_iter().last().is_some_and(|last| last.to_string() == ",")
}

/// Which of ours an attribute is, by the last segment of its path.
fn kind_of(attribute: &Attribute) -> Option<(Kind, Ident)> {
    let name = &attribute.path().segments.last()?.ident;
    let kind = Kind::ALL.into_iter().find(|kind| name == kind.name())?;
    Some((kind, name.clone()))
}

/// Takes ours out of a list of attributes.
pub(crate) fn take(attributes: &mut Vec<Attribute>, errors: &mut Errors) -> Vec<Folded> {
    let mut taken = Vec::new();
    attributes.retain(|attribute| {
        let Some((kind, name)) = kind_of(attribute) else { return true };
        let tokens = match &attribute.meta {
            Meta::Path(_) => TokenStream::new(),
            Meta::List(list) => list.tokens.clone(),
            Meta::NameValue(value) => {
                errors.at(value, format!("{kind} takes its arguments in parentheses"));
                TokenStream::new()
            }
        };
        taken.push(Folded { kind, name, tokens });
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

    fn add(&mut self, Folded { kind, name, tokens }: Folded, errors: &mut Errors) {
        match kind {
            Kind::Cached => {
                let arguments = attr::read(tokens, errors).map(|Cached(arguments)| arguments);
                self.add_primary(kind, name, arguments, errors);
            }
            Kind::CachePage => {
                let arguments = attr::read(tokens, errors).map(|CachePage(arguments)| arguments);
                self.add_primary(kind, name, arguments, errors);
            }
            Kind::VaryOn => self.vary_on.extend(attr::read(tokens, errors).map(|vary| (name, vary))),
            Kind::NeverCache if self.never_cache.is_some() => errors.at(name, "`#[never_cache]` is given twice"),
            Kind::NeverCache => self.never_cache = attr::read(tokens, errors).map(|never| (name, never)),
        }
    }

    fn add_primary(&mut self, kind: Kind, name: Ident, arguments: Option<Arguments>, errors: &mut Errors) {
        let mut arguments = arguments.unwrap_or_default();
        let folded = std::mem::take(&mut arguments.folded);
        match &self.primary {
            Some(first) if first.kind == kind => errors.at(&name, format!("{kind} is given twice")),
            Some(first) => errors.at(&name, format!("{kind} contradicts {}: a function is cached as one or the other", first.kind)),
            None => self.primary = Some(Primary { kind, name, arguments }),
        }
        for attribute in folded {
            self.add(attribute, errors);
        }
    }

    /// The path of the run time, as any of the attributes gives it.
    pub(crate) fn runtime(&self) -> Option<&Path> {
        let primary = self.primary.as_ref().and_then(|primary| primary.arguments.runtime.as_ref());
        let vary_on = self.vary_on.iter().find_map(|(_, vary)| vary.runtime.as_ref());
        let never_cache = self.never_cache.as_ref().and_then(|(_, never)| never.runtime.as_ref());
        primary.or(vary_on).or(never_cache).map(|path| &path.value)
    }
}
