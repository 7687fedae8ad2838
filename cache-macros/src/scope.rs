//! Which names an expression takes from outside, and how they read there.
//!
//! The generated code evaluates a user's expression over references to the arguments. A name that stands for a reference
//! to its argument must read as the argument itself, but not where the expression binds the same name anew.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, Block, Expr, ExprClosure, ExprForLoop, ExprIf, ExprLet, ExprWhile, FieldValue, Ident,
    Item, Local, Macro, Pat, PatIdent, Token, parse_quote, parse_quote_spanned,
};

/// The names that `expression` takes from outside, in the order of their first use; inside foreign macro calls every
/// identifier may be one.
pub(crate) fn free_names(expression: &Expr) -> Vec<Ident> {
    let mut found: Vec<Ident> = Vec::new();
    let mut walk = Walk::new(|name: &Ident| {
        if !found.contains(name) {
            found.push(name.clone());
        }
        None
    });
    walk.visit_expr_mut(&mut expression.clone());
    found
}

/// The same expression, in which every free name that `is_reference` accepts reads as what it points to.
pub(crate) fn dereferenced(expression: Expr, is_reference: impl Fn(&Ident) -> bool) -> Expr {
    replaced(expression, |name| {
        is_reference(name).then(|| parse_quote_spanned!(name.span()=> (*#name)))
    })
}

/// The same expression, in which a free name means the input of that name, whoever wrote either: a `macro_rules!` may
/// have made the one and not the other.
pub(crate) fn resolved(expression: Expr, input: impl Fn(&Ident) -> Option<Span>) -> Expr {
    replaced(expression, |name| {
        let mut name = name.clone();
        name.set_span(name.span().resolved_at(input(&name)?));
        Some(parse_quote!(#name))
    })
}

fn replaced(mut expression: Expr, replacement: impl FnMut(&Ident) -> Option<Expr>) -> Expr {
    let mut walk = Walk::new(replacement);
    walk.in_macros = false;
    walk.visit_expr_mut(&mut expression);
    expression
}

/// The names that a pattern binds.
pub(crate) fn bound_names(pattern: &Pat) -> Vec<&PatIdent> {
    struct Names<'p>(Vec<&'p PatIdent>);
    impl<'p> Visit<'p> for Names<'p> {
        fn visit_pat_ident(&mut self, name: &'p PatIdent) {
            self.0.push(name);
            visit::visit_pat_ident(self, name);
        }
        fn visit_expr(&mut self, _: &'p Expr) {}
    }
    let mut names = Names(Vec::new());
    names.visit_pat(pattern);
    names.0
}

/// Walks an expression with the names that it has bound so far. `replace` sees each free name and may give what stands
/// there instead.
struct Walk<F> {
    replace: F,
    bound: Vec<Ident>,
    in_macros: bool,
}

impl<F: FnMut(&Ident) -> Option<Expr>> Walk<F> {
    fn new(replace: F) -> Self {
        Self {
            replace,
            bound: Vec::new(),
            in_macros: true,
        }
    }

    fn bind(&mut self, pattern: &Pat) {
        self.bound.extend(
            bound_names(pattern)
                .into_iter()
                .map(|name| name.ident.clone()),
        );
    }

    fn scoped(&mut self, inside: impl FnOnce(&mut Self)) {
        let depth = self.bound.len();
        inside(self);
        self.bound.truncate(depth);
    }

    fn replacement(&mut self, name: &Ident) -> Option<Expr> {
        if self.bound.contains(name) {
            None
        } else {
            (self.replace)(name)
        }
    }
}

impl<F: FnMut(&Ident) -> Option<Expr>> VisitMut for Walk<F> {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        if let Expr::Path(path) = expression
            && path.qself.is_none()
            && let Some(name) = path.path.get_ident()
        {
            let name = name.clone();
            if let Some(replacement) = self.replacement(&name) {
                *expression = replacement;
            }
            return;
        }
        visit_mut::visit_expr_mut(self, expression);
    }

    fn visit_field_value_mut(&mut self, field: &mut FieldValue) {
        let shorthand = field.colon_token.is_none();
        self.visit_expr_mut(&mut field.expr);
        if shorthand && !matches!(field.expr, Expr::Path(_)) {
            field.colon_token = Some(Token![:](proc_macro2::Span::call_site()));
        }
    }

    fn visit_expr_closure_mut(&mut self, closure: &mut ExprClosure) {
        self.scoped(|walk| {
            for input in &closure.inputs {
                walk.bind(input);
            }
            walk.visit_expr_mut(&mut closure.body);
        });
    }

    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        self.scoped(|walk| {
            walk.bind(&arm.pat);
            if let Some((_, guard)) = &mut arm.guard {
                walk.visit_expr_mut(guard);
            }
            walk.visit_expr_mut(&mut arm.body);
        });
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        self.scoped(|walk| visit_mut::visit_block_mut(walk, block));
    }

    fn visit_local_mut(&mut self, local: &mut Local) {
        if let Some(init) = &mut local.init {
            self.visit_expr_mut(&mut init.expr);
            if let Some((_, diverge)) = &mut init.diverge {
                self.visit_expr_mut(diverge);
            }
        }
        self.bind(&local.pat);
    }

    fn visit_expr_let_mut(&mut self, condition: &mut ExprLet) {
        self.visit_expr_mut(&mut condition.expr);
        self.bind(&condition.pat);
    }

    fn visit_expr_if_mut(&mut self, branch: &mut ExprIf) {
        self.scoped(|walk| {
            walk.visit_expr_mut(&mut branch.cond);
            walk.visit_block_mut(&mut branch.then_branch);
        });
        if let Some((_, otherwise)) = &mut branch.else_branch {
            self.visit_expr_mut(otherwise);
        }
    }

    fn visit_expr_while_mut(&mut self, repeat: &mut ExprWhile) {
        self.scoped(|walk| {
            walk.visit_expr_mut(&mut repeat.cond);
            walk.visit_block_mut(&mut repeat.body);
        });
    }

    fn visit_expr_for_loop_mut(&mut self, repeat: &mut ExprForLoop) {
        self.visit_expr_mut(&mut repeat.expr);
        self.scoped(|walk| {
            walk.bind(&repeat.pat);
            walk.visit_block_mut(&mut repeat.body);
        });
    }

    // An item inside an expression cannot see its surroundings.
    fn visit_item_mut(&mut self, _: &mut Item) {}

    fn visit_macro_mut(&mut self, call: &mut Macro) {
        if self.in_macros {
            for name in words(call.tokens.clone()) {
                self.replacement(&name);
            }
        }
    }
}

/// Every identifier in the tokens of a macro call that is no field or method, and those that a format string captures.
fn words(tokens: TokenStream) -> Vec<Ident> {
    let mut found = Vec::new();
    let mut is_member = false;
    for token in tokens {
        let after = std::mem::replace(
            &mut is_member,
            matches!(&token, TokenTree::Punct(dot) if dot.as_char() == '.'),
        );
        match token {
            TokenTree::Ident(_) if after => {}
            TokenTree::Ident(word) => found.push(word),
            TokenTree::Group(group) => found.extend(words(group.stream())),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                let captures = text.split('{').skip(1).filter_map(|rest| {
                    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
                    syn::parse_str::<Ident>(&rest[..end]).ok()
                });
                found.extend(captures);
            }
            TokenTree::Punct(_) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens;

    fn free(expression: &str) -> String {
        let names = free_names(&syn::parse_str(expression).expect("an expression"));
        names
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn through(expression: &str) -> String {
        let expression = syn::parse_str(expression).expect("an expression");
        dereferenced(expression, |name| name == "n")
            .into_token_stream()
            .to_string()
    }

    #[test]
    fn free_names_are_those_from_outside() {
        assert_eq!(free("user.id + page"), "user page");
        assert_eq!(free("a::b(x, Y)"), "x Y");
        assert_eq!(free("xs.iter().map(|x| x + y)"), "xs y");
        assert_eq!(free("match a { Some(b) if b > c => b, _ => d }"), "a c d");
        assert_eq!(free("if let Some(b) = a { b } else { b }"), "a b");
        assert_eq!(free("{ let a = a; a + b }"), "a b");
        assert_eq!(free("for i in items { i; }"), "items");
        assert_eq!(free("Point { x, y: z }"), "x z");
        assert_eq!(free("self.id"), "self");
    }

    #[test]
    fn macro_calls_may_use_any_word_in_them() {
        assert_eq!(free("format!(\"{id:05}/{}\", slug.len())"), "id slug");
        assert_eq!(free("matches!(kind, Kind::A)"), "kind Kind A");
    }

    #[test]
    fn a_reference_reads_as_what_it_points_to() {
        assert_eq!(through("n != 99"), "(* n) != 99");
        assert_eq!(through("n.id.len() + m"), "(* n) . id . len () + m");
        assert_eq!(through("Point { n }"), "Point { n : (* n) }");
    }

    #[test]
    fn a_name_that_is_bound_anew_is_left_alone() {
        assert_eq!(through("|n| n + 1"), "| n | n + 1");
        assert_eq!(
            through("{ let n = n + 1 ; n }"),
            "{ let n = (* n) + 1 ; n }"
        );
        assert_eq!(
            through("if let Some (n) = n { n } else { n }"),
            "if let Some (n) = (* n) { n } else { (* n) }"
        );
        assert_eq!(
            through("while let Some (n) = n { n ; }"),
            "while let Some (n) = (* n) { n ; }"
        );
        assert_eq!(through("format ! (\"{n}\")"), "format ! (\"{n}\")");
        assert_eq!(through("n (1)"), "(* n) (1)");
    }
}
