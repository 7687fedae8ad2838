//! Counts the tests in cargo's output, so that a step without tests does not pass.

use std::ops::AddAssign;

/// The sums of the `test result:` lines of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
}

impl Tally {
    /// Reads one line of output; `None` if it is not a summary.
    pub(crate) fn of_line(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let mut tally = Self::default();
        for part in counts.split(';') {
            match part.trim().split_once(' ') {
                Some((number, "passed")) => tally.passed = number.parse().ok()?,
                Some((number, "failed")) => tally.failed = number.parse().ok()?,
                Some((number, "ignored")) => tally.ignored = number.parse().ok()?,
                _ => {}
            }
        }
        Some(tally)
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_counted() {
        let line = "test result: FAILED. 12 passed; 1 failed; 2 ignored; 0 measured; 3 filtered out; finished in 0.01s";
        let tally = Tally {
            passed: 12,
            failed: 1,
            ignored: 2,
        };
        assert_eq!(Tally::of_line(line), Some(tally));
    }

    #[test]
    fn other_lines_are_not() {
        assert_eq!(Tally::of_line("running 3 tests"), None);
        assert_eq!(Tally::of_line("test result: unheard of"), None);
    }

    #[test]
    fn tallies_add_up() {
        let mut total = Tally {
            passed: 1,
            failed: 0,
            ignored: 1,
        };
        total += Tally {
            passed: 2,
            failed: 3,
            ignored: 0,
        };
        assert_eq!(
            total,
            Tally {
                passed: 3,
                failed: 3,
                ignored: 1
            }
        );
    }
}
