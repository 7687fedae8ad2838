//! Public items are used. The compiler does not warn of dead code that other crates could name.

use crate::source::{Fault, Source};
use std::collections::{HashMap, HashSet};

/// The keywords of items that have a name and can be public.
const ITEMS: [&str; 7] = ["fn", "struct", "enum", "trait", "type", "const", "static"];

/// `documents` are the texts for users. An item that they name is used; one that only comments in code name is not.
pub(crate) fn check(sources: &[Source], documents: &[String]) -> Vec<Fault> {
    let mut named: HashMap<&str, usize> = HashMap::new();
    for token in sources.iter().flat_map(|source| &source.tokens) {
        *named.entry(&token.text).or_default() += 1;
    }
    let shown: HashSet<&str> = documents
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_'))
        .collect();
    let own = |source: &&Source| source.path.starts_with("cache-core/src/") && !source.is_tests();
    let faults = sources.iter().filter(own).flat_map(|source| {
        let defined = public(source);
        let dead = defined.filter(|(name, _)| {
            let definitions = sources
                .iter()
                .flat_map(public)
                .filter(|other| other.0 == *name);
            !shown.contains(name) && named[name] <= definitions.count()
        });
        dead.map(|(name, line)| {
            source.fault(
                line,
                format!("`{name}` is public and nothing names it: take it out"),
            )
        })
    });
    faults.collect()
}

/// The names of `pub` items, without those of `pub(…)`, each with its line.
fn public(source: &Source) -> impl Iterator<Item = (&str, usize)> {
    let tokens = &source.tokens;
    let starts = (0..tokens.len()).filter(|&at| tokens[at].text == "pub");
    starts.filter_map(move |at| {
        let words = tokens[at + 1..].iter().take(4);
        let item = words
            .map(|token| token.text.as_str())
            .take_while(|word| !matches!(*word, "(" | "use" | "mod" | ":"))
            .position(|word| ITEMS.contains(&word))?;
        let mut name = at + 2 + item;
        // `const fn f` begins like `const C`.
        while matches!(tokens.get(name)?.text.as_str(), "fn" | "async" | "unsafe") {
            name += 1;
        }
        let token = tokens.get(name)?;
        Some((token.text.as_str(), token.line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(core: &str, others: &str, document: &str) -> Vec<String> {
        let sources = [
            Source::new("cache-core/src/a.rs", core),
            Source::new("tests/b.rs", others),
        ];
        check(&sources, &[document.to_owned()])
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn what_nothing_names_is_dead() {
        let core = "pub struct A;\nimpl A {\n    pub const fn make() -> Self { A }\n    pub(crate) fn own() {}\n}";
        assert_eq!(
            faults(core, "", ""),
            ["cache-core/src/a.rs:3: `make` is public and nothing names it: take it out"]
        );
    }

    #[test]
    fn a_test_or_a_document_is_a_user() {
        let core = "pub async fn a() {} pub const B: u8 = 1;";
        assert!(faults(core, "fn f() { a(); g(B); }", "").is_empty());
        assert!(faults(core, "", "call `a`, see B").is_empty());
    }
}
