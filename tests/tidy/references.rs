//! The paths by which a file names other files of its crate: `crate::a::b`, `super::b`, `self::b`, in imports, code and macros. Those
//! of tests are left out, because tests may use everything, and so is `$crate::…`, which ends up in a user's code.

use crate::source::{Source, Token};

/// A path from the root of the crate, and its line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
    /// The name under which a `pub use` re-exports it.
    pub(crate) shown_as: Option<String>,
}

/// All references in `source`, which is the module `module` of the crate `name`.
pub(crate) fn references(source: &Source, module: &[&str], name: &str) -> Vec<Reference> {
    let tokens = &source.tokens;
    let mut inline = InlineModules::default();
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        inline.step(tokens, at);
        at = match start(tokens, at, module, &inline.names, name) {
            Some((path, next)) if inline.tests == 0 => {
                let first = found.len();
                let next = tree(tokens, next, path, &mut found).max(at + 1);
                if !is_shown(tokens, at) {
                    found[first..].iter_mut().for_each(|it| it.shown_as = None);
                }
                next
            }
            _ => at + 1,
        };
    }
    found
}

/// The `mod x { … }` around a token.
#[derive(Default)]
struct InlineModules {
    names: Vec<String>,
    depths: Vec<usize>,
    depth: usize,
    /// How many of them, counted from the innermost, are tests or are in tests.
    tests: usize,
}

impl InlineModules {
    fn step(&mut self, tokens: &[Token], at: usize) {
        match text(tokens, at) {
            "{" => {
                self.depth += 1;
                if at >= 2 && text(tokens, at - 2) == "mod" {
                    self.tests += usize::from(self.tests > 0 || is_for_tests(tokens, at - 2));
                    self.names.push(text(tokens, at - 1).to_owned());
                    self.depths.push(self.depth);
                }
            }
            "}" => {
                if self.depths.last() == Some(&self.depth) {
                    self.names.pop();
                    self.depths.pop();
                    self.tests = self.tests.saturating_sub(1);
                }
                self.depth = self.depth.saturating_sub(1);
            }
            _ => {}
        }
    }
}

/// Whether the item that begins at `at` has a `#[cfg(…)]` for tests.
fn is_for_tests(tokens: &[Token], at: usize) -> bool {
    let before = tokens[..at].iter().rev();
    let before = before.take_while(|token| !matches!(token.text.as_str(), ";" | "{" | "}"));
    let words: Vec<&str> = before.map(|token| token.text.as_str()).collect();
    words.contains(&"cfg") && words.contains(&"test")
}

/// The beginning of a path: its first segments, resolved, and the index after its `::`.
fn start(
    tokens: &[Token],
    at: usize,
    module: &[&str],
    inline: &[String],
    name: &str,
) -> Option<(Vec<String>, usize)> {
    let behind = |back: usize| at.checked_sub(back).map_or("", |at| text(tokens, at));
    let goes_on = (behind(2), behind(1)) == (":", ":") || matches!(behind(1), "in" | "$");
    if goes_on && text(tokens, at) != name {
        return None;
    }
    if !follows_path(tokens, at + 1) {
        return None;
    }
    let here = || {
        module
            .iter()
            .map(|&part| part.to_owned())
            .chain(inline.iter().cloned())
            .collect::<Vec<_>>()
    };
    match text(tokens, at) {
        "crate" => Some((Vec::new(), at + 3)),
        "self" => Some((here(), at + 3)),
        "super" => {
            let (mut path, mut at) = (here(), at);
            while text(tokens, at) == "super" && follows_path(tokens, at + 1) {
                path.pop();
                at += 3;
            }
            Some((path, at))
        }
        own if own == name => Some((Vec::new(), at + 3)),
        _ => None,
    }
}

/// Reads a path, or a tree of paths in braces, from `at`; returns the index after it.
fn tree(
    tokens: &[Token],
    mut at: usize,
    mut path: Vec<String>,
    found: &mut Vec<Reference>,
) -> usize {
    let Some(token) = tokens.get(at) else {
        return at;
    };
    match token.text.as_str() {
        "{" => {
            at += 1;
            while at < tokens.len() && text(tokens, at) != "}" {
                let next = match text(tokens, at) {
                    "," => at + 1,
                    _ => tree(tokens, at, path.clone(), found),
                };
                at = next.max(at + 1);
            }
            return at + 1;
        }
        "self" => at += 1,
        segment if segment.starts_with(|first: char| first.is_alphabetic() || first == '_') => {
            path.push(segment.to_owned());
            at += 1;
            if follows_path(tokens, at) {
                return tree(tokens, at + 2, path, found);
            }
        }
        "*" => at += 1,
        _ => {}
    }
    let mut shown_as = path.last().cloned();
    if text(tokens, at) == "as" {
        shown_as = Some(text(tokens, at + 1).to_owned());
        at += 2;
    }
    found.push(Reference {
        path,
        line: token.line,
        shown_as,
    });
    at
}

/// Whether the path that begins at `at` is that of a `pub use` or `pub(…) use`.
fn is_shown(tokens: &[Token], at: usize) -> bool {
    let behind = |back: usize| at.checked_sub(back).map_or("", |at| text(tokens, at));
    behind(1) == "use" && matches!(behind(2), "pub" | ")")
}

fn follows_path(tokens: &[Token], at: usize) -> bool {
    text(tokens, at) == ":" && text(tokens, at + 1) == ":"
}

fn text(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| token.text.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The references of a text in `http/vary.rs`.
    fn of(text: &str) -> Vec<(String, usize)> {
        let source = Source::new("vary.rs", text);
        let found = references(&source, &["http", "vary"], "cache_core");
        found
            .into_iter()
            .map(|reference| (reference.path.join("::"), reference.line))
            .collect()
    }

    fn paths(text: &str) -> Vec<String> {
        of(text).into_iter().map(|(path, _)| path).collect()
    }

    #[test]
    fn a_tree_of_imports_is_taken_apart_with_its_lines() {
        let found = of(
            "use crate::{\n    key::{Key, Part as Piece},\n    near::{self, *},\n    ttl,\n};\nuse std::fmt;",
        );
        let expected = [
            ("key::Key", 2),
            ("key::Part", 2),
            ("near", 3),
            ("near", 3),
            ("ttl", 4),
        ];
        assert_eq!(found, expected.map(|(path, line)| (path.to_owned(), line)));
    }

    #[test]
    fn code_and_macros_count_as_imports_do() {
        assert_eq!(
            paths("fn f() { let k = crate::key::Key::<u8>::new(); }"),
            ["key::Key"]
        );
        assert_eq!(paths("write!(f, crate::key::NAME)"), ["key::NAME"]);
        assert_eq!(paths("fn f(key: crate::key::Key) {}"), ["key::Key"]);
        assert_eq!(paths("use ::cache_core::near::Near;"), ["near::Near"]);
    }

    #[test]
    fn relative_paths_are_resolved() {
        assert_eq!(
            paths("use super::engine::Engine;"),
            ["http::engine::Engine"]
        );
        assert_eq!(paths("use super::super::key::Key;"), ["key::Key"]);
        assert_eq!(paths("use self::parts::Part;"), ["http::vary::parts::Part"]);
        assert_eq!(
            paths("mod parts { use super::*; use super::super::engine; }"),
            ["http::vary", "http::engine"]
        );
        assert_eq!(
            paths("mod parts { fn f() {} }\nuse super::engine;"),
            ["http::engine"]
        );
    }

    #[test]
    fn what_tests_name_is_left_out_and_what_follows_them_is_not() {
        let tests = "#[cfg(test)]\nmod tests { use crate::cache; mod deep { use crate::cache; } use crate::near; }";
        assert_eq!(paths(&format!("{tests} use crate::key;")), ["key"]);
    }

    #[test]
    fn what_is_no_path_is_left_alone() {
        assert!(paths("macro_rules! m { () => { $crate::__private::go() } }").is_empty());
        assert!(
            paths("pub(crate) fn f(self) {} pub(in crate::http) struct S; // crate::key")
                .is_empty()
        );
        assert!(paths("const S: &str = \"crate::key\"; /** crate::key */ fn f() {}").is_empty());
    }
}
