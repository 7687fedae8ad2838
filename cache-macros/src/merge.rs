//! Several attributes of ours on one item, in any order, are one expansion.
//!
//! The compiler expands the topmost first. A primary (`cached`, `cache_page`) takes the ones below it along; another one above a
//! primary folds itself into the primary's arguments and lets that expand. Attributes are recognized by the last segment of their
//! path. One that was imported under another name is expanded later, on generated code, where a marker makes it an error.

use crate::attr::arguments::Folded;
use crate::attr::{
    self, Arguments, AttributeKind, CachePageArguments, CachePutArguments, CachedArguments,
    InvalidatesArguments, NeverCache, VaryOn,
};
use crate::errors::Errors;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Attribute, Meta, Path, Result, parse_quote};

mod within;

/// All attributes of ours on one item.
#[derive(Clone, Default)]
pub(crate) struct Merged {
    pub(crate) primary: Option<Primary>,
    pub(crate) vary_on: Vec<(Ident, VaryOn)>,
    pub(crate) never_cache: Option<(Ident, NeverCache)>,
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
            AttributeKind::NeverCache => {
                if self.never_cache.is_some() {
                    errors.at(&name, "`#[never_cache]` is given twice");
                }
                self.never_cache = attr::read(tokens, errors).map(|never| (name, never));
            }
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
        let mut invalidates = self.invalidates.iter();
        let invalidates = invalidates.find_map(|(_, stale)| stale.runtime.as_ref());
        let cache_put = self.cache_put.as_ref();
        let cache_put = cache_put.and_then(|(_, put)| put.runtime.as_ref());
        let all = [primary, vary_on, never_cache, invalidates, cache_put];
        all.into_iter().flatten().next().map(|path| &path.value)
    }
}

impl Merged {
    /// Refuses attributes that contradict each other.
    pub(crate) fn check(&self, errors: &mut Errors) {
        let Some(primary) = &self.primary else { return };
        if let Some((name, _)) = &self.never_cache {
            errors.at(
                name,
                format!(
                    "`#[never_cache]` contradicts {}; leave one of them out",
                    primary.kind
                ),
            );
        }
        for (kind, name) in self.changes() {
            errors.at(
                name,
                format!(
                    "{kind} contradicts {}: a function is kept, or it changes what others keep, because a hit does not run it; make it two",
                    primary.kind
                ),
            );
        }
        if primary.kind == AttributeKind::Cached {
            for (name, _) in &self.vary_on {
                errors.at(
                    name,
                    "`#[vary_on]` is for pages; what a function depends on is an argument of it",
                );
            }
        }
    }

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
        self.primary.is_none()
            && self.vary_on.is_empty()
            && self.never_cache.is_none()
            && self.changes().next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at_fault;
    use quote::ToTokens;

    fn item(text: &str) -> crate::signature::Function {
        syn::parse_str(text).expect("a function")
    }

    fn folded(text: &str, attribute: &str) -> Option<String> {
        let mut function = item(text);
        let attribute = Folded {
            kind: AttributeKind::VaryOn,
            name: quote::format_ident!("vary_on"),
            tokens: attribute.parse().expect("tokens"),
            unresolved: None,
        };
        fold(&attribute, &mut function.attributes)
            .then(|| function.attributes[0].to_token_stream().to_string())
    }

    fn merged(text: &str) -> Result<Merged> {
        let mut function = item(text);
        let mut errors = Errors::default();
        let ours = take(&mut function.attributes, &mut errors);
        let merged = Merged::read(ours, &mut errors);
        merged.check(&mut errors);
        errors.finish().map(|()| merged)
    }

    fn wrong(text: &str) -> (String, String) {
        let error = merged(text).err().expect("a mistake");
        let mut found = at_fault(&error);
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    #[test]
    fn a_secondary_above_folds_itself_into_the_primary() {
        let fold = |text| folded(text, "cookies").expect("a primary");
        assert_eq!(
            fold("#[cache_page] fn f() {}"),
            "# [cache_page (__vary_on (cookies))]"
        );
        assert_eq!(
            fold("#[a::cache_page()] fn f() {}"),
            "# [a :: cache_page (__vary_on (cookies))]"
        );
        assert_eq!(
            fold("#[cache_page(ttl = 5)] fn f() {}"),
            "# [cache_page (ttl = 5 , __vary_on (cookies))]"
        );
        assert_eq!(
            fold("#[cache_page(ttl = 5,)] fn f() {}"),
            "# [cache_page (ttl = 5 , __vary_on (cookies))]"
        );
        assert_eq!(folded("#[never_cache] fn f() {}", "cookies"), None);
    }

    #[test]
    fn order_does_not_matter() {
        for text in [
            "#[cache_page(ttl = 5)] #[vary_on(cookies)] fn f() {}",
            "#[cache_page(ttl = 5, __vary_on(cookies))] fn f() {}",
            "#[other] #[cache_core::vary_on(cookies)] #[doc = \"\"] #[cache_page(ttl = 5)] fn f() {}",
        ] {
            let merged = merged(text).expect("no mistake");
            assert!(
                merged
                    .primary
                    .is_some_and(|primary| primary.arguments.ttl.is_some()),
                "{text}"
            );
            assert_eq!(merged.vary_on.len(), 1, "{text}");
        }
    }

    #[test]
    fn foreign_attributes_stay() {
        let mut function = item("#[doc = \"a\"] #[cached] #[instrument] fn f() {}");
        let taken = take(&mut function.attributes, &mut Errors::default());
        assert_eq!((taken.len(), function.attributes.len()), (1, 2));
    }

    #[test]
    fn contradictions_stand_on_the_second() {
        assert_eq!(
            wrong("#[cached] #[cache_page] fn f() {}"),
            (
                "cache_page".to_owned(),
                "`#[cache_page]` contradicts `#[cached]`: a function is cached as one or the other"
                    .to_owned()
            )
        );
        assert_eq!(
            wrong("#[cached] #[cached] fn f() {}").1,
            "`#[cached]` is given twice"
        );
        assert_eq!(
            wrong("#[never_cache] #[never_cache] fn f() {}").1,
            "`#[never_cache]` is given twice"
        );
        assert_eq!(
            wrong("#[cache_page(ttl = 5, __never_cache())] fn f() {}").1,
            "`#[never_cache]` contradicts `#[cache_page]`; leave one of them out"
        );
        assert!(
            wrong("#[cached] #[vary_on(cookies)] fn f() {}")
                .1
                .starts_with("`#[vary_on]` is for pages")
        );
        assert_eq!(
            wrong("#[cached = 5] fn f() {}").1,
            "`#[cached]` takes its arguments in parentheses"
        );
    }

    #[test]
    fn what_was_generated_is_known() {
        let mut function = item("fn f() {}");
        assert!(refuse_expanded(AttributeKind::VaryOn, &function.attributes).is_ok());
        function.attributes.push(marker());
        let error =
            refuse_expanded(AttributeKind::VaryOn, &function.attributes).expect_err("a mistake");
        assert!(
            error.to_string().ends_with("write it as `#[vary_on]`"),
            "{error}"
        );
    }

    fn within(function: &str, block: &str, is_handler: bool) -> Option<Merged> {
        let block = merged(&format!("{block} fn f() {{}}")).expect("no mistake");
        merged(&format!("{function} fn f() {{}}"))
            .expect("no mistake")
            .within(&block, is_handler)
    }

    #[test]
    fn a_block_of_pages_speaks_for_every_handler() {
        let page = "#[cache_page(ttl = 5, version = 2)] #[vary_on(cookies)]";
        let plain = within("", page, true).expect("a page");
        assert!(
            plain
                .primary
                .is_some_and(|primary| primary.arguments.ttl.is_some())
        );
        assert_eq!(plain.vary_on.len(), 1);
        assert!(within("", page, false).is_none(), "no handler");
        let own = within("#[cache_page(version = 3)]", page, true)
            .and_then(|own| own.primary)
            .expect("a page")
            .arguments;
        assert_eq!(
            (own.version.map(|version| version.value), own.ttl.is_some()),
            (Some(3), true)
        );
        let never = within("#[never_cache]", page, true).expect("a handler");
        assert!(never.primary.is_none() && never.never_cache.is_some());
        let function = within("#[cached]", page, true).expect("a function");
        assert!(
            function
                .primary
                .is_some_and(|own| own.kind == AttributeKind::Cached && own.arguments.ttl.is_none())
        );
    }

    #[test]
    fn a_block_of_functions_speaks_for_those_that_are_cached() {
        let block = "#[cached(ttl = 5)]";
        assert!(within("", block, true).is_none());
        let own = within("#[cached(version = 3)]", block, false)
            .and_then(|own| own.primary)
            .expect("a function");
        assert!(own.arguments.ttl.is_some() && own.arguments.version.is_some());
    }
}
