//! The rules of tags and namespaces.

use super::Subject;
use super::inputs::Inputs;
use super::key::{self, FilledText};
use crate::attr::Arguments;
use crate::errors::Errors;
use syn::Ident;

/// Tags and a namespace that follow from the arguments.
#[derive(Default)]
pub(crate) struct Tags {
    pub(crate) texts: Vec<FilledText>,
    pub(crate) namespace: Option<FilledText>,
    /// The names of arguments that they use.
    pub(crate) names: Vec<Ident>,
    pub(crate) uses_self: bool,
}

impl Tags {
    /// The number of tags and namespaces.
    pub(crate) fn count(&self) -> usize {
        self.texts.len() + usize::from(self.namespace.is_some())
    }
}

pub(super) fn check(
    arguments: &Arguments,
    subject: Subject<'_>,
    inputs: &Inputs<'_>,
    errors: &mut Errors,
) -> Tags {
    let templates = arguments.tags.iter().flat_map(|tags| &tags.value.0);
    let texts: Vec<_> = templates
        .filter_map(|template| key::check_text(template, subject, inputs, errors))
        .collect();
    let namespace = arguments.namespace.as_ref();
    let namespace = namespace.and_then(|arg| key::check_text(&arg.value, subject, inputs, errors));
    let all = || texts.iter().chain(&namespace);
    let mut names: Vec<Ident> = Vec::new();
    for name in all().flat_map(|text| &text.names) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let uses_self = all().any(|text| text.uses_self);
    Tags {
        texts,
        namespace,
        names,
        uses_self,
    }
}
