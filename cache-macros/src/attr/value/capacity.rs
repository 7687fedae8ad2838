//! `capacity`: a constant, or `unbounded`.

use super::number;
use super::{Value, after_equals, ungrouped};
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::visit::{self, Visit};
use syn::{
    Error, Expr, ExprAwait, ExprCall, ExprConst, ExprLit, ExprMethodCall, ExprUnary, Ident, Lit,
    Result, UnOp,
};

/// The maximal number of entries.
#[derive(Clone)]
pub(crate) enum Capacity {
    Entries(Box<Expr>),
    /// `unbounded`.
    Unbounded(Ident),
}

impl Value for Capacity {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let value = ungrouped(after_equals(name, input)?);
        let form =
            || format!("`{name}` takes a whole number, as in `{name} = 10_000`, or `unbounded`");
        match &value {
            Expr::Path(path) if path.path.is_ident("unbounded") => {
                return path.path.require_ident().cloned().map(Self::Unbounded);
            }
            Expr::Lit(ExprLit {
                lit: Lit::Int(number),
                ..
            }) => {
                number::check_whole(number)?;
                if number.base10_digits() == "0" {
                    let message = format!("a `{name}` of zero keeps nothing");
                    return Err(Error::new_spanned(number, message));
                }
            }
            Expr::Lit(other) => return Err(Error::new_spanned(other, form())),
            Expr::Unary(negative) if matches!(negative.op, UnOp::Neg(_)) => {
                return Err(Error::new_spanned(negative, form()));
            }
            computed => {
                number::check_count(computed)?;
                check_constant(name, computed)?;
            }
        }
        Ok(Self::Entries(Box::new(value)))
    }
}

/// Refuses an expression that may not be a constant. The compiler would refuse it too, but in the generated static.
fn check_constant(name: &Ident, value: &Expr) -> Result<()> {
    let mut find = Computed(None);
    find.visit_expr(value);
    let Some(computed) = find.0 else {
        return Ok(());
    };
    let constant = name.to_string().to_uppercase();
    Err(Error::new_spanned(
        computed,
        format!(
            "`{name}` is a constant, as the cache is made before any call; give the value a name, as in `const {constant}: usize = …`, and write `{name} = {constant}`"
        ),
    ))
}

struct Computed<'a>(Option<&'a dyn ToTokens>);

impl<'a> Visit<'a> for Computed<'a> {
    fn visit_expr_call(&mut self, call: &'a ExprCall) {
        self.0.get_or_insert(call);
    }

    fn visit_expr_method_call(&mut self, call: &'a ExprMethodCall) {
        self.0.get_or_insert(call);
    }

    fn visit_expr_await(&mut self, awaited: &'a ExprAwait) {
        self.0.get_or_insert(awaited);
    }

    fn visit_expr_unary(&mut self, unary: &'a ExprUnary) {
        if matches!(unary.op, UnOp::Deref(_)) {
            self.0.get_or_insert(unary);
        } else {
            visit::visit_expr_unary(self, unary);
        }
    }

    // The compiler checks a `const` block itself.
    fn visit_expr_const(&mut self, _: &'a ExprConst) {}
}
