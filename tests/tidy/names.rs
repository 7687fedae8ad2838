//! A name stands for one type in all crates, so that readers and searches find the right one.

use crate::source::{Fault, Source, Token};
use std::collections::BTreeMap;

/// The end of the name of a file that replaces its twin on platforms that lack something.
const ELSEWHERE: &str = "_elsewhere.rs";

pub(crate) fn check(sources: &[Source]) -> Vec<Fault> {
    let mut places: BTreeMap<&str, Vec<(&Source, usize)>> = BTreeMap::new();
    let is_counted = |source: &&Source| !source.is_tests() && !source.path.ends_with(ELSEWHERE);
    for source in sources.iter().filter(is_counted) {
        for token in types(&source.tokens) {
            let found = places.entry(&token.text).or_default();
            // Variants for different features are in the same file.
            if found.iter().all(|(other, _)| other.path != source.path) {
                found.push((source, token.line));
            }
        }
    }
    let faults = places.iter().flat_map(|(name, places)| {
        let (first, line) = places[0];
        places.iter().skip(1).map(move |(source, at)| {
            let advice = format!(
                "`{name}` is also a type in {}:{line}: name what differs",
                first.path
            );
            source.fault(*at, advice)
        })
    });
    faults.collect()
}

/// The names of the types and traits in modules, except those in functions and tests.
fn types(tokens: &[Token]) -> Vec<&Token> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let (mut found, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        match text(at) {
            "mod" if text(at + 2) == "{" && !is_for_tests(tokens, at) => at += 3,
            "{" => at = behind(tokens, at),
            "struct" | "enum" | "trait" | "type" | "union"
                if text(at + 1).starts_with(char::is_uppercase) =>
            {
                if !is_for_tests(tokens, at) {
                    found.push(&tokens[at + 1]);
                }
                at += 2;
            }
            _ => at += 1,
        }
    }
    found
}

/// Whether the item whose keyword is at `at` has a `#[cfg(…)]` for tests.
fn is_for_tests(tokens: &[Token], at: usize) -> bool {
    let before = tokens[..at].iter().rev();
    let before = before.take_while(|token| !matches!(token.text.as_str(), ";" | "{" | "}"));
    let words: Vec<&str> = before.map(|token| token.text.as_str()).collect();
    words.contains(&"cfg") && words.contains(&"test")
}

/// The index after the braces that open at `at`.
fn behind(tokens: &[Token], mut at: usize) -> usize {
    let mut depth = 0_usize;
    loop {
        match tokens.get(at).map(|token| token.text.as_str()) {
            Some("{") => depth += 1,
            Some("}") => depth -= 1,
            Some(_) => {}
            None => return at,
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(texts: &[&str]) -> Vec<String> {
        let sources: Vec<Source> = (1..)
            .zip(texts)
            .map(|(number, text)| Source::new(&format!("src/{number}.rs"), text))
            .collect();
        check(&sources).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_name_twice_is_a_fault_at_the_second_place() {
        assert_eq!(
            faults(&["pub struct A;", "\nenum A { B }"]),
            ["src/2.rs:2: `A` is also a type in src/1.rs:1: name what differs"]
        );
        assert_eq!(faults(&["mod m { trait A {} }", "type A = u8;"]).len(), 1);
    }

    #[test]
    fn what_is_inside_of_functions_impls_and_tests_is_free() {
        let free = "fn f() { struct A; } impl Iterator for X { type Item = u8; } \
                    #[cfg(test)] mod tests { struct A; } #[cfg(test)] struct A;";
        assert!(faults(&["struct A; type Item = u8;", free]).is_empty());
    }
}
