//! The attributes and macros of `cache-core`, which re-exports and documents them.
//!
//! `attr` and `template` parse, `merge` joins the attributes of one item, `check` has the rules, `expand` writes the tokens.

mod attr;
mod attribute;
mod block;
mod check;
mod derive;
mod errors;
mod expand;
mod fallback;
mod item;
mod key;
mod merge;
mod scope;
mod signature;
mod spelling;
mod suggest;
mod template;
#[cfg(test)]
mod testing;

use attr::AttributeKind;
use proc_macro::TokenStream;

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn cached(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::apply(AttributeKind::Cached, &arguments.into(), item.into()).into()
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn cache_page(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::apply(AttributeKind::CachePage, &arguments.into(), item.into()).into()
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn vary_on(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::apply(AttributeKind::VaryOn, &arguments.into(), item.into()).into()
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn never_cache(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::apply(AttributeKind::NeverCache, &arguments.into(), item.into()).into()
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn cache_control(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::apply(AttributeKind::CacheControl, &arguments.into(), item.into()).into()
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn conditional(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::apply(AttributeKind::Conditional, &arguments.into(), item.into()).into()
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn invalidates(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::apply(AttributeKind::Invalidates, &arguments.into(), item.into()).into()
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn cache_put(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::apply(AttributeKind::CachePut, &arguments.into(), item.into()).into()
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_derive(CacheKey, attributes(cache_key))]
pub fn derive_cache_key(item: TokenStream) -> TokenStream {
    derive::apply(item.into()).into()
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro]
pub fn key(template: TokenStream) -> TokenStream {
    key::apply(key::NameMacro::Key, template.into()).into()
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro]
pub fn tag(template: TokenStream) -> TokenStream {
    key::apply(key::NameMacro::Tag, template.into()).into()
}
