//! `cargo xtask bench`: this crate and its peers, by turns, in one process of an optimized build.

use crate::step::{self, Step};

/// The bench profile is the release profile with fat LTO, so that crate boundaries cost no contender anything.
pub(crate) fn run(filter: &[String]) -> Result<(), String> {
    let bench = Step::new(
        "bench",
        &["run", "--profile", "bench", "-p", "cache-benches", "--"],
    );
    let filter: Vec<&str> = filter.iter().map(String::as_str).collect();
    step::run(&[bench.args(&filter)], &[])
}
