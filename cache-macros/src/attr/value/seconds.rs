//! Computed times: literals without a type are seconds, and may be larger than an `i32`.

use syn::{Block, Error, Expr, ExprLit, Lit, LitInt, Result, Stmt, UnOp};

/// Gives the type `u64` to the literals that are the result of an expression, unless something else decides their type. Refuses
/// negative ones.
pub(in crate::attr) fn in_seconds(expression: &mut Expr) -> Result<()> {
    let mut results = Results::default();
    results.add(expression);
    if let Some(negative) = results.negative {
        return Err(Error::new_spanned(negative, "a time is not negative"));
    }
    if results.all_are_numbers {
        for number in results.numbers {
            *number = LitInt::new(&format!("{}u64", number.base10_digits()), number.span());
        }
    }
    Ok(())
}

/// The literals that can be the result of an expression.
struct Results<'e> {
    /// Those without a type.
    numbers: Vec<&'e mut LitInt>,
    /// Whether nothing else can be the result.
    all_are_numbers: bool,
    negative: Option<Expr>,
}

impl Default for Results<'_> {
    fn default() -> Self {
        Self {
            numbers: Vec::new(),
            all_are_numbers: true,
            negative: None,
        }
    }
}

impl<'e> Results<'e> {
    fn add(&mut self, expression: &'e mut Expr) {
        match expression {
            Expr::Lit(ExprLit {
                lit: Lit::Int(number),
                ..
            }) if number.suffix().is_empty() => self.numbers.push(number),
            Expr::Unary(unary)
                if matches!(unary.op, UnOp::Neg(_)) && matches!(*unary.expr, Expr::Lit(_)) =>
            {
                self.all_are_numbers = false;
                self.negative = Some(Expr::Unary(unary.clone()));
            }
            Expr::Paren(paren) => self.add(&mut paren.expr),
            Expr::Group(group) => self.add(&mut group.expr),
            Expr::Block(block) => self.add_block(&mut block.block),
            Expr::If(choice) => {
                self.add_block(&mut choice.then_branch);
                match &mut choice.else_branch {
                    Some((_, other)) => self.add(other),
                    None => self.all_are_numbers = false,
                }
            }
            Expr::Match(choice) => {
                for arm in &mut choice.arms {
                    self.add(&mut arm.body);
                }
            }
            Expr::Binary(binary) => {
                let negative = self.negative.take();
                self.add(&mut binary.left);
                self.add(&mut binary.right);
                // A difference need not be negative.
                self.negative = negative;
            }
            _ => self.all_are_numbers = false,
        }
    }

    fn add_block(&mut self, block: &'e mut Block) {
        match block.stmts.last_mut() {
            Some(Stmt::Expr(last, None)) => self.add(last),
            _ => self.all_are_numbers = false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens;

    fn seconds(text: &str) -> String {
        let mut expression = syn::parse_str(text).expect("an expression");
        match in_seconds(&mut expression) {
            Ok(()) => expression.to_token_stream().to_string().replace(' ', ""),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn numbers_that_nothing_else_types_are_u64() {
        assert_eq!(seconds("60 * 60"), "60u64*60u64");
        assert_eq!(seconds("(0x10 + 1_000)"), "(16u64+1000u64)");
        assert_eq!(
            seconds("if n > 5 { 60 } else { { 600 } }"),
            "ifn>5{60u64}else{{600u64}}"
        );
        assert_eq!(
            seconds("match n { 1 => 5, _ => 6 }"),
            "matchn{1=>5u64,_=>6u64}"
        );
    }

    #[test]
    fn numbers_beside_something_else_have_its_type() {
        for text in [
            "HOUR * 24",
            "60u32 * 60",
            "if n > 5 { SECS } else { 600 }",
            "n.ttl()",
        ] {
            assert_eq!(seconds(text), text.replace(' ', ""));
        }
        assert_eq!(
            seconds("if n > 5 { minutes(1) } else { hours(1) }"),
            "ifn>5{minutes(1)}else{hours(1)}"
        );
    }

    #[test]
    fn a_negative_time_is_refused_wherever_it_is_the_outcome() {
        for text in ["-5", "if n { 5 } else { -5 }", "(-5)"] {
            assert_eq!(seconds(text), "a time is not negative", "{text}");
        }
        assert_eq!(seconds("60 + -5"), "60+-5");
    }
}
