//! The handle of a page: `uncached`, `clear`, `invalidate_path`, `stats`, and the hidden functions that the handler calls.

use super::complete;
use super::guards;
use super::model::PageModel;
use crate::attr::Verify;
use crate::attr::vary_on::Cookies;
use crate::check::{CachedPage, CheckedKey, FunctionPlace, Vary};
use crate::expand::attributes::resolved;
use crate::expand::items::{self, Items, public};
use crate::expand::key::rendered;
use crate::expand::site::{self, SiteKind};
use crate::expand::tags;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::Path;

pub(super) fn items(page: &PageModel<'_>) -> Items {
    let host = &page.host;
    let body = guards::body(page);
    let body = match page.page.place {
        FunctionPlace::Free => items::uncached_around(host, &page.attributes, &body),
        FunctionPlace::Inherent | FunctionPlace::Trait => {
            items::uncached_with(host, &page.attributes, &body)
        }
    };
    let invalidate_path = page.page.key.is_none().then(|| invalidate_path(page));
    let users = [clear(page), stats(page)]
        .into_iter()
        .chain(invalidate_path);
    let times = page.keep.questions();
    let times = times.iter().map(|(_, question)| question);
    let questions = times.chain(&page.condition).chain(&page.browser);
    let questions = questions.map(|question| question.definition(host));
    let hidden = [rules_of_page(page), instance(page)]
        .into_iter()
        .chain(key(page))
        .chain(complete::items(page))
        .chain(tags::definition(host, &page.page.tags))
        .chain(questions);
    Items {
        body,
        users: users.collect(),
        hidden: hidden.collect(),
    }
}

fn clear(page: &PageModel<'_>) -> TokenStream {
    let (runtime, private, rules) = names(page);
    let name = ("clear", "Forgets all answers of this page.");
    let body = quote!(#private::clear_async(Self::#rules().site()).await);
    public(
        &page.host,
        name,
        Some(&quote!(async)),
        &quote!(() -> #runtime::Invalidated),
        &body,
    )
}

fn invalidate_path(page: &PageModel<'_>) -> TokenStream {
    let (runtime, private, rules) = names(page);
    let name = (
        "invalidate_path",
        "Forgets the answers for this path, in all its spellings: with `?`, for that query; without, for every query. Every host and variant of it.",
    );
    let head = quote!((__path: &str) -> #runtime::Invalidated);
    let body = quote!(#private::page::invalidate_path(Self::#rules(), __path).await);
    public(&page.host, name, Some(&quote!(async)), &head, &body)
}

fn stats(page: &PageModel<'_>) -> TokenStream {
    let (runtime, private, rules) = names(page);
    let name = (
        "stats",
        "Hits, misses, loads and the rest of this page so far.",
    );
    let body = quote!(#private::stats(Self::#rules().site()));
    public(
        &page.host,
        name,
        None,
        &quote!(() -> #runtime::Stats),
        &body,
    )
}

/// The static part: the site, and the rules of the page.
fn rules_of_page(page: &PageModel<'_>) -> TokenStream {
    let (_, private, name) = names(page);
    let checked = page.page;
    let (kind, block) = (SiteKind::Page(&checked.vary), checked.subject.block);
    let statements = site::statements(&page.host, kind, &checked.arguments, block);
    let options = options(checked, &private);
    let resolved = resolved(checked.subject.unresolved);
    quote! {
        fn #name() -> &'static #private::page::Page {
            #resolved
            #statements
            static PAGE: #private::page::Page = #private::page::Page::new(&SITE, #options);
            &PAGE
        }
    }
}

/// What the page says of itself.
fn options(page: &CachedPage<'_>, private: &TokenStream) -> TokenStream {
    let Vary {
        headers, cookies, ..
    } = &page.vary;
    let choices = choices(&page.vary, private);
    let headers = (!headers.is_empty()).then(|| quote!(vary_headers: &[#(#headers),*],));
    let cookies = cookies.as_ref().map(|cookies| match cookies {
        Cookies::All => quote!(vary_cookie_header: true,),
        Cookies::Named(names) => quote!(vary_cookies: &[#(#names),*],),
    });
    let query = page.arguments.query.as_ref().map(|query| {
        let names = &query.value;
        quote!(query: ::core::option::Option::Some(&[#(#names),*]),)
    });
    let guarded = page
        .arguments
        .guard
        .as_ref()
        .map(|_| quote!(guarded: true,));
    let can_be_invalidated = page.key.is_some() || page.tags.count() > 0;
    let revalidate = can_be_invalidated.then(|| quote!(revalidate: true,));
    let warm = page.arguments.warm.as_ref().map(|warm| {
        let most = warm.value as usize;
        quote!(warm: #most,)
    });
    let verify = page.arguments.verify.as_ref().map(|verify| {
        let verified = quote!(#private::page::PageVerify);
        match &verify.value {
            Verify::Never => quote!(verify: #verified::Never,),
            Verify::Part(part) => quote!(verify: #verified::Part(#part),),
        }
    });
    let options = quote!(#private::page::PageOptions);
    quote!(#options { #headers #choices #cookies #query #guarded #revalidate #warm #verify ..#options::PLAIN })
}

/// What is chosen by headers.
fn choices(vary: &Vary, private: &TokenStream) -> Option<TokenStream> {
    let choice = quote!(#private::page::HeaderChoice);
    let Vary {
        languages,
        encodings,
        device,
        ..
    } = vary;
    let languages = (!languages.is_empty()).then(|| quote!(#choice::Language(&[#(#languages),*])));
    let encodings = (!encodings.is_empty()).then(|| quote!(#choice::Encoding(&[#(#encodings),*])));
    let device = device.then(|| quote!(#choice::Device));
    let all = [languages, encodings, device];
    let all: Vec<_> = all.into_iter().flatten().collect();
    (!all.is_empty()).then(|| quote!(choices: &[#(#all),*],))
}

fn instance(page: &PageModel<'_>) -> TokenStream {
    let (_, _, rules) = names(page);
    items::instance(
        &page.host,
        &page.generics,
        &TokenStream::new(),
        &quote!(Self::#rules().site()),
    )
}

fn key(page: &PageModel<'_>) -> Option<TokenStream> {
    match &page.page.key {
        Some(key @ CheckedKey::Template(text)) => {
            let runtime = page.host.runtime;
            let rendered = rendered(runtime, &text.parts, text.literal.span());
            let keyed = page.keyed(key);
            Some(items::key(
                &page.host,
                &page.generics,
                &keyed,
                &quote!(#runtime::Key),
                &rendered,
            ))
        }
        _ => None,
    }
}

/// The path of `cache_core`, of its private module, and the name of the function that returns the page.
fn names<'p>(page: &'p PageModel<'_>) -> (&'p Path, TokenStream, Ident) {
    (
        page.host.runtime,
        page.host.private(),
        page.host.names.hidden("page"),
    )
}
