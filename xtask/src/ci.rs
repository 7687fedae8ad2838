//! `cargo xtask ci`: the cheap checks, then every test.

use crate::bench;
use crate::servers::Subcommand;
use crate::step::Step;
use crate::test;

const FEATURES: [&str; 20] = [
    "",
    "tokio",
    "http",
    "tower",
    "layer",
    "axum",
    "actix",
    "axum-extra",
    "askama",
    "minijinja",
    // The keys of other crates are independent `impl`s.
    "uuid,url,chrono,time,smol_str",
    "file",
    "sqlite",
    "postgres",
    "mysql",
    "redis",
    "memcached",
    "tracing",
    "metrics",
    "dashboard",
];

pub(crate) fn steps() -> Vec<Step> {
    let mut steps = vec![
        Step::new("fmt", &["fmt", "--all", "--check"]),
        Step::new(
            "clippy",
            &["clippy", "--workspace", "--all-targets", "--all-features"],
        )
        .args(&["--", "-D", "warnings"]),
    ];
    steps.extend(features());
    steps.push(
        Step::new("rustdoc", &["doc", "--no-deps", "--all-features"])
            .args(&["-p", "cache-core", "-p", "cache-macros"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    );
    steps.extend(test::steps(Subcommand::Ci));
    // Models that order what the stores' thread does elsewhere.
    steps.push(Step::tests(
        "without a runtime",
        &[
            "test",
            "-p",
            "cache-core",
            "--lib",
            "--features",
            "tokio",
            "in_hand",
        ],
    ));
    steps.push(Step::new("weigh", &["xtask", "weigh", "guard"]));
    steps.push(bench::quick());
    steps
}

/// Each feature alone, as users enable them: `--all-features` would hide what is missing.
fn features() -> impl Iterator<Item = Step> {
    FEATURES.into_iter().map(|feature| {
        Step::new(
            "features",
            &[
                "clippy",
                "-p",
                "cache-core",
                "--lib",
                "--no-default-features",
            ],
        )
        .args(&["--features", feature, "--", "-D", "warnings"])
    })
}
