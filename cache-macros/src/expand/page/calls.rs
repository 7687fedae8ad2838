//! The calls of the look-up, the load and the body that the handler makes.

use super::lists::{argument, request};
use super::model::PageModel;
use crate::attr::TimeArgument;
use crate::check::ArgumentRole;
use crate::expand::borrowed::Borrowed;
use crate::expand::generics::turbofish;
use crate::expand::staleness::StaleRules;
use crate::expand::{conditional, tags, time, told};
use crate::signature::Argument;
use crate::template::placed_at;
use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;

impl PageModel<'_> {
    /// Whether the types of the key's arguments say that the page is for one visitor.
    pub(super) fn personal(&self) -> TokenStream {
        let private = self.host.private();
        let keyed = self
            .with_roles()
            .filter(|(_, role)| *role == ArgumentRole::Keyed)
            .map(|(argument, _)| argument.ty);
        quote!(false #(|| #private::page::personal!(#keyed))*)
    }

    /// The look-up, from the arguments that are extracted before it.
    pub(super) fn lookup(&self) -> TokenStream {
        let private = self.host.private();
        let lookup = match &self.page.key {
            None => quote!(#private::page::PageLookup::by_url()),
            Some(key) => {
                let (owner, name) = (self.host.names.owner(), self.host.names.hidden("key"));
                let turbofish = turbofish(&self.generics);
                let arguments = self.keyed(key).reached_by(|given| argument(given.index));
                quote!(#private::page::PageLookup::by_key(#owner::#name #turbofish(#arguments)))
            }
        };
        let condition = self.condition.as_ref().map(|condition| {
            let arguments = condition
                .borrowed(&self.host)
                .reached_by(|given| argument(given.index));
            let asked = condition.call(&self.host, &arguments);
            quote!(.when(#asked))
        });
        let staleness = StaleRules::new(&self.page.arguments.stale).map(|rules| {
            let rules = rules.value(&self.host, |question| question.in_place(&self.host));
            quote!(.staleness(|| #rules))
        });
        quote!(#lookup #condition #staleness)
    }

    /// Runs the body, and decides how long the answer is kept.
    pub(super) fn load(&self) -> TokenStream {
        let framework = self.framework();
        let (tags, times) = (self.late_tags(), self.times());
        let (owner, uncached) = (self.host.names.owner(), self.host.names.public("uncached"));
        let function = self.host.function;
        let turbofish = turbofish(function.generics());
        let given = self.page.inputs.arguments.iter();
        let arguments = given.map(|given| argument(given.index));
        // The error about an answer that cannot be sent is on the type.
        let output = function.output();
        let place = output.map_or_else(|| function.name().span(), Spanned::span);
        let answer = placed_at(quote!(#framework::Returned::of(&__value).answer), place);
        let value = placed_at(quote!(__value), place);
        let answers_to_a_request = self.page.framework.answers_to_a_request();
        let answered = answers_to_a_request.then(|| quote!(&__answered,));
        let keep = self.keep.of_value(&self.host);
        let more = self.more_of_answer();
        let beside = self.beside();
        quote! {
            #tags
            #times
            #beside
            #[allow(unused_imports)]
            use #framework::ReturnedPlain as _;
            let __value = #owner::#uncached #turbofish(#(#arguments),*).await;
            #answer(#value, #answered move |__kept| #keep) #more
        }
    }

    /// Whether the tags follow from what is extracted before the look-up: then the load begins with them.
    fn tags_are_early(&self) -> bool {
        let tags = &self.page.tags.names;
        self.with_roles()
            .filter(|(argument, _)| argument.names.iter().any(|name| tags.contains(name)))
            .all(|(_, role)| role.is_before_lookup())
    }

    /// The tags that a load begins with, from the arguments that are extracted before.
    pub(super) fn early_tags(&self) -> TokenStream {
        let borrowed = tags::borrowed(&self.host, &self.page.tags);
        let arguments = borrowed.reached_by(|given| argument(given.index));
        let tags = tags::call(&self.host, &self.page.tags, &arguments);
        tags.filter(|_| self.tags_are_early())
            .unwrap_or_else(|| quote!([]))
    }

    /// Statements that send the tags which follow from the arguments of a load.
    fn late_tags(&self) -> Option<TokenStream> {
        if self.tags_are_early() {
            return None;
        }
        let private = self.host.private();
        let arguments = borrowed_by_load(&tags::borrowed(&self.host, &self.page.tags));
        let tags = tags::call(&self.host, &self.page.tags, &arguments)?;
        let (owner, page) = (self.host.names.owner(), self.host.names.hidden("page"));
        Some(quote! {
            let __tags = #tags;
            #private::page::tags(#owner::#page(), __tags).await;
        })
    }

    /// Statements that compute the times which follow from the arguments.
    fn times(&self) -> TokenStream {
        let times = self.keep.questions();
        let times = times
            .iter()
            .map(|(name, question)| (name.clone(), question));
        let browser = self.browser.iter();
        let all = times.chain(browser.map(|question| (quote!(__browser), question)));
        let all = all.map(|(name, question)| {
            let arguments = borrowed_by_load(&question.borrowed(&self.host));
            let asked = question.call(&self.host, &arguments);
            quote!(let #name = #asked;)
        });
        all.collect()
    }

    /// The settings of the attribute for errors and browsers.
    fn more_of_answer(&self) -> TokenStream {
        let of_errors = self.keep.of_errors();
        let keep_errors = of_errors.map(|life| quote!(.keep_errors(#life)));
        let browser = self.page.arguments.browser.as_ref().map(|browser| {
            let life = match &browser.value {
                TimeArgument::Fixed(fixed) => time::fixed(*fixed),
                TimeArgument::Computed { .. } => quote!(__browser),
            };
            quote!(.browser(#life))
        });
        let page = self.page;
        let told = page.told.as_ref().map(|_| quote!(.tell(__told)));
        let validators = page.conditional.as_ref();
        let validators = validators.map(|_| quote!(.validated(&__validators)));
        quote!(#keep_errors #browser #told #validators)
    }

    /// Statements with what other attributes say of the answer, before the body takes the arguments.
    fn beside(&self) -> TokenStream {
        let (page, host, framework) = (self.page, &self.host, self.framework());
        let by_index = |given: &Argument<'_>| argument(given.index);
        let told = page.told.as_ref().map(|said| {
            let told = told::computed(host, said, by_index);
            quote!(let __told = #told;)
        });
        let validators = page.conditional.as_ref().map(|said| {
            let known = conditional::known(host, said, &page.vary, by_index);
            let request = request();
            quote! {
                let __validators = match #framework::page_validators(&#request, &#known) {
                    ::core::result::Result::Ok(__validators) => __validators,
                    ::core::result::Result::Err(__answer) => return __answer,
                };
            }
        });
        quote!(#told #validators)
    }
}

/// The arguments of a call, as references to those that the load has.
fn borrowed_by_load(borrowed: &Borrowed<'_>) -> TokenStream {
    borrowed.reached_by(|given| {
        let argument = argument(given.index);
        quote!(&#argument)
    })
}
