//! The free names of an expression, and how they are replaced.
//!
//! Generated code evaluates a user's expression over references to the arguments. A name that is a reference must read as the
//! argument itself, except where the expression binds the name anew.

mod format;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, Block, Expr, ExprClosure, ExprForLoop, ExprIf, ExprLet, ExprWhile, FieldValue, Ident,
    Item, Local, Macro, Pat, PatIdent, Stmt, Token, parse_quote, parse_quote_spanned,
};

/// The free names of `expression`, in the order of their first use. In the call of an unknown macro, every identifier counts.
pub(crate) fn free_names(expression: &Expr) -> Vec<Ident> {
    found_in(expression, InMacros::AnyWord)
}

/// The names of `expression` that are free whatever its macros expand to. In the formatting macros of the standard library,
/// arguments and captures count; a name in any other macro call may be bound there, and does not count from then on.
pub(crate) fn certain_free_names(expression: &Expr) -> Vec<Ident> {
    found_in(expression, InMacros::Formatted)
}

fn found_in(expression: &Expr, in_macros: InMacros) -> Vec<Ident> {
    let mut found: Vec<Ident> = Vec::new();
    let mut walk = Walk::new(
        |name: &Ident| {
            if !found.contains(name) {
                found.push(name.clone());
            }
            None
        },
        in_macros,
    );
    walk.visit_expr_mut(&mut expression.clone());
    found
}

/// The same expression, with every free name that `is_reference` accepts dereferenced.
pub(crate) fn dereferenced(expression: Expr, is_reference: impl Fn(&Ident) -> bool) -> Expr {
    replaced(expression, |name| {
        is_reference(name).then(|| parse_quote_spanned!(name.span()=> (*#name)))
    })
}

/// The same expression, where a free name means the input of that name, even if a `macro_rules!` has written only one of them.
pub(crate) fn resolved(expression: Expr, input: impl Fn(&Ident) -> Option<Span>) -> Expr {
    replaced(expression, |name| {
        let mut name = name.clone();
        name.set_span(name.span().resolved_at(input(&name)?));
        Some(parse_quote!(#name))
    })
}

fn replaced(mut expression: Expr, replacement: impl FnMut(&Ident) -> Option<Expr>) -> Expr {
    Walk::new(replacement, InMacros::Nothing).visit_expr_mut(&mut expression);
    expression
}

/// The names that a pattern binds.
pub(crate) fn bound_names(pattern: &Pat) -> Vec<&PatIdent> {
    struct PatternNames<'p>(Vec<&'p PatIdent>);
    impl<'p> Visit<'p> for PatternNames<'p> {
        fn visit_pat_ident(&mut self, name: &'p PatIdent) {
            self.0.push(name);
            visit::visit_pat_ident(self, name);
        }
        fn visit_expr(&mut self, _: &'p Expr) {}
    }
    let mut names = PatternNames(Vec::new());
    names.visit_pat(pattern);
    names.0
}

/// Which identifiers in a macro call count as names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum InMacros {
    Nothing,
    AnyWord,
    Formatted,
}

/// Walks an expression with the names that it has bound so far. `replace` is called with each free name, and may return an
/// expression to replace it.
struct Walk<F> {
    replace: F,
    bound: Vec<Ident>,
    in_macros: InMacros,
}

impl<F: FnMut(&Ident) -> Option<Expr>> Walk<F> {
    fn new(replace: F, in_macros: InMacros) -> Self {
        Self {
            replace,
            bound: Vec::new(),
            in_macros,
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
        self.scoped(|walk| {
            // An item hides outer names in its whole block, also before it is declared.
            for statement in &mut block.stmts {
                if let Stmt::Item(item) = statement {
                    walk.visit_item_mut(item);
                }
            }
            visit_mut::visit_block_mut(walk, block);
        });
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

    // An item in an expression cannot use its surroundings; a name that it declares means the item.
    fn visit_item_mut(&mut self, item: &mut Item) {
        if self.in_macros == InMacros::Formatted {
            match item {
                Item::Fn(function) => self.bound.push(function.sig.ident.clone()),
                item => self.bound.extend(words(item.to_token_stream())),
            }
        }
    }

    fn visit_macro_mut(&mut self, call: &mut Macro) {
        match self.in_macros {
            InMacros::Nothing => {}
            InMacros::AnyWord => {
                for name in words(call.tokens.clone()) {
                    self.replacement(&name);
                }
            }
            InMacros::Formatted => match format::FormatCall::of(call) {
                Some(format) => {
                    for mut argument in format.arguments {
                        self.visit_expr_mut(&mut argument);
                    }
                    for name in format.captured {
                        self.replacement(&name);
                    }
                }
                None => self.bound.extend(words(call.tokens.clone())),
            },
        }
    }
}

/// Every identifier in the tokens of a macro call except fields and methods, and the captures of format strings.
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
#[path = "scope/tests.rs"]
mod tests;
