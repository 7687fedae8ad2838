//! Tokens as a person writes them: `q.is_filtered()`, not `q . is_filtered ()` as the compiler prints them.

use proc_macro2::{Delimiter, Group, Punct, Spacing, TokenStream, TokenTree};
use quote::ToTokens;

/// The tokens on one line.
pub(crate) fn spelled(tokens: &impl ToTokens) -> String {
    let mut line = Spelling::default();
    line.all(tokens.to_token_stream());
    line.text
}

/// The kind of the last token, which decides whether a space follows.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum LastToken {
    /// None yet, or an operator with its space: an operand follows.
    #[default]
    Operator,
    /// A keyword: an operand follows, with a space before it.
    Keyword,
    Operand,
    /// A token that the next one belongs to: `.`, `::`, `&x`.
    Glue,
}

#[derive(Default)]
struct Spelling {
    text: String,
    last: LastToken,
    /// The first characters of an operator.
    operator: String,
    /// Whether the parameters of a closure are open.
    in_closure: bool,
    /// How many `<` of generics are open.
    generics: usize,
}

const KEYWORDS: [&str; 12] = [
    "as", "dyn", "else", "for", "if", "impl", "in", "let", "match", "move", "mut", "return",
];

impl Spelling {
    fn all(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.group(&group),
                TokenTree::Punct(punct) => self.punct(&punct),
                TokenTree::Ident(name) => {
                    let name = name.to_string();
                    let last = if KEYWORDS.contains(&name.as_str()) {
                        LastToken::Keyword
                    } else {
                        LastToken::Operand
                    };
                    self.word(&name, last);
                }
                TokenTree::Literal(literal) => self.word(&literal.to_string(), LastToken::Operand),
            }
        }
    }

    fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with([' ', '(', '[']) {
            self.text.push(' ');
        }
    }

    fn word(&mut self, word: &str, last: LastToken) {
        if self.last != LastToken::Glue {
            self.space();
        }
        self.text.push_str(word);
        self.last = last;
    }

    fn group(&mut self, group: &Group) {
        let (open, close) = match group.delimiter() {
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::Bracket => ("[", "]"),
            Delimiter::Brace => ("{ ", " }"),
            Delimiter::None => return self.all(group.stream()),
        };
        let is_call = self.last == LastToken::Operand && group.delimiter() != Delimiter::Brace;
        if !is_call && self.last != LastToken::Glue {
            self.space();
        }
        if group.delimiter() == Delimiter::Brace && group.stream().is_empty() {
            self.text.push_str("{}");
        } else {
            self.text.push_str(open);
            self.last = LastToken::Operator;
            self.all(group.stream());
            self.text.push_str(close);
        }
        self.last = LastToken::Operand;
    }

    fn punct(&mut self, punct: &Punct) {
        if punct.as_char() == '\'' {
            self.end_operator();
            self.operator("'");
            return;
        }
        self.operator.push(punct.as_char());
        // An operator that ends here, whatever follows: `::<`, `|&x|`.
        let is_whole = match self.operator.as_str() {
            "::" => true,
            ">" => self.generics > 0,
            "|" => self.last != LastToken::Operand,
            _ => false,
        };
        if punct.spacing() == Spacing::Joint && !is_whole {
            return;
        }
        self.end_operator();
    }

    fn end_operator(&mut self) {
        let operator = std::mem::take(&mut self.operator);
        if !operator.is_empty() {
            self.operator(&operator);
        }
    }

    fn operator(&mut self, operator: &str) {
        let after_operand = self.last == LastToken::Operand;
        let ends_a_type = self.text.ends_with("::")
            || self
                .text
                .rsplit(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .is_some_and(|word| word.starts_with(char::is_uppercase));
        match operator {
            "," | ";" => {
                self.text.push_str(operator);
                self.last = LastToken::Operator;
            }
            ":" => {
                self.text.push(':');
                self.last = LastToken::Operator;
            }
            "." | "::" | "?" => {
                if !after_operand && self.last != LastToken::Glue {
                    self.space();
                }
                self.text.push_str(operator);
                let is_try = operator == "?";
                self.last = if is_try {
                    LastToken::Operand
                } else {
                    LastToken::Glue
                };
            }
            "|" if self.in_closure => {
                self.in_closure = false;
                self.text.push('|');
                self.last = LastToken::Operator;
            }
            "|" if !after_operand => {
                self.in_closure = true;
                self.space();
                self.text.push('|');
                self.last = LastToken::Glue;
            }
            "<" if ends_a_type || !after_operand => {
                self.generics += 1;
                self.text.push('<');
                self.last = LastToken::Glue;
            }
            ">" if self.generics > 0 => {
                self.generics -= 1;
                self.text.push('>');
                self.last = LastToken::Operand;
            }
            "!" if after_operand => {
                self.text.push('!');
                self.last = LastToken::Operand;
            }
            "&" | "*" | "-" | "!" | "'" | "#" if !after_operand => {
                if self.last != LastToken::Glue {
                    self.space();
                }
                self.text.push_str(operator);
                self.last = LastToken::Glue;
            }
            ".." | "..=" => {
                self.text.push_str(operator);
                self.last = LastToken::Glue;
            }
            _ => {
                self.space();
                self.text.push_str(operator);
                self.last = LastToken::Operator;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_read_as_they_were_written() {
        for text in [
            "n != 99",
            "n < 5 && !is_old(&n, \"a . b\")",
            "Option::is_none",
            "|stats: &Stats| stats.lifetime()",
            "|_| minutes(5)",
            "|&n| n >= 5 || n >> 1 == 0",
            "if q.is_filtered() { minutes(10) } else { minutes(30) }",
            "60 * 60 - -1",
            "move |page| page.authors.iter().map(|author| tag!(\"author:{author.id}\"))",
            "Vec::<u8>::new().len() > 3",
            "Repo<u8, Vec<T>>",
            "a[0].b.0?",
            "&'a str",
            "match n { 0..=9 => 1, _ => {} }",
            "x as u64",
        ] {
            let tokens: TokenStream = text.parse().expect("tokens");
            assert_eq!(spelled(&tokens), text);
        }
    }
}
