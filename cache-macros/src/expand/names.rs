//! The names and paths of the generated items.

use crate::attr::{Arg, Handle};
use crate::check::FunctionPlace;
use crate::signature::Function;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};

/// The names of a function's handle: functions of a type with its name, or functions beside it.
pub(super) struct HandleNames<'a> {
    function: &'a Function,
    place: FunctionPlace,
    handle: Option<&'a Handle>,
}

impl<'a> HandleNames<'a> {
    pub(super) fn new(
        function: &'a Function,
        place: FunctionPlace,
        handle: Option<&'a Arg<Handle>>,
    ) -> Self {
        Self {
            function,
            place,
            handle: handle.map(|handle| &handle.value),
        }
    }

    /// The function itself.
    pub(super) fn function(&self) -> &Ident {
        self.function.name()
    }

    /// The type of a free function's handle: `fib`, or the name in `handle`.
    pub(super) fn handle_type(&self) -> Ident {
        match self.handle {
            None => self.function.name().clone(),
            Some(Handle::Named(name)) => name.clone(),
            Some(Handle::None) => format_ident!("__cache_{}", plain(self.function.name())),
        }
    }

    /// The module around that type, if users see it.
    pub(super) fn handle_module(&self) -> Option<Ident> {
        self.is_public()
            .then(|| format_ident!("__handle_{}", plain(&self.handle_type())))
    }

    /// The name of a function for users: `peek` of the type, or `find_peek` beside `find`. It has the span of the annotated function,
    /// to which an editor jumps from it.
    pub(super) fn public(&self, what: &str) -> Ident {
        let function = self.function.name();
        match (self.place, self.handle) {
            (FunctionPlace::Free, _) => Ident::new(what, function.span()),
            (_, None) => {
                let name = format!("{}_{what}", plain(function));
                Ident::new(&name, function.span())
            }
            (_, Some(Handle::Named(name))) => {
                Ident::new(&format!("{}_{what}", plain(name)), function.span())
            }
            (_, Some(Handle::None)) => self.hidden(what),
        }
    }

    /// The name of a function for generated code: `__key`, or `__find_key`.
    pub(super) fn hidden(&self, what: &str) -> Ident {
        match self.place {
            FunctionPlace::Free => format_ident!("__{what}"),
            _ => format_ident!("__{}_{what}", plain(self.function.name())),
        }
    }

    /// The path before `::` in calls from the function that the user calls.
    pub(super) fn owner(&self) -> TokenStream {
        if self.place != FunctionPlace::Free {
            return quote!(Self);
        }
        let handle = self.handle_type();
        match self.handle_module() {
            Some(module) => quote!(#module::#handle),
            None => handle.into_token_stream(),
        }
    }

    /// The functions of the handle, listed in a text.
    pub(super) fn listed(&self, functions: &[&str]) -> String {
        let owner = if self.place == FunctionPlace::Free {
            format!("{}::", self.handle_type())
        } else {
            String::new()
        };
        let names = functions
            .iter()
            .map(|function| format!("`{owner}{}`", self.public(function)));
        names.collect::<Vec<_>>().join(", ")
    }

    /// Whether users see the handle.
    pub(super) fn is_public(&self) -> bool {
        !matches!(self.handle, Some(Handle::None))
    }
}

/// A name without `r#`.
fn plain(name: &Ident) -> String {
    name.to_string().trim_start_matches("r#").to_owned()
}
