//! The handle of a page: `uncached`, `clear`, `invalidate_path`, `stats`, and the hidden functions on which the handler
//! leans.

use super::attributes::{quiet, resolved};
use super::handle::{self, public};
use super::key::rendered;
use super::page::Expansion;
use super::page_guards;
use super::page_known;
use super::site::{self, SiteKind};
use super::tags;
use crate::attr::vary_on::Cookies;
use crate::check::{Key, Place, Vary};
use proc_macro2::TokenStream;
use quote::quote;

/// All items of the handle.
pub(super) fn items(expansion: &Expansion<'_>) -> TokenStream {
    let host = &expansion.host;
    let body = page_guards::body(expansion);
    let uncached = match expansion.page.place {
        Place::Free => handle::uncached_around(host, &expansion.attributes, &body),
        Place::Inherent | Place::Trait => handle::uncached_with(host, &expansion.attributes, &body),
    };
    let users = [uncached, clear(expansion), stats(expansion)];
    let invalidate_path = expansion
        .page
        .key
        .is_none()
        .then(|| invalidate_path(expansion));
    let times = expansion.keep.questions();
    let times = times.iter().map(|(_, question)| question);
    let questions = times.chain(&expansion.condition).chain(&expansion.browser);
    let questions = questions.map(|question| question.definition(host));
    let hidden = [page(expansion), instance(expansion)]
        .into_iter()
        .chain(key(expansion))
        .chain(page_known::items(expansion))
        .chain(tags::definition(host, &expansion.page.tags))
        .chain(questions);
    let everywhere = &expansion.attributes.everywhere;
    users
        .into_iter()
        .chain(invalidate_path)
        .chain(hidden)
        .map(|item| quote!(#(#everywhere)* #item))
        .collect()
}

fn clear(expansion: &Expansion<'_>) -> TokenStream {
    let (runtime, private, page) = expansion.at_page();
    let name = ("clear", "Forgets all answers of this page.");
    let body = quote!(#private::clear_async(Self::#page().site()).await);
    public(
        &expansion.host,
        name,
        Some(&quote!(async)),
        &quote!(() -> #runtime::Invalidated),
        &body,
    )
}

fn invalidate_path(expansion: &Expansion<'_>) -> TokenStream {
    let (runtime, private, page) = expansion.at_page();
    let name = (
        "invalidate_path",
        "Forgets the answers for this path, in all its spellings: with `?`, for that query; without, for every query. Every host and variant of it.",
    );
    let head = quote!((__path: &str) -> #runtime::Invalidated);
    let body = quote!(#private::page::invalidate_path(Self::#page(), __path).await);
    public(&expansion.host, name, Some(&quote!(async)), &head, &body)
}

fn stats(expansion: &Expansion<'_>) -> TokenStream {
    let (runtime, private, page) = expansion.at_page();
    let name = (
        "stats",
        "Hits, misses, loads and the rest of this page so far.",
    );
    let body = quote!(#private::stats(Self::#page().site()));
    public(
        &expansion.host,
        name,
        None,
        &quote!(() -> #runtime::Stats),
        &body,
    )
}

/// The static part: the site, and the rules of the page.
fn page(expansion: &Expansion<'_>) -> TokenStream {
    let (_, private, name) = expansion.at_page();
    let (quiet, page) = (quiet(), expansion.page);
    let statements = site::statements(
        &expansion.host,
        SiteKind::Page(&page.vary),
        &page.arguments,
        page.subject.block,
    );
    let (rules, resolved) = (rules(expansion), resolved(page.subject.unresolved));
    quote! {
        #[doc(hidden)]
        #quiet
        fn #name() -> &'static #private::page::Page {
            #resolved
            #statements
            static PAGE: #private::page::Page = #private::page::Page::new(&SITE) #rules;
            &PAGE
        }
    }
}

fn rules(expansion: &Expansion<'_>) -> TokenStream {
    let page = expansion.page;
    let Vary { headers, cookies } = &page.vary;
    let headers = (!headers.is_empty()).then(|| quote!(.vary_headers(&[#(#headers),*])));
    let cookies = cookies.as_ref().map(|cookies| match cookies {
        Cookies::All => quote!(.vary_cookie_header()),
        Cookies::Named(names) => quote!(.vary_cookies(&[#(#names),*])),
    });
    let query = page.arguments.query.as_ref().map(|query| {
        let names = &query.value;
        quote!(.query(&[#(#names),*]))
    });
    let guarded = page.arguments.guard.as_ref().map(|_| quote!(.guarded()));
    let can_be_invalidated = page.key.is_some() || page.tags.count() > 0;
    let revalidate = can_be_invalidated.then(|| quote!(.revalidate()));
    quote!(#headers #cookies #query #guarded #revalidate)
}

fn instance(expansion: &Expansion<'_>) -> TokenStream {
    let (_, _, page) = expansion.at_page();
    handle::instance(
        &expansion.host,
        &expansion.generics,
        &TokenStream::new(),
        &quote!(Self::#page().site()),
    )
}

fn key(expansion: &Expansion<'_>) -> Option<TokenStream> {
    match &expansion.page.key {
        Some(key @ Key::Template(text)) => {
            let runtime = expansion.host.runtime;
            let rendered = rendered(runtime, &text.parts, text.literal.span());
            let keyed = expansion.keyed(key);
            Some(handle::key(
                &expansion.host,
                &expansion.generics,
                &keyed,
                &quote!(#runtime::Key),
                &rendered,
            ))
        }
        _ => None,
    }
}
