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
mod framework;
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
use framework::WebFramework;
use proc_macro::TokenStream;

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn cached(arguments: TokenStream, item: TokenStream) -> TokenStream {
    of_axum(AttributeKind::Cached, arguments, item)
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn cache_page(arguments: TokenStream, item: TokenStream) -> TokenStream {
    of_axum(AttributeKind::CachePage, arguments, item)
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn vary_on(arguments: TokenStream, item: TokenStream) -> TokenStream {
    of_axum(AttributeKind::VaryOn, arguments, item)
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn never_cache(arguments: TokenStream, item: TokenStream) -> TokenStream {
    of_axum(AttributeKind::NeverCache, arguments, item)
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn cache_control(arguments: TokenStream, item: TokenStream) -> TokenStream {
    of_axum(AttributeKind::CacheControl, arguments, item)
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn conditional(arguments: TokenStream, item: TokenStream) -> TokenStream {
    of_axum(AttributeKind::Conditional, arguments, item)
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn invalidates(arguments: TokenStream, item: TokenStream) -> TokenStream {
    of_axum(AttributeKind::Invalidates, arguments, item)
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn cache_put(arguments: TokenStream, item: TokenStream) -> TokenStream {
    of_axum(AttributeKind::CachePut, arguments, item)
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn actix_cache_page(arguments: TokenStream, item: TokenStream) -> TokenStream {
    of_actix(AttributeKind::CachePage, arguments, item)
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn actix_vary_on(arguments: TokenStream, item: TokenStream) -> TokenStream {
    of_actix(AttributeKind::VaryOn, arguments, item)
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn actix_never_cache(arguments: TokenStream, item: TokenStream) -> TokenStream {
    of_actix(AttributeKind::NeverCache, arguments, item)
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn actix_cache_control(arguments: TokenStream, item: TokenStream) -> TokenStream {
    of_actix(AttributeKind::CacheControl, arguments, item)
}

#[allow(missing_docs, reason = "documented on the re-export")]
#[proc_macro_attribute]
pub fn actix_conditional(arguments: TokenStream, item: TokenStream) -> TokenStream {
    of_actix(AttributeKind::Conditional, arguments, item)
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

/// An attribute of functions, or of the handlers of axum.
fn of_axum(kind: AttributeKind, arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::apply(kind, WebFramework::Axum, &arguments.into(), item.into()).into()
}

/// An attribute of the handlers of actix-web.
fn of_actix(kind: AttributeKind, arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::apply(kind, WebFramework::Actix, &arguments.into(), item.into()).into()
}
