//! `cargo xtask bench`: one optimised build, one process, us and the peers in turn.

use crate::step::{self, Step};

/// The bench profile is the release profile with fat LTO, so that no contender pays for a crate boundary.
pub(crate) fn run(filter: &[String]) -> Result<(), String> {
    let bench = Step::new(
        "bench",
        &["run", "--profile", "bench", "-p", "cache-benches", "--"],
    );
    let filter: Vec<&str> = filter.iter().map(String::as_str).collect();
    step::run(&[bench.args(&filter)], &[])
}
