//! The rule that decides how long an outcome is kept.

use super::host::HostFunction;
use super::question::{Question, QuestionKind};
use super::time;
use crate::attr::{Arguments, TimeArgument, TtlRule};
use crate::template::placed_at;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// The arguments that decide it.
pub(super) struct KeepRules<'a> {
    arguments: &'a Arguments,
}

impl<'a> KeepRules<'a> {
    pub(super) fn new(arguments: &'a Arguments) -> Self {
        Self { arguments }
    }

    /// The times that are computed from the function's arguments, before these move into the load.
    pub(super) fn questions(&self) -> Vec<(TokenStream, Question<'a>)> {
        let ttl = self
            .arguments
            .ttl
            .as_ref()
            .and_then(|ttl| match &ttl.value.rule {
                TtlRule::Time(TimeArgument::Computed { expression, .. }) => {
                    Some((quote!(__ttl), Question::new(QuestionKind::Ttl, expression)))
                }
                _ => None,
            });
        let of_errors = self
            .arguments
            .cache_err
            .as_ref()
            .and_then(|time| match &time.value {
                TimeArgument::Computed { expression, .. } => Some((
                    quote!(__cache_err),
                    Question::new(QuestionKind::TtlOfErrors, expression),
                )),
                TimeArgument::Fixed(_) => None,
            });
        ttl.into_iter().chain(of_errors).collect()
    }

    /// How long errors are kept, if they are.
    pub(super) fn of_errors(&self) -> Option<TokenStream> {
        self.arguments
            .cache_err
            .as_ref()
            .map(|time| match &time.value {
                TimeArgument::Fixed(fixed) => time::fixed(*fixed),
                TimeArgument::Computed { .. } => quote!(__cache_err),
            })
    }

    /// The closure over the returned value. It finds the value or the error in there itself: that of the outcome is hidden
    /// behind its promise.
    pub(super) fn closure(&self, host: &HostFunction<'_>) -> TokenStream {
        let private = host.private();
        let of_value = self.with_tags(host, self.of_value(host));
        if !self.looks_at_outcome() {
            return quote!(move |_, _| #of_value);
        }
        let of_error = self.of_errors().map_or_else(
            || quote!(#private::Keep::Pass),
            |life| quote!(#private::Keep::For(#life)),
        );
        let of_error = quote!(#private::KeepWithTags::from(#of_error));
        let old = if self.looks_back() {
            quote!(__old)
        } else {
            quote!(_)
        };
        quote! {
            move |__ret, #old| match #private::kept!(__ret) {
                ::core::option::Option::Some(__kept) => #of_value,
                ::core::option::Option::None => #of_error,
            }
        }
    }

    /// The rule over the returned value.
    pub(super) fn rule(&self, host: &HostFunction<'_>) -> TokenStream {
        let private = host.private();
        if self.looks_at_outcome() {
            let closure = self.closure(host);
            return quote!(#private::KeepRule::Asks(&mut #closure));
        }
        let keep = self.of_value(host);
        quote!(#private::KeepRule::Always(#keep))
    }

    /// `.looking_back()`, if so.
    pub(super) fn looking_back(&self) -> Option<TokenStream> {
        self.looks_back().then(|| quote!(.looking_back()))
    }

    /// Whether the decision depends on what is replaced.
    pub(super) fn looks_back(&self) -> bool {
        let ttl = self.arguments.ttl.as_ref();
        ttl.is_some_and(|ttl| ttl.value.old().is_some())
    }

    /// Whether the decision depends on what was returned.
    fn looks_at_outcome(&self) -> bool {
        let ttl = self.arguments.ttl.as_ref();
        self.arguments.unless.is_some()
            || self.arguments.cache_err.is_some()
            || self.arguments.tags_of_value.is_some()
            || ttl.is_some_and(|ttl| matches!(ttl.value.rule, TtlRule::OfOutcome(_)))
    }

    /// The decision about a value that is not an error.
    pub(super) fn of_value(&self, host: &HostFunction<'_>) -> TokenStream {
        let private = host.private();
        let life = match self.arguments.ttl.as_ref().map(|ttl| &ttl.value.rule) {
            None => quote!(#private::Keep::Default),
            Some(TtlRule::Time(TimeArgument::Fixed(fixed))) => {
                let fixed = time::fixed(*fixed);
                quote!(#private::Keep::For(#fixed))
            }
            Some(TtlRule::Time(TimeArgument::Computed { .. })) => {
                quote!(#private::Keep::For(__ttl))
            }
            Some(TtlRule::OfOutcome(closure)) => {
                let units = host.units();
                let (kept, place) = (quote!(__kept), closure.span());
                let life = if self.looks_back() {
                    let ask = placed_at(quote!(#private::of_kept_and_old), place);
                    quote_spanned!(place=> #ask(#kept, __old, #closure))
                } else {
                    let ask = placed_at(quote!(#private::of_kept), place);
                    quote_spanned!(place=> #ask(#kept, #closure))
                };
                let life = time::computed(host, &life);
                quote!({
                    #units
                    let __life = #life;
                    #private::Keep::For(__life)
                })
            }
        };
        let decision = match &self.arguments.tags_of_value {
            None => life,
            Some(tags) => {
                let (closure, place) = (&tags.value, tags.value.span());
                let ask = placed_at(quote!(#private::of_kept_by_reference), place);
                let kept = quote!(__kept);
                let tags = quote_spanned!(place=> #ask(#kept, #closure));
                let decision = self.decision(host, &life);
                quote!(#decision.tags(#tags))
            }
        };
        match &self.arguments.unless {
            None => decision,
            Some(unless) => {
                let unless = &unless.value;
                let pass = self.decision(host, &quote!(#private::Keep::Pass));
                quote!(if #private::of_kept(__kept, #unless) { #pass } else { #decision })
            }
        }
    }

    /// The decision about a value, with its tags.
    fn with_tags(&self, host: &HostFunction<'_>, of_value: TokenStream) -> TokenStream {
        if self.arguments.tags_of_value.is_some() {
            return of_value;
        }
        let private = host.private();
        quote!(#private::KeepWithTags::from(#of_value))
    }

    /// The decision, with room for tags if they follow from the value.
    fn decision(&self, host: &HostFunction<'_>, keep: &TokenStream) -> TokenStream {
        let private = host.private();
        if self.arguments.tags_of_value.is_some() {
            quote!(#private::KeepWithTags::from(#keep))
        } else {
            keep.clone()
        }
    }
}
