//! The web frameworks whose handlers can be annotated.

use proc_macro2::Ident;
use quote::format_ident;
use syn::Attribute;

/// A web framework. It is not written above a handler: each has attributes of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum WebFramework {
    Axum,
    Actix,
}

impl WebFramework {
    /// The feature of `cache-core` with what its handlers need, and the module with what generated code calls.
    pub(crate) fn feature(self) -> &'static str {
        match self {
            Self::Axum => "axum",
            Self::Actix => "actix",
        }
    }

    /// Whether that feature is on.
    pub(crate) fn is_there(self) -> bool {
        match self {
            Self::Axum => cfg!(feature = "axum"),
            Self::Actix => cfg!(feature = "actix"),
        }
    }

    pub(crate) fn module(self) -> Ident {
        format_ident!("{}", self.feature())
    }

    /// Whether an attribute of the framework registers the handler under a path, and makes a type of its name.
    pub(crate) fn is_route(self, attribute: &Attribute) -> bool {
        const ROUTES: [&str; 11] = [
            "get", "post", "put", "delete", "head", "connect", "options", "trace", "patch",
            "route", "routes",
        ];
        let name = attribute.path().segments.last();
        self == Self::Actix
            && name.is_some_and(|name| ROUTES.iter().any(|route| name.ident == route))
    }

    /// Whether its handlers make an answer of a value only with the request at hand.
    pub(crate) fn answers_to_a_request(self) -> bool {
        self == Self::Actix
    }
}
