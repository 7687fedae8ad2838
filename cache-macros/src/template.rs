//! The grammar of `"user:{id}:{q.page}"`: text and holes, each hole an expression.
//!
//! `{{` and `}}` are escaped braces. A hole ends at the `}` that closes it, after any strings, characters, closures and nested
//! brackets inside it.

mod hole;

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, LitStr, Result};

/// A parsed template.
#[derive(Clone)]
pub(crate) struct TextTemplate {
    /// The literal: errors underline all of it, because there are no spans inside a literal.
    pub(crate) literal: LitStr,
    pub(crate) parts: Vec<TemplatePart>,
}

/// A piece of a template.
#[derive(Clone)]
pub(crate) enum TemplatePart {
    Text(String),
    Hole(Hole),
}

/// An expression of a template, and its text for errors.
#[derive(Clone)]
pub(crate) struct Hole {
    pub(crate) expression: Box<Expr>,
    pub(crate) text: String,
}

impl TextTemplate {
    /// The expressions, in order.
    pub(crate) fn holes(&self) -> impl Iterator<Item = &Hole> {
        self.parts.iter().filter_map(|part| match part {
            TemplatePart::Hole(hole) => Some(hole),
            TemplatePart::Text(_) => None,
        })
    }
}

impl Parse for TextTemplate {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let literal: LitStr = input.parse()?;
        let parts = parts(&literal).map_err(|message| Error::new(literal.span(), message))?;
        Ok(Self { literal, parts })
    }
}

fn parts(literal: &LitStr) -> std::result::Result<Vec<TemplatePart>, String> {
    let whole = literal.value();
    if whole.is_empty() {
        return Err("an empty text names nothing".to_owned());
    }
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = whole.as_str();
    while let Some(brace) = rest.find(['{', '}']) {
        text.push_str(&rest[..brace]);
        let (at, after) = (&rest[brace..=brace], &rest[brace + 1..]);
        if let Some(beyond) = after.strip_prefix(at) {
            text.push_str(at);
            rest = beyond;
        } else if at == "}" {
            return Err("a `}` that closes nothing; write `}}` for a brace of the text".to_owned());
        } else {
            let end = hole::end(after)?;
            if !text.is_empty() {
                parts.push(TemplatePart::Text(std::mem::take(&mut text)));
            }
            parts.push(TemplatePart::Hole(hole(&after[..end], literal.span())?));
            rest = &after[end + 1..];
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        parts.push(TemplatePart::Text(text));
    }
    Ok(parts)
}

/// Parses the text between two braces.
fn hole(text: &str, span: Span) -> std::result::Result<Hole, String> {
    if text.trim().is_empty() {
        return Err("an empty hole; name what goes in, as in `{id}`".to_owned());
    }
    let not_an_expression =
        |error: &dyn std::fmt::Display| format!("`{{{text}}}` is not an expression: {error}");
    let tokens: TokenStream = text.parse().map_err(|error| not_an_expression(&error))?;
    match (
        syn::parse2::<Expr>(members_generated(placed_at(tokens, span))),
        formatted(text),
    ) {
        (Ok(Expr::Lit(_)), _) => Err(format!(
            "`{{{text}}}` is always the same; a hole takes an expression over the arguments"
        )),
        (Ok(expression), _) => Ok(Hole {
            expression: Box::new(expression),
            text: text.to_owned(),
        }),
        (Err(_), Some(name)) => Err(format!(
            "`{{{text}}}`: a key takes no format, its parts are written exactly; write `{{{name}}}`, or an expression such as `{{format!(…)}}`"
        )),
        (Err(_), None) if text.trim_start().starts_with('$') => Err(format!(
            "`{{{text}}}`: a macro fills in nothing inside a text; pass it the whole text, as in `$text:literal`"
        )),
        (Err(error), None) => Err(not_an_expression(&error)),
    }
}

/// The same tokens, with fields and methods marked as generated: otherwise the compiler suggests replacing the whole text with
/// another name.
fn members_generated(tokens: TokenStream) -> TokenStream {
    let mut is_member = false;
    let mark = |mut token: TokenTree| {
        let after_dot = std::mem::replace(
            &mut is_member,
            matches!(&token, TokenTree::Punct(dot) if dot.as_char() == '.'),
        );
        match &token {
            TokenTree::Group(group) => {
                let span = group.span();
                let mut group = Group::new(group.delimiter(), members_generated(group.stream()));
                group.set_span(span);
                token = group.into();
            }
            TokenTree::Ident(_) if after_dot => {
                token.set_span(Span::mixed_site().located_at(token.span()));
            }
            _ => {}
        }
        token
    };
    tokens.into_iter().map(mark).collect()
}

/// The expression before the `:` of a hole that looks like one of `format!`.
fn formatted(text: &str) -> Option<&str> {
    let (value, _) = text.split_once(':')?;
    syn::parse_str::<Expr>(value).ok().map(|_| value)
}

/// The same tokens with another location and hygiene.
pub(crate) fn placed_at(tokens: TokenStream, span: Span) -> TokenStream {
    let place = |mut token: TokenTree| {
        if let TokenTree::Group(group) = &token {
            token = Group::new(group.delimiter(), placed_at(group.stream(), span)).into();
        }
        token.set_span(span);
        token
    };
    tokens.into_iter().map(place).collect()
}

/// The tokens located at `span`, with the hygiene that they had.
pub(crate) fn located_at(tokens: TokenStream, span: Span) -> TokenStream {
    let place = |mut token: TokenTree| {
        let at = token.span().located_at(span);
        if let TokenTree::Group(group) = &token {
            token = Group::new(group.delimiter(), located_at(group.stream(), span)).into();
        }
        token.set_span(at);
        token
    };
    tokens.into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens;

    fn read(text: &str) -> std::result::Result<String, String> {
        let literal = LitStr::new(text, Span::call_site());
        let template: TextTemplate =
            syn::parse2(literal.to_token_stream()).map_err(|error| error.to_string())?;
        let show = |part: &TemplatePart| match part {
            TemplatePart::Text(text) => format!("{text:?}"),
            TemplatePart::Hole(hole) => format!("<{}>", hole.expression.to_token_stream()),
        };
        Ok(template
            .parts
            .iter()
            .map(show)
            .collect::<Vec<_>>()
            .join(" "))
    }

    #[test]
    fn text_and_holes_alternate() {
        assert_eq!(
            read("user:{id}:{q.page}").unwrap(),
            r#""user:" <id> ":" <q . page>"#
        );
        assert_eq!(read("plain").unwrap(), r#""plain""#);
        assert_eq!(read("{a}{b}").unwrap(), "<a> <b>");
        assert_eq!(read("é{a}ü").unwrap(), r#""é" <a> "ü""#);
    }

    #[test]
    fn doubled_braces_are_text() {
        assert_eq!(read("{{id}}:{id}").unwrap(), r#""{id}:" <id>"#);
        assert_eq!(read("{{{id}}}").unwrap(), r#""{" <id> "}""#);
    }

    #[test]
    fn a_hole_holds_any_expression() {
        assert_eq!(read("{m[\"}\"]}:x").unwrap(), "<m [\"}\"]> \":x\"");
        assert_eq!(read("{x == '}'}").unwrap(), "<x == '}'>");
        assert_eq!(
            read("{xs.map(|x| { x + 1 })}").unwrap(),
            "<xs . map (| x | { x + 1 })>"
        );
        assert_eq!(read("{f(r#\"}\"#)}").unwrap(), "<f (r#\"}\"#)>");
        assert_eq!(read("{x::<'a, T>()}").unwrap(), "<x :: < 'a , T > ()>");
        assert_eq!(read("{ {a} }").unwrap(), "<{ a }>");
        assert_eq!(
            read("{if a { b } else { c }}:{d}").unwrap(),
            r#"<if a { b } else { c }> ":" <d>"#
        );
    }

    #[test]
    fn each_mistake_has_its_own_words() {
        let wrong = |text: &str| read(text).expect_err("a mistake");
        assert_eq!(wrong(""), "an empty text names nothing");
        assert_eq!(
            wrong("a:{}"),
            "an empty hole; name what goes in, as in `{id}`"
        );
        assert_eq!(
            wrong("a:{ }"),
            "an empty hole; name what goes in, as in `{id}`"
        );
        assert_eq!(
            wrong("a:{0}"),
            "`{0}` is always the same; a hole takes an expression over the arguments"
        );
        assert_eq!(
            wrong("{\"x\"}"),
            "`{\"x\"}` is always the same; a hole takes an expression over the arguments"
        );
        assert_eq!(
            wrong("a:}"),
            "a `}` that closes nothing; write `}}` for a brace of the text"
        );
        assert_eq!(
            wrong("{{id}"),
            "a `}` that closes nothing; write `}}` for a brace of the text"
        );
        assert_eq!(
            wrong("a:{id"),
            "`{id` is never closed; write `{{` for a brace of the text"
        );
        assert_eq!(
            wrong("{id}}"),
            "a `}` that closes nothing; write `}}` for a brace of the text"
        );
        assert_eq!(
            wrong("{id:05}"),
            "`{id:05}`: a key takes no format, its parts are written exactly; write `{id}`, or an expression such as `{format!(…)}`"
        );
        assert!(
            wrong("{user.id:?}").contains("write `{user.id}`"),
            "{}",
            wrong("{user.id:?}")
        );
        assert_eq!(
            wrong("x:{$id}"),
            "`{$id}`: a macro fills in nothing inside a text; pass it the whole text, as in `$text:literal`"
        );
        assert!(
            wrong("{id +}").starts_with("`{id +}` is not an expression: "),
            "{}",
            wrong("{id +}")
        );
    }
}
