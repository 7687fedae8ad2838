//! The rules of keys.

use super::Subject;
use super::account::Account;
use super::inputs::Inputs;
use crate::attr::{Arguments, AttributeKind};
use crate::errors::Errors;
use crate::scope::resolved;
use crate::template::{Hole, TemplatePart, TextTemplate};
use syn::{Expr, Ident, LitStr};

/// A checked key.
pub(crate) enum CheckedKey {
    /// The arguments, by the names that they bind.
    Arguments(Vec<Ident>),
    /// A template.
    Template(FilledText),
}

/// A template whose holes use the arguments.
pub(crate) struct FilledText {
    pub(crate) literal: LitStr,
    pub(crate) parts: Vec<KeyPart>,
    /// The names of arguments that it uses.
    pub(crate) names: Vec<Ident>,
    pub(crate) uses_self: bool,
}

/// A piece of a rendered key.
pub(crate) enum KeyPart {
    /// The namespace, which comes first.
    Namespace(FilledText),
    Text(String),
    /// An expression over references to the inputs.
    Value(Box<Expr>),
    /// A type parameter, which is rendered as its name.
    Type(Ident),
}

impl CheckedKey {
    /// The names of arguments that it uses.
    pub(crate) fn names(&self) -> &[Ident] {
        match self {
            Self::Arguments(names) | Self::Template(FilledText { names, .. }) => names,
        }
    }

    /// Whether it uses `self`.
    pub(crate) fn uses_self(&self) -> bool {
        matches!(self, Self::Template(text) if text.uses_self)
    }
}

/// The key of a function: every input is in it or in `skip`.
pub(super) fn check_function(
    kind: AttributeKind,
    arguments: &Arguments,
    subject: Subject<'_>,
    inputs: &Inputs<'_>,
    errors: &mut Errors,
) -> Option<CheckedKey> {
    let mut account = Account::new(arguments.skipped(), subject, inputs);
    if kind == AttributeKind::CachePut {
        account = account.without_hits();
    }
    account.check_names(arguments.skipped(), errors);
    let Some(key) = &arguments.key else {
        account.check_default(errors);
        let names = inputs.names().filter(|name| !account.is_skipped(name));
        return Some(CheckedKey::Arguments(names.cloned().collect()));
    };
    let namespace = arguments.namespace.as_ref().map(|arg| &arg.value);
    let templates: Vec<_> = namespace.into_iter().chain([&key.value]).collect();
    let used: Option<Vec<_>> = templates
        .iter()
        .map(|template| account.used(template, errors))
        .collect();
    let used = used?.concat();
    for argument in &inputs.arguments {
        account.check_argument(argument, &used, errors);
    }
    account.check_receiver(&used, errors);
    account.check_overlap(&used, errors);
    account.check_parameters(&templates, errors);
    let mut key = text(&account, &key.value, &used);
    if let Some(namespace) = namespace {
        let namespace = text(&account, namespace, &used);
        key.parts.insert(0, KeyPart::Namespace(namespace));
    }
    Some(CheckedKey::Template(key))
}

/// The key of a page, if one is given. Arguments that are not in it are accounted for by their types; an argument must not be in
/// it only in part.
pub(super) fn check_page(
    arguments: &Arguments,
    subject: Subject<'_>,
    inputs: &Inputs<'_>,
    errors: &mut Errors,
) -> Option<CheckedKey> {
    let account = Account::new(arguments.skipped(), subject, inputs);
    account.check_names(arguments.skipped(), errors);
    account.check_names(arguments.guards(), errors);
    let key = arguments.key.as_ref()?;
    let used = account.used(&key.value, errors)?;
    for argument in inputs.that_bind(&used) {
        account.check_argument(argument, &used, errors);
    }
    account.check_overlap(&used, errors);
    account.check_parameters(&[&key.value], errors);
    Some(CheckedKey::Template(text(&account, &key.value, &used)))
}

/// A template over the arguments that is not a key, and need not use all of them.
pub(super) fn check_text(
    template: &TextTemplate,
    subject: Subject<'_>,
    inputs: &Inputs<'_>,
    errors: &mut Errors,
) -> Option<FilledText> {
    let account = Account::new(&[], subject, inputs);
    let used = account.used(template, errors)?;
    Some(text(&account, template, &used))
}

fn text(account: &Account<'_>, template: &TextTemplate, used: &[Ident]) -> FilledText {
    let part = |part: &TemplatePart| match part {
        TemplatePart::Text(text) => KeyPart::Text(text.clone()),
        TemplatePart::Hole(hole) => value(account, hole),
    };
    let mut names: Vec<Ident> = Vec::new();
    for name in used
        .iter()
        .filter(|name| *name != "self" && account.inputs.binds(name))
    {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    FilledText {
        literal: template.literal.clone(),
        parts: template.parts.iter().map(part).collect(),
        names,
        uses_self: used.iter().any(|name| name == "self"),
    }
}

fn value(account: &Account<'_>, hole: &Hole) -> KeyPart {
    if let Expr::Path(path) = &*hole.expression
        && let Some(name) = path.path.get_ident()
        && !account.inputs.has(name)
        && (name == "Self" || account.types.contains(&name))
    {
        return KeyPart::Type(name.clone());
    }
    let of_inputs = resolved((*hole.expression).clone(), |name| {
        account.inputs.span_of(name)
    });
    KeyPart::Value(Box::new(account.inputs.over_references(of_inputs)))
}
