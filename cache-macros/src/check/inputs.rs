//! The names that expressions over the arguments can use.

use crate::scope::{bound_names, dereferenced};
use crate::signature::{Argument, Function, Passing, plain};
use proc_macro2::Span;
use syn::{Expr, Ident, Receiver, Type};

/// The inputs of a function, by name.
pub(crate) struct Inputs<'f> {
    pub(crate) receiver: Option<&'f Receiver>,
    pub(crate) arguments: Vec<Argument<'f>>,
    /// Whether expressions get a reference to `self` even if it is passed by value: unlike a name, `self` cannot be rebound.
    pub(crate) borrows_self: bool,
}

impl<'f> Inputs<'f> {
    pub(crate) fn of(function: &'f Function) -> Self {
        Self {
            receiver: function.receiver(),
            arguments: function.arguments(),
            borrows_self: true,
        }
    }

    /// All names that arguments bind.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Ident> {
        self.arguments.iter().flat_map(|argument| &argument.names)
    }

    /// Whether an argument binds the name.
    pub(crate) fn binds(&self, name: &Ident) -> bool {
        self.names().any(|known| known == name)
    }

    /// Whether the name is one of the inputs, `self` among them.
    pub(crate) fn has(&self, name: &Ident) -> bool {
        if name == "self" {
            self.receiver.is_some()
        } else {
            self.binds(name)
        }
    }

    /// The span of the input of that name.
    pub(crate) fn span_of(&self, name: &Ident) -> Option<Span> {
        if name == "self" {
            return self.receiver.map(|receiver| receiver.self_token.span);
        }
        self.names().find(|known| *known == name).map(Ident::span)
    }

    /// The arguments that bind one of the names.
    pub(crate) fn that_bind<'a>(
        &'a self,
        names: &'a [Ident],
    ) -> impl Iterator<Item = &'a Argument<'f>> {
        self.arguments
            .iter()
            .filter(|argument| argument.names.iter().any(|name| names.contains(name)))
    }

    /// The expression over references to the inputs: inputs that are passed by value are dereferenced.
    pub(crate) fn over_references(&self, expression: Expr) -> Expr {
        dereferenced(expression, |name| self.reads_through_reference(name))
    }

    /// Whether the name is that of an input by value, to which expressions get a reference.
    pub(crate) fn reads_through_reference(&self, name: &Ident) -> bool {
        if name == "self" {
            return self.borrows_self && self.receiver.is_some_and(is_by_value);
        }
        let binds = |argument: &&Argument<'_>| argument.names.contains(name);
        self.arguments.iter().find(binds).is_some_and(|argument| {
            let by_value = bound_names(argument.pattern)
                .iter()
                .any(|bound| bound.ident == *name && bound.by_ref.is_none());
            argument.passing == Passing::Value && by_value
        })
    }
}

/// Whether `self` is passed by value, or as a pointer that owns it.
pub(crate) fn is_by_value(receiver: &Receiver) -> bool {
    receiver.reference.is_none() && !matches!(plain(&receiver.ty), Type::Reference(_))
}

/// Whether `self` is `&mut self`.
pub(crate) fn is_exclusive(receiver: &Receiver) -> bool {
    matches!(plain(&receiver.ty), Type::Reference(reference) if reference.mutability.is_some())
}
