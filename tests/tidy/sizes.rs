//! A file holds one idea, and an idea fits in some three hundred lines.

use crate::source::{Fault, Source};

const LIMIT: usize = 300;
const CAP: usize = 500;

/// Files over the limit, each with the reason why it is one idea all the same.
pub(crate) const EXCEPTIONS: &[(&str, &str)] = &[];

pub(crate) fn check(sources: &[Source], exceptions: &[(&str, &str)]) -> Vec<Fault> {
    let too_long = sources.iter().filter_map(|source| {
        let lines = source.text.lines().count();
        let excepted = exceptions.iter().any(|(path, _)| *path == source.path);
        let advice = if lines > CAP {
            format!("{lines} lines, over the cap of {CAP}: split it")
        } else if lines > LIMIT && !excepted {
            format!(
                "{lines} lines: find the second idea and give it a file, or list the file with its reason in \
                 tests/tidy/sizes.rs"
            )
        } else {
            return None;
        };
        Some(source.fault(LIMIT + 1, advice))
    });
    let needless = exceptions.iter().filter_map(|(path, _)| {
        let found = sources.iter().find(|source| source.path == *path);
        let short = found.is_none_or(|source| source.text.lines().count() <= LIMIT);
        let advice = "needs no exception any more: take it out of tests/tidy/sizes.rs".to_owned();
        short.then(|| Fault {
            path: (*path).to_owned(),
            line: 1,
            advice,
        })
    });
    too_long.chain(needless).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(lines: usize, exceptions: &[(&str, &str)]) -> Vec<String> {
        let source = Source::new("a.rs", &"//\n".repeat(lines));
        check(&[source], exceptions)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn up_to_the_limit_nothing_is_said() {
        assert!(faults(LIMIT, &[]).is_empty());
    }

    #[test]
    fn over_the_limit_a_reason_is_needed() {
        assert!(faults(LIMIT + 1, &[])[0].starts_with("a.rs:301: 301 lines: find the second idea"));
        assert!(faults(LIMIT + 1, &[("a.rs", "a table")]).is_empty());
    }

    #[test]
    fn over_the_cap_no_reason_helps() {
        assert!(faults(CAP + 1, &[("a.rs", "a table")])[0].contains("over the cap of 500"));
    }

    #[test]
    fn an_exception_that_nothing_needs_is_a_fault() {
        let exceptions = [("a.rs", "a table"), ("gone.rs", "a table")];
        assert_eq!(faults(LIMIT, &exceptions).len(), 2);
    }
}
