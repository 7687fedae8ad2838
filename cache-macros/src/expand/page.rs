//! A cached page: a handler of one argument, from which the others are extracted when they are needed.

use super::attributes::Attributes;
use super::borrowed::Borrowed;
use super::generics::{turbofish, without};
use super::handle;
use super::host::Host;
use super::keep::Keep;
use super::names::Names;
use super::page_handle;
use super::page_lists::{self, Notation, argument};
use super::page_reads;
use super::question::{Asked, Question};
use super::tags;
use super::time;
use crate::attr::Time;
use crate::check::{Key, Page, Place, Role};
use crate::signature::Argument;
use crate::template::placed_at;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::spanned::Spanned;
use syn::{Generics, Path};

/// The pieces of the expansion of one page.
pub(super) struct Expansion<'a> {
    pub(super) page: &'a Page<'a>,
    pub(super) host: Host<'a>,
    pub(super) attributes: Attributes,
    pub(super) keep: Keep<'a>,
    pub(super) condition: Option<Question<'a>>,
    pub(super) browser: Option<Question<'a>>,
    /// The generics that tell instances of the page apart.
    pub(super) generics: Generics,
}

/// The expansion of a page.
pub(crate) fn page(page: &Page<'_>) -> TokenStream {
    let expansion = Expansion::new(page);
    let outer = expansion.outer();
    let items = page_handle::items(&expansion);
    match page.place {
        Place::Free => handle::as_type(&expansion.host, &expansion.attributes, &items, &outer),
        Place::Inherent | Place::Trait => quote!(#outer #items),
    }
}

impl<'a> Expansion<'a> {
    fn new(page: &'a Page<'a>) -> Self {
        let function = page.subject.function;
        let names = Names::new(function, page.place, page.arguments.handle.as_ref());
        let attributes = Attributes::of(&function.attributes)
            .documenting(&names, &["uncached", "clear", "stats"]);
        let condition = page.arguments.condition.as_ref();
        let browser = page
            .arguments
            .browser
            .as_ref()
            .and_then(|browser| match &browser.value {
                Time::Computed(expression) => Some(Question::new(Asked::Browser, expression)),
                Time::Fixed(_) => None,
            });
        Self {
            page,
            host: Host {
                runtime: &page.runtime,
                function,
                inputs: &page.inputs,
                names,
            },
            attributes,
            keep: Keep::new(&page.arguments),
            condition: condition.map(|condition| Question::new(Asked::Condition, &condition.value)),
            browser,
            generics: without(
                function.generics(),
                page.arguments.skipped(),
                &TokenStream::new(),
            ),
        }
    }

    /// The handler.
    fn outer(&self) -> TokenStream {
        let Attributes {
            everywhere, outer, ..
        } = &self.attributes;
        let function = self.host.function;
        let (visibility, name, private) =
            (&function.visibility, function.name(), self.host.private());
        let (generics, _, clause) = function.generics().split_for_impl();
        let (early, late) = (
            page_lists::early(self, Notation::Type),
            page_lists::late(self, Notation::Type),
        );
        let (owner, page, instance) = (
            self.host.names.owner(),
            self.host.names.hidden("page"),
            self.host.names.hidden("instance"),
        );
        let turbofish = turbofish(&self.generics);
        let (personal, lookup, load) = (self.personal(), self.lookup(), self.load());
        let reads = page_reads::when_built(self);
        let (early_pattern, late_pattern) = (
            page_lists::early(self, Notation::Pattern),
            page_lists::late(self, Notation::Pattern),
        );
        quote! {
            #(#everywhere)*
            #(#outer)*
            #visibility async fn #name #generics(
                __page: #private::axum::Deferred<#early, #late>,
            ) -> #private::axum::Response #clause {
                #reads
                #private::axum::serve(
                    #owner::#page(),
                    #owner::#instance #turbofish(),
                    #personal,
                    __page,
                    |#early_pattern| #lookup,
                    |#early_pattern, #late_pattern| async move { #load },
                )
                .await
            }
        }
    }

    /// Whether what the key holds is for one visitor, by the types of its arguments.
    fn personal(&self) -> TokenStream {
        let private = self.host.private();
        let keyed = self
            .with_roles()
            .filter(|(_, role)| *role == Role::Keyed)
            .map(|(argument, _)| argument.ty);
        quote!(false #(|| #private::axum::personal!(#keyed))*)
    }

    /// What is looked up, from the early arguments.
    fn lookup(&self) -> TokenStream {
        let private = self.host.private();
        let lookup = match &self.page.key {
            None => quote!(#private::axum::Lookup::by_url()),
            Some(key) => {
                let (owner, name) = (self.host.names.owner(), self.host.names.hidden("key"));
                let turbofish = turbofish(&self.generics);
                let arguments = self.keyed(key).reached_by(|given| argument(given.index));
                quote!(#private::axum::Lookup::by_key(#owner::#name #turbofish(#arguments)))
            }
        };
        let condition = self.condition.as_ref().map(|condition| {
            let arguments = condition
                .borrowed(&self.host)
                .reached_by(|given| argument(given.index));
            let asked = condition.call(&self.host, &arguments);
            quote!(.when(#asked))
        });
        quote!(#lookup #condition)
    }

    /// Runs the body, and says how long the answer is kept.
    fn load(&self) -> TokenStream {
        let private = self.host.private();
        let browser = self
            .browser
            .iter()
            .map(|question| (quote!(__browser), question));
        let times = self.keep.questions();
        let times = times
            .iter()
            .map(|(name, question)| (name.clone(), question))
            .chain(browser)
            .map(|(name, question)| {
                let arguments = question.borrowed(&self.host).reached_by(|given| {
                    let argument = argument(given.index);
                    quote!(&#argument)
                });
                let asked = question.call(&self.host, &arguments);
                quote!(let #name = #asked;)
            });
        let (owner, uncached) = (self.host.names.owner(), self.host.names.public("uncached"));
        let turbofish = turbofish(self.host.function.generics());
        let arguments = self
            .page
            .inputs
            .arguments
            .iter()
            .map(|given| argument(given.index));
        let keep = self.keep.says_something().then(|| {
            let keep = self.keep.of_value(&self.host);
            quote!(.keep(move |__kept| #keep))
        });
        let keep_errors = self
            .keep
            .of_errors()
            .map(|life| quote!(.keep_errors(#life)));
        let browser = self.page.arguments.browser.as_ref().map(|browser| {
            let life = match &browser.value {
                Time::Fixed(fixed) => time::fixed(*fixed),
                Time::Computed(_) => quote!(__browser),
            };
            quote!(.browser(#life))
        });
        let tags = tags::borrowed(&self.host, &self.page.tags).reached_by(|given| {
            let argument = argument(given.index);
            quote!(&#argument)
        });
        let tags = tags::call(&self.host, &self.page.tags, &tags).map(|tags| {
            let page = self.host.names.hidden("page");
            quote! {
                let __tags = #tags;
                #private::page::tags(#owner::#page(), __tags).await;
            }
        });
        // An answer that cannot be sent is an error on the type.
        let function = self.host.function;
        let answer = placed_at(
            quote!(#private::axum::Returned::of(&__value).answer(__value)),
            function
                .output()
                .map_or_else(|| function.name().span(), Spanned::span),
        );
        quote! {
            #tags
            #(#times)*
            #[allow(unused_imports)]
            use #private::axum::ReturnedPlain as _;
            let __value = #owner::#uncached #turbofish(#(#arguments),*).await;
            #answer #keep #keep_errors #browser
        }
    }

    /// The arguments with what becomes of them.
    pub(super) fn with_roles(&self) -> impl DoubleEndedIterator<Item = (&Argument<'a>, Role)> {
        self.page
            .inputs
            .arguments
            .iter()
            .zip(self.page.roles.iter().copied())
    }

    /// The arguments that the key needs.
    pub(super) fn keyed<'k>(&'k self, key: &'k Key) -> Borrowed<'k> {
        Borrowed::new(&self.page.inputs, key.names())
    }

    /// The path of the run time, of what is private in it, and the name of the function that gives the page.
    pub(super) fn at_page(&self) -> (&Path, TokenStream, Ident) {
        (
            self.host.runtime,
            self.host.private(),
            self.host.names.hidden("page"),
        )
    }
}
