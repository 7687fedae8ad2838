//! Only `clock` reads the time, so that tests can control it.

use crate::source::{Fault, Source};

const CLOCK: &str = "cache-core/src/clock.rs";
const READINGS: [&[&str]; 3] = [
    &["Instant", ":", ":", "now"],
    &["SystemTime", ":", ":", "now"],
    &["coarsetime", ":", ":"],
];

pub(crate) fn check(sources: &[Source]) -> Vec<Fault> {
    let others = sources.iter().filter(|source| source.path != CLOCK);
    let faults = others.flat_map(|source| {
        let lines = READINGS.iter().flat_map(|reading| source.lines_of(reading));
        lines.map(|line| source.fault(line, "reads the time by itself: ask `crate::clock`"))
    });
    faults.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "use std::time::Instant;\nfn f() {\n    let a = Instant::now();\n    let b = std::time::SystemTime::now();\n}\n";

    #[test]
    fn a_reading_outside_the_clock_is_a_fault() {
        let faults = check(&[Source::new("cache-core/src/near.rs", SAMPLE)]);
        assert_eq!(
            faults.iter().map(|fault| fault.line).collect::<Vec<_>>(),
            [3, 4]
        );
    }

    #[test]
    fn the_clock_itself_may() {
        assert!(check(&[Source::new(CLOCK, SAMPLE)]).is_empty());
    }
}
