//! A file has one idea, which fits in some three hundred lines, not counting its tests.

use crate::source::{Fault, Source};

/// Lines of code before the tests of the file.
const LIMIT: usize = 300;
/// Lines with the tests, without exceptions.
const CAP: usize = 500;

/// Files over the limit, each with the reason why it is one idea.
pub(crate) const EXCEPTIONS: &[(&str, &str)] = &[];

pub(crate) fn check(sources: &[Source], exceptions: &[(&str, &str)]) -> Vec<Fault> {
    let too_long = sources.iter().filter_map(|source| {
        let all = source.text.lines().count();
        let lines = lines_of_code(source);
        let excepted = exceptions.iter().any(|(path, _)| *path == source.path);
        let advice = if all > CAP {
            format!("{all} lines, over the cap of {CAP}: split it")
        } else if lines > LIMIT && !excepted {
            format!(
                "{lines} lines of code: find the second idea and give it a file, or list the file with its reason in \
                 tests/tidy/sizes.rs"
            )
        } else {
            return None;
        };
        Some(source.fault(LIMIT + 1, advice))
    });
    let needless = exceptions.iter().filter_map(|(path, _)| {
        let found = sources.iter().find(|source| source.path == *path);
        let short = found.is_none_or(|source| lines_of_code(source) <= LIMIT);
        let advice = "needs no exception any more: take it out of tests/tidy/sizes.rs".to_owned();
        short.then(|| Fault {
            path: (*path).to_owned(),
            line: 1,
            advice,
        })
    });
    too_long.chain(needless).collect()
}

/// Lines before the module of tests that ends the file.
fn lines_of_code(source: &Source) -> usize {
    if source.is_tests() {
        return 0;
    }
    let is_test = |line: &str| line.starts_with("#[cfg(") && line.contains("test");
    source
        .text
        .lines()
        .take_while(|line| !is_test(line))
        .count()
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
        assert!(
            faults(LIMIT + 1, &[])[0]
                .starts_with("a.rs:301: 301 lines of code: find the second idea")
        );
        assert!(faults(LIMIT + 1, &[("a.rs", "a table")]).is_empty());
    }

    #[test]
    fn the_tests_of_a_file_count_for_the_cap_only() {
        let text = format!(
            "{}#[cfg(test)]\n{}",
            "//\n".repeat(LIMIT),
            "//\n".repeat(100)
        );
        assert!(check(&[Source::new("a.rs", &text)], &[]).is_empty());
        let tests = Source::new("a/tests.rs", &"//\n".repeat(LIMIT + 1));
        assert!(check(&[tests], &[]).is_empty());
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
