//! The model of a cached page, for the files beside this one.

use crate::attr::TimeArgument;
use crate::check::{ArgumentRole, CachedPage, CheckedKey};
use crate::expand::attributes::Attributes;
use crate::expand::borrowed::Borrowed;
use crate::expand::generics::without;
use crate::expand::host::HostFunction;
use crate::expand::keep::KeepRules;
use crate::expand::names::HandleNames;
use crate::expand::paths;
use crate::expand::question::{Question, QuestionKind};
use crate::expand::summary;
use crate::signature::Argument;
use proc_macro2::TokenStream;
use syn::Generics;

/// All that is needed to generate one cached page.
pub(super) struct PageModel<'a> {
    pub(super) page: &'a CachedPage<'a>,
    pub(super) host: HostFunction<'a>,
    pub(super) attributes: Attributes,
    pub(super) keep: KeepRules<'a>,
    pub(super) condition: Option<Question<'a>>,
    pub(super) browser: Option<Question<'a>>,
    /// The generics that tell instances of the page apart.
    pub(super) generics: Generics,
}

impl<'a> PageModel<'a> {
    pub(super) fn new(page: &'a CachedPage<'a>) -> Self {
        let (function, arguments) = (page.subject.function, &page.arguments);
        let names = HandleNames::new(function, page.place, arguments.handle.as_ref());
        let mut functions = vec!["uncached", "clear", "stats"];
        if page.key.is_none() {
            functions.insert(2, "invalidate_path");
        }
        let attributes = Attributes::of_handler(&function.attributes, page.framework).documented(
            summary::page(page),
            &names,
            &functions,
        );
        let condition = arguments.condition.as_ref();
        let browser = arguments.browser.as_ref();
        let browser = browser.and_then(|browser| match &browser.value {
            TimeArgument::Computed { expression, .. } => {
                Some(Question::new(QuestionKind::Browser, expression))
            }
            TimeArgument::Fixed(_) => None,
        });
        Self {
            page,
            host: HostFunction {
                runtime: &page.runtime,
                function,
                inputs: &page.inputs,
                names,
            },
            attributes,
            keep: KeepRules::new(arguments),
            condition: condition
                .map(|condition| Question::new(QuestionKind::Condition, &condition.value)),
            browser,
            generics: without(
                function.generics(),
                arguments.skipped(),
                &TokenStream::new(),
            ),
        }
    }

    /// The module for pages of the web framework.
    pub(super) fn framework(&self) -> TokenStream {
        paths::framework(self.host.runtime, self.page.framework)
    }

    /// The arguments with their roles.
    pub(super) fn with_roles(
        &self,
    ) -> impl DoubleEndedIterator<Item = (&Argument<'a>, ArgumentRole)> {
        self.page
            .inputs
            .arguments
            .iter()
            .zip(self.page.roles.iter().copied())
    }

    /// The arguments of the key.
    pub(super) fn keyed<'k>(&'k self, key: &'k CheckedKey) -> Borrowed<'k> {
        Borrowed::new(&self.page.inputs, key.names())
    }
}
