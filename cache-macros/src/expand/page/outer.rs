//! The handler: a function with one argument, the request, from which the others are extracted when they are needed.

use super::lists::{self, Notation};
use super::model::PageModel;
use super::reads;
use crate::attr::Verify;
use crate::expand::attributes::Attributes;
use crate::expand::generics::{split, turbofish};
use proc_macro2::TokenStream;
use quote::quote;

pub(super) fn outer(page: &PageModel<'_>) -> TokenStream {
    let Attributes {
        everywhere, outer, ..
    } = &page.attributes;
    let host = &page.host;
    let (visibility, name) = (&host.function.visibility, host.function.name());
    let framework = page.framework();
    let (generics, clause) = split(host.function.generics());
    let (before, on_miss) = (
        lists::before_lookup(page, Notation::Type),
        lists::on_miss(page, Notation::Type),
    );
    let (before_pattern, on_miss_pattern) = (
        lists::before_lookup(page, Notation::Pattern),
        lists::on_miss(page, Notation::Pattern),
    );
    let (owner, rules, instance) = (
        host.names.owner(),
        host.names.hidden("page"),
        host.names.hidden("instance"),
    );
    let turbofish = turbofish(&page.generics);
    let (personal, lookup, load) = (page.personal(), page.lookup(), page.load());
    let tags = page.early_tags();
    let verify = page.page.arguments.verify.as_ref();
    let verifies = verify.is_some_and(|verify| matches!(verify.value, Verify::Part(_)));
    let serve = if page.page.arguments.warm.is_some() {
        quote!(serve_warm)
    } else if page.page.arguments.stale.first_behind().is_some() || verifies {
        quote!(serve_or_behind)
    } else {
        quote!(serve)
    };
    let reads = reads::when_built(page);
    quote! {
        #(#everywhere)*
        #(#outer)*
        #visibility async fn #name #generics(
            __page: #framework::Deferred<#before, #on_miss>,
        ) -> #framework::Response #clause {
            #reads
            #framework::#serve(
                #owner::#rules(),
                #owner::#instance #turbofish(),
                #personal,
                __page,
                |#before_pattern| #lookup,
                |#before_pattern| #tags,
                |#before_pattern, #on_miss_pattern| async move { #load },
            )
            .await
        }
    }
}
