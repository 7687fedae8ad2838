//! The names on which expressions over the arguments may lean, and how they read there.

use crate::scope::{bound_names, dereferenced};
use crate::signature::{Argument, Function, Passing, plain};
use proc_macro2::Span;
use syn::{Expr, Ident, Receiver, Type};

/// The inputs of a function, by name.
pub(crate) struct Inputs<'f> {
    pub(crate) receiver: Option<&'f Receiver>,
    pub(crate) arguments: Vec<Argument<'f>>,
    /// Whether expressions see a reference to `self` also where it is passed by value: a name can be bound anew, but
    /// `self` cannot.
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

    /// Every name that an argument binds.
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

    /// Where the input of that name is declared.
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

    /// The expression over references to the inputs: what is passed by value reads through its reference.
    pub(crate) fn over_references(&self, expression: Expr) -> Expr {
        dereferenced(expression, |name| self.reads_through_reference(name))
    }

    /// Whether the name stands for a value, of which expressions see a reference.
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

/// Whether `self` is the value itself, or a pointer that owns it.
pub(crate) fn is_by_value(receiver: &Receiver) -> bool {
    receiver.reference.is_none() && !matches!(plain(&receiver.ty), Type::Reference(_))
}

/// Whether `self` is `&mut self`.
pub(crate) fn is_exclusive(receiver: &Receiver) -> bool {
    matches!(plain(&receiver.ty), Type::Reference(reference) if reference.mutability.is_some())
}
