//! The attributes have few arguments, so that one table shows them all.

use crate::source::{Fault, Source, words_of_code};
use std::collections::BTreeSet;

/// The arguments that are documented, and no spare ones.
const MOST: usize = 55;
const GRAMMAR: &str = "cache-macros/src/attr/";

/// `sources` are those of the macros.
pub(crate) fn check(sources: &[Source]) -> Vec<Fault> {
    let names = names(sources);
    let fault = |advice: String| Fault {
        path: GRAMMAR.to_owned(),
        line: 1,
        advice,
    };
    match names.len() {
        0 => vec![fault(
            "no arguments found: tell tests/tidy/arguments.rs how they are read now".to_owned(),
        )],
        1..=MOST => Vec::new(),
        many => {
            let list = names.into_iter().collect::<Vec<_>>().join(", ");
            vec![fault(format!(
                "{many} arguments, over the {MOST} that we allow ourselves: take one out of {list}"
            ))]
        }
    }
}

/// Arguments that the README does not show. `sources` are those of the macros.
pub(crate) fn undocumented(sources: &[Source], readme: &str) -> Vec<Fault> {
    let shown = words_of_code(readme);
    let missing = names(sources)
        .into_iter()
        .filter(|name| !shown.contains(name));
    let fault = |name| Fault {
        path: "README.md".to_owned(),
        line: 1,
        advice: format!("the tables of attributes do not show `{name}`, which {GRAMMAR} reads"),
    };
    missing.map(fault).collect()
}

fn names(sources: &[Source]) -> BTreeSet<&str> {
    let grammar = sources
        .iter()
        .filter(|source| source.path.starts_with(GRAMMAR));
    grammar.flat_map(read_by).collect()
}

/// The arguments that a file reads: the arms `"name" => set(…)`.
fn read_by(source: &Source) -> impl Iterator<Item = &str> {
    let arms = source.tokens.windows(5).filter(|arm| {
        let text = |at: usize| arm[at].text.as_str();
        text(0).starts_with('"') && (text(1), text(2), text(3), text(4)) == ("=", ">", "set", "(")
    });
    arms.map(|arm| arm[0].text.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grammar(arguments: usize) -> Source {
        let arms =
            (0..arguments).map(|n| format!("\"a{n}\" => set(&mut self.a{n}, name, input),\n"));
        let arms: String = arms.chain(["_ => other(\"b\")\n".to_owned()]).collect();
        Source::new(
            "cache-macros/src/attr/cached.rs",
            &format!("match name {{\n{arms}}}"),
        )
    }

    #[test]
    fn as_many_as_allowed_pass() {
        assert!(check(&[grammar(MOST)]).is_empty());
    }

    #[test]
    fn one_more_is_a_fault() {
        let faults = check(&[grammar(MOST + 1)]);
        assert!(
            faults[0].advice.starts_with("56 arguments, over the 55"),
            "{faults:?}"
        );
    }

    #[test]
    fn the_same_argument_of_two_attributes_counts_once() {
        let mut other = grammar(MOST);
        other.path = "cache-macros/src/attr/vary_on.rs".to_owned();
        assert!(check(&[grammar(MOST), other]).is_empty());
    }

    #[test]
    fn what_the_readme_does_not_show_is_a_fault() {
        let faults = undocumented(&[grammar(3)], "| `a0 = 1` | `#[x(a1)]` | a2 |");
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].advice.contains("`a2`"));
    }

    #[test]
    fn a_grammar_that_is_not_understood_does_not_pass() {
        assert_eq!(check(&[grammar(0)]).len(), 1);
    }
}
