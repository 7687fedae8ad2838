//! What it takes to load a value again, as far as eviction must know.

use std::time::Duration;

/// How long the load of a value took: four times the logarithm of its nanoseconds, so that each step is about a fifth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LoadCost(u8);

impl LoadCost {
    /// Not known.
    pub(crate) const UNKNOWN: Self = Self(0);

    /// That of a load that took so long.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the times of loads, and logarithms of 64 bits, are small"
    )]
    pub(crate) const fn of(took: Duration) -> Self {
        let nanos = took.as_nanos() as u64;
        let nanos = if nanos < 4 { 4 } else { nanos };
        let log = nanos.ilog2();
        // The two bits after the first: the logarithm of what is between two powers of two is nearly a line.
        let rest = nanos >> (log - 2) & 3;
        Self((log * 4) as u8 + rest as u8)
    }

    /// The steps, if it is known.
    pub(crate) fn steps(self) -> Option<u8> {
        (self != Self::UNKNOWN).then_some(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_that_takes_twice_as_long_costs_four_steps_more() {
        let steps = |nanos| LoadCost::of(Duration::from_nanos(nanos)).steps().unwrap();
        for nanos in [4, 1_000, 1_234_567, 7_000_000_000, 1 << 62] {
            assert_eq!(steps(nanos * 2) - steps(nanos), 4, "{nanos}");
            assert!(
                (1..=2).contains(&(steps(nanos + nanos / 4) - steps(nanos))),
                "{nanos}"
            );
        }
        assert_eq!(steps(0), steps(4));
        assert_eq!(steps(u64::MAX), 255);
        assert_eq!(LoadCost::UNKNOWN.steps(), None);
    }
}
