//! What an attribute says about stale values and slow loads, as an expression.

use super::host::HostFunction;
use super::question::{Question, QuestionKind};
use super::time;
use crate::attr::{Arg, Fraction, StaleArguments, TimeArgument};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// The rules of one function or page.
pub(super) struct StaleRules<'a> {
    arguments: &'a StaleArguments,
}

impl<'a> StaleRules<'a> {
    /// Those that the attribute says, if it says any.
    pub(super) fn new(arguments: &'a StaleArguments) -> Option<Self> {
        (!arguments.is_empty()).then_some(Self { arguments })
    }

    /// The times that are computed from the arguments.
    pub(super) fn questions(&self) -> Vec<Question<'a>> {
        let times = self.times().into_iter();
        times
            .filter_map(|(kind, time)| question(kind, time?))
            .collect()
    }

    /// The rules as a value, where `ask` gives the answer to a question.
    pub(super) fn value(
        &self,
        host: &HostFunction<'_>,
        ask: impl Fn(&Question<'_>) -> TokenStream,
    ) -> TokenStream {
        let private = host.private();
        let fraction = |name: &str, part: &Option<Arg<Fraction>>| {
            let name = quote::format_ident!("{name}");
            part.as_ref().map(|part| {
                let Fraction(value) = &part.value;
                quote_spanned!(value.span()=> #name: #value,)
            })
        };
        let ahead = fraction("refresh_ahead", &self.arguments.refresh_ahead);
        let jitter = fraction("jitter", &self.arguments.jitter);
        let adaptive = self
            .arguments
            .refresh
            .as_ref()
            .map(|_| quote!(adaptive: true,));
        let times = self.times().into_iter().filter_map(|(kind, time)| {
            let time = time?;
            let value = match (&time.value, question(kind, time)) {
                (TimeArgument::Fixed(fixed), _) => time::fixed(*fixed),
                (_, Some(question)) => ask(&question),
                (TimeArgument::Computed { .. }, None) => return None,
            };
            Some(match kind {
                QuestionKind::StaleWhileRevalidate => quote!(while_revalidate: #value,),
                QuestionKind::StaleIfError => quote!(if_error: #value,),
                QuestionKind::SoftTimeout => {
                    quote!(soft_timeout: ::core::option::Option::Some(#value),)
                }
                _ => quote!(hard_timeout: ::core::option::Option::Some(#value),),
            })
        });
        let lock = self.arguments.lock.as_ref().map(|_| quote!(lock: true,));
        quote! {
            #private::Staleness {
                #ahead
                #adaptive
                #(#times)*
                #jitter
                #lock
                ..#private::Staleness::NONE
            }
        }
    }

    /// Whether loads learn from what they change.
    pub(super) fn learns(&self) -> bool {
        self.arguments.refresh.is_some()
    }

    fn times(&self) -> [(QuestionKind, Option<&'a Arg<TimeArgument>>); 4] {
        let said = self.arguments;
        [
            (
                QuestionKind::StaleWhileRevalidate,
                said.while_revalidate.as_ref(),
            ),
            (QuestionKind::StaleIfError, said.if_error.as_ref()),
            (QuestionKind::SoftTimeout, said.soft_timeout.as_ref()),
            (QuestionKind::HardTimeout, said.hard_timeout.as_ref()),
        ]
    }
}

fn question(kind: QuestionKind, time: &Arg<TimeArgument>) -> Option<Question<'_>> {
    match &time.value {
        TimeArgument::Computed { expression, .. } => Some(Question::new(kind, expression)),
        TimeArgument::Fixed(_) => None,
    }
}
