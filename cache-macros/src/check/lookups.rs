//! Headers and cookies that a condition looks up by name. It sees the request that is rebuilt from the key, in which those that
//! `#[vary_on]` does not name are always absent.

use super::vary::Vary;
use crate::attr::vary_on::Cookies;
use crate::errors::Errors;
use crate::signature::{Argument, plain};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Expr, ExprIndex, ExprLit, ExprMethodCall, Lit, LitStr, Type};

/// Refuses look-ups in `argument` of headers and cookies that the page does not vary on.
pub(super) fn check(condition: &Expr, argument: &Argument<'_>, vary: &Vary, errors: &mut Errors) {
    let Some(map) = Map::of(argument.ty) else {
        return;
    };
    Lookups {
        argument,
        map,
        vary,
        errors,
    }
    .visit_expr(condition);
}

/// The kind of collection in which a name is looked up.
#[derive(Clone, Copy)]
enum Map {
    Headers,
    Cookies,
}

impl Map {
    fn of(ty: &Type) -> Option<Self> {
        let Type::Path(path) = plain(ty) else {
            return None;
        };
        match path.path.segments.last()?.ident.to_string().as_str() {
            "HeaderMap" => Some(Self::Headers),
            "CookieJar" => Some(Self::Cookies),
            _ => None,
        }
    }

    fn is_in(self, vary: &Vary, name: &str) -> bool {
        match self {
            Self::Headers => {
                let of_itself = name == "host" || (name == "cookie" && vary.cookies.is_some());
                of_itself || vary.headers.iter().any(|header| header.value() == name)
            }
            Self::Cookies => match &vary.cookies {
                Some(Cookies::Named(cookies)) => {
                    cookies.iter().any(|cookie| cookie.value() == name)
                }
                Some(Cookies::All) | None => true,
            },
        }
    }

    fn declaration(self, name: &str) -> String {
        match self {
            Self::Headers if name == "cookie" => "cookies = [\"…\"]".to_owned(),
            Self::Headers => format!("headers = [\"{name}\"]"),
            Self::Cookies => format!("cookies = [\"{name}\"]"),
        }
    }
}

struct Lookups<'a> {
    argument: &'a Argument<'a>,
    map: Map,
    vary: &'a Vary,
    errors: &'a mut Errors,
}

impl Lookups<'_> {
    fn look(&mut self, map: &Expr, name: &Expr) {
        let is_argument = matches!(map, Expr::Path(path)
            if path.path.get_ident().is_some_and(|ident| self.argument.names.contains(ident)));
        let Some(text) = name_in(name).filter(|_| is_argument) else {
            return;
        };
        let text = match self.map {
            Map::Headers => text.to_ascii_lowercase(),
            Map::Cookies => text,
        };
        if !self.map.is_in(self.vary, &text) {
            self.errors.at(
                name,
                format!(
                    "`condition` never sees `{text}`: the page does not vary on it, and a condition sees the request as the key has it; write `{}` in `#[vary_on]`",
                    self.map.declaration(&text)
                ),
            );
        }
    }
}

impl<'ast> Visit<'ast> for Lookups<'_> {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let looks_up = ["get", "get_all", "contains_key"];
        if looks_up.iter().any(|method| call.method == method)
            && let Some(name) = call.args.first()
        {
            self.look(&call.receiver, name);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_index(&mut self, index: &'ast ExprIndex) {
        self.look(&index.expr, &index.index);
        visit::visit_expr_index(self, index);
    }
}

/// The name in a text or in a constant such as `header::ACCEPT`.
fn name_in(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(LitStr::value(text)),
        Expr::Reference(reference) => name_in(&reference.expr),
        Expr::Path(path) => {
            let segments = &path.path.segments;
            let mut last = segments.iter().rev();
            let (constant, module) = (last.next()?, last.next()?);
            (module.ident == "header").then(|| {
                let constant = constant.ident.to_token_stream().to_string();
                constant.to_ascii_lowercase().replace('_', "-")
            })
        }
        _ => None,
    }
}
