//! A Rust file for the rules: its text, and its tokens with their lines, in which comments and strings never look like code.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// One file, by its path from the root of the repository.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) tokens: Vec<Token>,
}

/// An identifier, a literal, one character of punctuation, or a bracket.
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// A broken rule: its place, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) advice: String,
}

impl Source {
    /// # Panics
    /// If the text does not consist of Rust tokens.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let stream: TokenStream = text
            .parse()
            .unwrap_or_else(|error| panic!("{path} is not made of Rust tokens: {error}"));
        let mut tokens = Vec::new();
        flatten(stream, &mut tokens);
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            tokens,
        }
    }

    /// Every Rust file under a folder of the repository, except the ui cases, which are wrong on purpose.
    ///
    /// # Panics
    /// If there is none: a rule would then check nothing.
    pub(crate) fn under(folder: &str) -> Vec<Self> {
        let files = files_under(folder).into_iter();
        let rust = files.filter(|path| is_rust(path) && !path.starts_with("tests/ui/"));
        let sources: Vec<Self> = rust.map(|path| Self::new(&path, &read(&path))).collect();
        assert!(!sources.is_empty(), "no Rust files under {folder}");
        sources
    }

    /// Every Rust file of the repository.
    pub(crate) fn all() -> Vec<Self> {
        Self::under("")
    }

    /// Whether it is the file of a `mod tests`.
    pub(crate) fn is_tests(&self) -> bool {
        self.path.ends_with("/tests.rs")
            || self.path.contains("/src/") && self.path.contains("/tests/")
    }

    pub(crate) fn fault(&self, line: usize, advice: impl Into<String>) -> Fault {
        Fault {
            path: self.path.clone(),
            line,
            advice: advice.into(),
        }
    }

    /// The lines with this sequence of tokens.
    pub(crate) fn lines_of<'a>(&'a self, sequence: &'a [&str]) -> impl Iterator<Item = usize> + 'a {
        let windows = self.tokens.windows(sequence.len());
        let found = windows.filter(move |window| {
            let texts = window.iter().map(|token| token.text.as_str());
            texts.eq(sequence.iter().copied())
        });
        found.map(|window| window[0].line)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.advice)
    }
}

/// The text of a file of the repository.
///
/// # Panics
/// If it cannot be read.
pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The words in the code of a Markdown text.
pub(crate) fn words_of_code(markdown: &str) -> HashSet<&str> {
    let pieces = markdown.split('`').skip(1).step_by(2);
    pieces
        .flat_map(|piece| piece.split(|c: char| !c.is_alphanumeric() && c != '_'))
        .collect()
}

/// The paths from the root of all files under a folder, sorted, without hidden and built ones.
///
/// # Panics
/// If a folder cannot be read.
pub(crate) fn files_under(folder: &str) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            match path.is_dir() {
                true if name.starts_with('.') || name == "target" => {}
                true => folders.push(path),
                false => files.push(from_root(&path)),
            }
        }
    }
    files.sort();
    files
}

pub(crate) fn is_rust(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "rs")
}

fn from_root(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap_or(path);
    path.display().to_string().replace('\\', "/")
}

fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}

fn flatten(stream: TokenStream, out: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        let mut push = |text: String, line| out.push(Token { text, line });
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                let end = group.span_close().end().line;
                push(open.to_owned(), line);
                flatten(group.stream(), out);
                out.push(Token {
                    text: close.to_owned(),
                    line: end,
                });
            }
            TokenTree::Ident(ident) => push(ident.to_string(), line),
            TokenTree::Punct(punct) => push(punct.as_char().to_string(), line),
            TokenTree::Literal(literal) => push(literal.to_string(), line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_know_their_lines() {
        let source = Source::new("a.rs", "fn a() {\n    b::c();\n}\n");
        let tokens: Vec<_> = source
            .tokens
            .iter()
            .map(|token| (token.text.as_str(), token.line))
            .collect();
        let body = [
            ("b", 2),
            (":", 2),
            (":", 2),
            ("c", 2),
            ("(", 2),
            (")", 2),
            (";", 2),
            ("}", 3),
        ];
        assert_eq!(tokens[5..], body);
    }

    #[test]
    fn a_sequence_is_found_in_code_and_not_in_comments_or_strings() {
        let source = Source::new("a.rs", "// b::c\nconst X: &str = \"b::c\";\nuse b::c;\n");
        assert_eq!(
            source.lines_of(&["b", ":", ":", "c"]).collect::<Vec<_>>(),
            [3]
        );
    }

    #[test]
    fn words_of_code_are_those_between_backticks() {
        let words = words_of_code("a `b(c)` d\n```rust\ne_f\n```\ng `h`");
        for (word, is_code) in [
            ("b", true),
            ("c", true),
            ("e_f", true),
            ("h", true),
            ("a", false),
            ("d", false),
            ("g", false),
        ] {
            assert_eq!(words.contains(word), is_code, "{word}");
        }
    }

    #[test]
    fn the_files_of_this_test_are_found() {
        let files = files_under("tests");
        assert!(
            files.contains(&"tests/tidy/source.rs".to_owned()),
            "{files:?}"
        );
    }
}
