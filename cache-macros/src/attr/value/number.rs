//! Literal numbers, and hints for suffixes that Rust does not know.

use super::units::unit_call;
use syn::visit::{self, Visit};
use syn::{Error, Expr, LitFloat, LitInt, Result};

/// The suffixes of Rust.
const TYPES: [&str; 14] = [
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32",
    "f64",
];

/// Whether a suffix is empty, or one of Rust.
pub(in crate::attr) fn is_known(suffix: &str) -> bool {
    suffix.is_empty() || TYPES.contains(&suffix)
}

/// Whether it has no suffix or that of an integer type; `5f64` is a float.
pub(in crate::attr) fn is_whole(number: &LitInt) -> bool {
    is_known(number.suffix()) && !number.suffix().starts_with('f')
}

/// Refuses a whole number with a suffix that Rust does not know.
pub(in crate::attr) fn check_whole(number: &LitInt) -> Result<()> {
    if is_known(number.suffix()) {
        return Ok(());
    }
    let message = not_whole(&number.to_string(), number.suffix());
    Err(Error::new_spanned(number, message))
}

/// Refuses such a number anywhere in an expression that computes a time, where quotes would not help.
pub(in crate::attr) fn check_time(expression: &Expr) -> Result<()> {
    first_unknown(expression, |written, suffix| {
        let call = unit_call(written, suffix);
        format!("`{written}` is not a number; in an expression write `{call}`")
    })
}

/// Refuses such a number anywhere in an expression that computes a whole number.
pub(in crate::attr) fn check_count(expression: &Expr) -> Result<()> {
    first_unknown(expression, not_whole)
}

fn not_whole(written: &str, suffix: &str) -> String {
    let digits = written.strip_suffix(suffix).unwrap_or(written);
    let zeros = match suffix {
        "k" | "K" => "_000",
        "M" => "_000_000",
        _ => "",
    };
    format!("`{written}` is not a whole number; write it without a unit, as in `{digits}{zeros}`")
}

fn first_unknown(expression: &Expr, message: impl Fn(&str, &str) -> String) -> Result<()> {
    let mut numbers = Numbers {
        message,
        first: None,
    };
    numbers.visit_expr(expression);
    numbers.first.map_or(Ok(()), Err)
}

struct Numbers<F> {
    message: F,
    first: Option<Error>,
}

impl<F: Fn(&str, &str) -> String> Numbers<F> {
    fn see(&mut self, number: &(impl quote::ToTokens + std::fmt::Display), suffix: &str) {
        if !is_known(suffix) && self.first.is_none() {
            let message = (self.message)(&number.to_string(), suffix);
            self.first = Some(Error::new_spanned(number, message));
        }
    }
}

impl<'ast, F: Fn(&str, &str) -> String> Visit<'ast> for Numbers<F> {
    fn visit_lit_int(&mut self, number: &'ast LitInt) {
        self.see(number, number.suffix());
        visit::visit_lit_int(self, number);
    }

    fn visit_lit_float(&mut self, number: &'ast LitFloat) {
        self.see(number, number.suffix());
        visit::visit_lit_float(self, number);
    }
}
