//! `cargo xtask test`: what must pass before anything else is said of a change.

use crate::servers::{self, Subcommand};
use crate::step::Step;

/// One selection of packages and features for every step, so that cargo builds each crate once.
/// The benches stay out: nobody who runs the tests compiles a peer.
const SELECTION: [&str; 4] = [
    "--workspace",
    "--exclude",
    "cache-benches",
    "--all-features",
];

/// Every test binary but `stores`, the only one whose suites may be left out.
const BLACKBOX: &str = "[!s]*";

pub(crate) fn steps(subcommand: Subcommand) -> Vec<Step> {
    vec![
        Step::tests("unit", &["test"]).args(&SELECTION).args(&[
            "--no-fail-fast",
            "--lib",
            "--bins",
            "--examples",
        ]),
        // As a newcomer builds them; the black box then runs them.
        Step::new("examples", &["build", "--examples"]),
        Step::tests("blackbox", &["test"]).args(&SELECTION).args(&[
            "--no-fail-fast",
            "--test",
            BLACKBOX,
        ]),
        Step::new("servers", &["xtask", "servers", subcommand.name()]),
        Step::tests("stores", &["test"])
            .args(&SELECTION)
            .args(&["--no-fail-fast", "--test", "stores", "--"])
            .leaving_out(move || servers::left_out(subcommand)),
        Step::tests("doc", &["test"])
            .args(&SELECTION)
            .args(&["--no-fail-fast", "--doc"]),
        loom(),
    ]
}

/// The models of the concurrent parts. They need a build of their own, in which the atomics and
/// locks are loom's; optimised, for a model runs its code some hundred thousand times.
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
    fn no_other_test_binary_has_the_initial_of_stores() {
        let manifest = include_str!("../../tests/Cargo.toml");
        let binaries = manifest.split("[[test]]\nname = \"").skip(1);
        let with_s: Vec<&str> = binaries
            .filter_map(|text| text.split('"').next())
            .filter(|name| name.starts_with('s'))
            .collect();
        assert_eq!(with_s, ["stores"]);
    }
}
