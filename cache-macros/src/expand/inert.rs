//! The handle after a mistake: its names exist, and no use of them is a further error.
//!
//! Their types contain the error itself: the compiler cannot resolve them, and so reports nothing about their uses. It reports an
//! error at a place only once, however often the tokens contain it.

use super::attributes::{Attributes, quiet};
use super::borrowed::outer_signature;
use super::function::FUNCTIONS;
use super::generics::split;
use super::items;
use super::names::HandleNames;
use crate::attr::{Arguments, AttributeKind, Handle};
use crate::check::{FunctionPlace, Inputs, Subject, place_of};
use crate::merge::refuse_expanded;
use crate::scope::free_names;
use crate::template::TextTemplate;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// The items in place of the handle.
pub(crate) fn inert(
    kind: AttributeKind,
    arguments: &Arguments,
    subject: Subject<'_>,
    mistake: &TokenStream,
) -> TokenStream {
    let place = place_of(kind, arguments, subject);
    let names = HandleNames::new(subject.function, place, arguments.handle.as_ref());
    let has_none = matches!(
        arguments.handle.as_ref().map(|handle| &handle.value),
        Some(Handle::None)
    );
    // A declaration is in a trait, and expanded code has its handle already.
    let has_none = has_none
        || subject.function.body.is_none()
        || refuse_expanded(kind, &subject.function.attributes).is_err();
    if place == FunctionPlace::Trait || has_none {
        return TokenStream::new();
    }
    let unknown = quote!(<[(); #mistake] as ::core::iter::IntoIterator>::Item);
    let (visibility, quiet) = (&subject.function.visibility, quiet());
    let everywhere = Attributes::of(&subject.function.attributes).everywhere;
    let is_method = subject.function.receiver().is_some();
    let items = functions(kind).iter().map(|what| {
        let name = names.public(what);
        let method = parameters(what, arguments, subject).filter(|_| is_method);
        let item = method.map_or_else(
            || quote!(const #name: #unknown = loop {};),
            |(generics, parameters, clause)| {
                quote!(fn #name #generics(#parameters) -> #unknown #clause { loop {} })
            },
        );
        quote!(#(#everywhere)* #[doc(hidden)] #quiet #visibility #item)
    });
    if place != FunctionPlace::Free {
        return quote!(#(#items)*);
    }
    let (definition, owner) = (
        items::definition(&names, Some(visibility), &everywhere, None),
        names.owner(),
    );
    quote! {
        #definition

        #(#everywhere)*
        #quiet
        impl #owner { #(#items)* }
    }
}

fn functions(kind: AttributeKind) -> &'static [&'static str] {
    match kind {
        AttributeKind::CachePage => &["uncached", "clear", "invalidate_path", "stats"],
        _ => &FUNCTIONS,
    }
}

/// Generics, parameters and bounds that a function of a method's handle would have had; nothing if it takes no arguments.
fn parameters(
    what: &str,
    arguments: &Arguments,
    subject: Subject<'_>,
) -> Option<(TokenStream, TokenStream, TokenStream)> {
    let by_hand = match what {
        "uncached" | "refresh" => {
            let signature = outer_signature(subject.function);
            let (inputs, (generics, clause)) = (&signature.inputs, split(&signature.generics));
            return Some((generics, quote!(#inputs), clause));
        }
        "peek" | "invalidate" => 0,
        "set" => 1,
        _ => return None,
    };
    let inputs = Inputs::of(subject.function);
    let keyed = keyed(arguments, &inputs);
    let uses_self = keyed.iter().any(|name| name == "self");
    let receiver = uses_self.then(|| quote!(&self,));
    let count = inputs.that_bind(&keyed).count() + by_hand;
    let types: Vec<_> = (0..count).map(|at| format_ident!("__Given{at}")).collect();
    Some((
        quote!(<#(#types),*>),
        quote!(#receiver #(_: #types),*),
        TokenStream::new(),
    ))
}

/// The names that the key uses, as far as it can be read.
fn keyed(arguments: &Arguments, inputs: &Inputs<'_>) -> Vec<Ident> {
    let Some(key) = &arguments.key else {
        let names = inputs.names();
        let keyed = names.filter(|name| !arguments.skipped().contains(name));
        return keyed.cloned().collect();
    };
    let namespace = arguments
        .namespace
        .as_ref()
        .map(|namespace| &namespace.value);
    let holes = namespace
        .into_iter()
        .chain([&key.value])
        .flat_map(TextTemplate::holes);
    holes
        .flat_map(|hole| free_names(&hole.expression))
        .collect()
}
