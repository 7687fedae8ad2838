//! The rule that no input is forgotten in a key: each is in the key or in `skip`.

use super::Subject;
use super::inputs::{Inputs, is_exclusive};
use crate::errors::Errors;
use crate::scope::free_names;
use crate::signature::{Argument, Passing, parameters, speaks_of};
use crate::suggest::did_you_mean;
use crate::template::TextTemplate;
use quote::ToTokens;
use syn::{Expr, Generics, Ident, Receiver};

/// The inputs that must be accounted for.
pub(super) struct Account<'a> {
    pub(super) inputs: &'a Inputs<'a>,
    /// Type and const parameters of the function, then of the block around it.
    parameters: Vec<&'a Ident>,
    /// The type parameters among them.
    pub(super) types: Vec<&'a Ident>,
    skipped: &'a [Ident],
    /// Whether hits do not run the body, which then does not write to `&mut` arguments.
    hits: bool,
}

impl<'a> Account<'a> {
    pub(super) fn new(skipped: &'a [Ident], subject: Subject<'a>, inputs: &'a Inputs<'a>) -> Self {
        let generics = || {
            [Some(subject.function.generics()), subject.outer_generics()]
                .into_iter()
                .flatten()
        };
        let types = generics()
            .flat_map(Generics::type_params)
            .map(|ty| &ty.ident);
        Self {
            inputs,
            parameters: generics().flat_map(parameters).collect(),
            types: types.collect(),
            skipped,
            hits: true,
        }
    }

    /// For a function whose body runs at every call.
    pub(super) fn without_hits(self) -> Self {
        Self {
            hits: false,
            ..self
        }
    }

    /// Whether the input of this name is `&mut`.
    fn is_exclusive(&self, name: &Ident) -> bool {
        if name == "self" {
            return self.inputs.receiver.is_some_and(is_exclusive);
        }
        let mut binding = self.inputs.that_bind(std::slice::from_ref(name));
        binding.any(|argument| argument.passing == Passing::Exclusive)
    }

    pub(super) fn is_skipped(&self, name: &Ident) -> bool {
        self.skipped.contains(name)
    }

    fn known(&self) -> Vec<String> {
        let own = self.inputs.receiver.map(|_| "self".to_owned());
        self.inputs
            .names()
            .chain(self.parameters.iter().copied())
            .map(ToString::to_string)
            .chain(own)
            .collect()
    }

    fn no_such(&self, name: &Ident) -> String {
        let known = self.known();
        let hint = did_you_mean(&name.to_string(), known.iter().map(String::as_str), "");
        format!("no such argument{hint}")
    }

    /// Refuses names in `skip` that are not inputs.
    pub(super) fn check_names(&self, names: &[Ident], errors: &mut Errors) {
        for name in names {
            if !self.inputs.has(name) && !self.parameters.contains(&name) {
                let unnamed = self
                    .inputs
                    .arguments
                    .iter()
                    .find(|argument| argument.names.is_empty());
                let hint = unnamed.map(|argument| {
                    let (pattern, ty) = (
                        argument.pattern.to_token_stream(),
                        argument.ty.to_token_stream(),
                    );
                    format!("; `{pattern}` has no name, write `{name}: {ty}`")
                });
                errors.at(
                    name,
                    format!(
                        "`{name}`: {}{}",
                        self.no_such(name),
                        hint.unwrap_or_default()
                    ),
                );
            }
        }
    }

    /// The names of inputs in the holes; none if a hole begins with a name that is not an input.
    pub(super) fn used(&self, template: &TextTemplate, errors: &mut Errors) -> Option<Vec<Ident>> {
        let mut unknown = false;
        for hole in template.holes() {
            for root in roots(&hole.expression) {
                if let Some(message) = self.wrong_root(root) {
                    errors.at(&template.literal, format!("`{{{}}}`: {message}", hole.text));
                    unknown = true;
                }
            }
        }
        let free = template
            .holes()
            .flat_map(|hole| free_names(&hole.expression));
        let used = free.filter(|name| self.inputs.has(name)).collect();
        (!unknown).then_some(used)
    }

    fn wrong_root(&self, root: &Ident) -> Option<String> {
        if self.inputs.has(root) || self.parameters.contains(&root) || root == "Self" {
            return None;
        }
        if root == "self" {
            return Some("the function has no `self`".to_owned());
        }
        let is_constant = !root.to_string().chars().any(char::is_lowercase);
        (!is_constant).then(|| self.no_such(root))
    }

    pub(super) fn check_overlap(&self, used: &[Ident], errors: &mut Errors) {
        // A call writes to a `&mut` argument: `skip` accounts for that, while a part of it may be in the key.
        let both = |name: &&Ident| used.contains(name) && !self.is_exclusive(name);
        for name in self.skipped.iter().filter(both) {
            errors.at(
                name,
                format!("`{name}` is in the key and in `skip`; it is one or the other"),
            );
        }
    }

    /// Refuses an argument of which a name is neither in the key nor in `skip`.
    pub(super) fn check_argument(
        &self,
        argument: &Argument<'_>,
        used: &[Ident],
        errors: &mut Errors,
    ) {
        for name in argument
            .names
            .iter()
            .filter(|name| !used.contains(name) && !self.is_skipped(name))
        {
            errors.at(
                name,
                format!("`{name}` is not in the key; name it there, as in `{{{name}}}`, or set it aside with `skip({name})`"),
            );
        }
        if self.hits {
            let keyed = |name: &&Ident| used.contains(name) && !self.is_skipped(name);
            check_exclusive(argument, argument.names.iter().find(keyed), errors);
        }
    }

    pub(super) fn check_receiver(&self, used: &[Ident], errors: &mut Errors) {
        let Some(receiver) = self.inputs.receiver else {
            return;
        };
        let name = self_of(receiver);
        if self.hits && used.contains(&name) && !self.is_skipped(&name) && is_exclusive(receiver) {
            errors.at(receiver, "`self` is `&mut`, and a hit would not write to it; take `&self`, or set what a call writes aside with `skip(self)`, beside the key");
        }
        if !used.contains(&name) && !self.is_skipped(&name) {
            errors.at(
                name,
                "`self` is not in the key; name there what of it matters, as in `{self.id}`, or set it aside with `skip(self)`",
            );
        }
    }

    /// The rules of a key that consists of the arguments.
    pub(super) fn check_default(&self, errors: &mut Errors) {
        for argument in &self.inputs.arguments {
            let keyed = argument.names.iter().find(|name| !self.is_skipped(name));
            check_exclusive(argument, keyed, errors);
        }
        if let Some(receiver) = self.inputs.receiver
            && !self.is_skipped(&self_of(receiver))
        {
            errors.at(
                self_of(receiver),
                "what of `self` matters cannot be guessed; name it in a key, as in `key = \"{self.id}\"`, or set it aside with `skip(self)`",
            );
        }
    }

    /// Refuses type parameters that are not in the key: they may decide the answer too.
    pub(super) fn check_parameters(&self, templates: &[&TextTemplate], errors: &mut Errors) {
        let named = |name: &Ident| {
            let word = name.to_string();
            let mut holes = templates.iter().flat_map(|template| template.holes());
            holes.any(|hole| speaks_of(hole.expression.to_token_stream(), &word))
        };
        for name in &self.parameters {
            match (named(name), self.is_skipped(name)) {
                (true, true) => {
                    let skip = self.skipped.iter().find(|skipped| skipped == name);
                    errors.at(skip, format!("`{name}` is in the key and in `skip`; it is one or the other"));
                }
                (false, false) => errors.at(
                    name,
                    format!("`{name}` may decide the value and is not in the key; name it there, as in `{{{name}}}`, or set it aside with `skip({name})`"),
                ),
                _ => {}
            }
        }
    }
}

/// `self`, with the span of the receiver.
fn self_of(receiver: &Receiver) -> Ident {
    Ident::new("self", receiver.self_token.span)
}

fn check_exclusive(argument: &Argument<'_>, keyed: Option<&Ident>, errors: &mut Errors) {
    if argument.passing == Passing::Exclusive
        && let Some(name) = keyed
    {
        errors.at(
            argument.ty,
            format!("`{name}` is `&mut`, and a hit would not write to it; return what changes, or set what a call writes aside with `skip({name})`, which may stand beside a part of it in `key`"),
        );
    }
}

/// The names at the beginning of an expression.
fn roots(expression: &Expr) -> Vec<&Ident> {
    match expression {
        Expr::Path(path) if path.qself.is_none() => path.path.get_ident().into_iter().collect(),
        Expr::Field(field) => roots(&field.base),
        Expr::MethodCall(call) => roots(&call.receiver),
        Expr::Index(index) => roots(&index.expr),
        Expr::Reference(reference) => roots(&reference.expr),
        Expr::Unary(unary) => roots(&unary.expr),
        Expr::Paren(paren) => roots(&paren.expr),
        Expr::Group(group) => roots(&group.expr),
        Expr::Cast(cast) => roots(&cast.expr),
        Expr::Tuple(tuple) => tuple.elems.iter().flat_map(roots).collect(),
        Expr::Binary(binary) => [&binary.left, &binary.right]
            .into_iter()
            .flat_map(|side| roots(side))
            .collect(),
        _ => Vec::new(),
    }
}
