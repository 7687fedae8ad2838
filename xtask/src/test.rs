//! `cargo xtask test`: all tests.

use crate::servers::{self, Subcommand};
use crate::step::Step;

/// The same packages and features for all steps, so that cargo builds each crate once. The benches are left out, so that the peers
/// are not compiled.
pub(crate) const SELECTION: [&str; 4] = [
    "--workspace",
    "--exclude",
    "cache-benches",
    "--all-features",
];

/// All test binaries except `screens` and `stores`, the only ones whose suites may be left out.
const BLACKBOX: &str = "[!s]*";

pub(crate) fn steps(subcommand: Subcommand) -> Vec<Step> {
    vec![
        Step::tests("unit", &["test"]).args(&SELECTION).args(&[
            "--no-fail-fast",
            "--lib",
            "--bins",
            "--examples",
        ]),
        // Built as a newcomer does; the black box tests then run them.
        Step::new("examples", &["build", "--examples"]),
        Step::tests("blackbox", &["test"]).args(&SELECTION).args(&[
            "--no-fail-fast",
            "--test",
            BLACKBOX,
        ]),
        Step::new("servers", &["xtask", "servers", subcommand.name()]),
        Step::tests("stores", &["test"])
            .args(&SELECTION)
            .args(&["--no-fail-fast", "--test", "screens"])
            .args(&["--test", "stores", "--"])
            .leaving_out(move || servers::left_out(subcommand)),
        Step::tests("doc", &["test"])
            .args(&SELECTION)
            .args(&["--no-fail-fast", "--doc"]),
        loom(),
    ]
}

/// The concurrency models, in a build of their own with the atomics and locks of loom. It is optimized, because a model runs its code
/// some hundred thousand times.
fn loom() -> Step {
    let inherited = std::env::var("RUSTFLAGS").unwrap_or_default();
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    Step::tests(
        "loom",
        &["test", "-p", "cache-core", "--release", "--lib", "loom"],
    )
    .env("RUSTFLAGS", format!("{inherited} --cfg cache_loom").trim())
    .env("CARGO_TARGET_DIR", &format!("{target}/loom"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_other_test_binary_has_the_initial_of_those_with_suites() {
        let manifest = include_str!("../../tests/Cargo.toml");
        let binaries = manifest.split("[[test]]\nname = \"").skip(1);
        let with_s: Vec<&str> = binaries
            .filter_map(|text| text.split('"').next())
            .filter(|name| name.starts_with('s'))
            .collect();
        assert_eq!(with_s, ["screens", "stores"]);
    }
}
