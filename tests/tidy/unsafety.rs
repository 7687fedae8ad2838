//! `unsafe` is only in the files listed here, each with its reason.

use crate::source::{Fault, Source};

/// Files that need it, each with the reason; the proof is beside the code.
const PROVEN: &[(&str, &str)] = &[];

/// The tokens after the word in code; without them, it is a word in one of our attributes.
const FOLLOWERS: [&str; 5] = ["{", "fn", "impl", "extern", "trait"];

pub(crate) fn check(sources: &[Source]) -> Vec<Fault> {
    let others = sources
        .iter()
        .filter(|source| PROVEN.iter().all(|(path, _)| *path != source.path));
    let faults = others.flat_map(|source| {
        let lines = FOLLOWERS.iter().flat_map(|next| source.lines_of(&["unsafe", next]).collect::<Vec<_>>());
        lines.map(|line| {
            let advice = "unsafe code: find a safe way, or prove it beside the code and list the file in \
                          tests/tidy/unsafety.rs";
            source.fault(line, advice)
        })
    });
    faults.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_functions_and_impls_are_found() {
        let text = "fn f() {\n    unsafe { g() }\n}\nunsafe impl Send for S {}\nunsafe fn g() {}\n";
        let faults = check(&[Source::new("a.rs", text)]);
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert_eq!(faults[0].line, 2);
    }

    #[test]
    fn the_word_in_a_grammar_is_no_code() {
        assert!(
            check(&[Source::new(
                "a.rs",
                "fn f() { input.peek(Token![unsafe]); }"
            )])
            .is_empty()
        );
    }
}
