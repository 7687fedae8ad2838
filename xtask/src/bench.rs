//! `cargo xtask bench`: this crate and its peers, by turns, in one process, from two builds.

use crate::step::{self, Step};

const USAGE: &str = "\
usage: cargo xtask bench [filter] [--rounds N] [--large] [--report] [--profile release|bench]
       cargo xtask bench --quick";

/// The builds: cargo's profile, and what it is in words.
const BUILDS: [(&str, &str); 2] = [
    ("release", "default release profile"),
    // Crate boundaries cost no contender anything.
    ("bench", "fat LTO, one codegen unit"),
];

/// Where runs leave their figures.
const FIGURES: &str = "target/bench";
/// The page that the documentation keeps, with its plots.
const PAGE: &str = "docs/bench";

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct BenchChoice {
    quick: bool,
    report: bool,
    profile: Option<String>,
    /// For the program that holds the contests.
    rest: Vec<String>,
}

pub(crate) fn run(words: &[String]) -> Result<(), String> {
    let choice = parse(words)?;
    if choice.quick {
        return step::run(&[quick()], &[]);
    }
    step::run(&steps(&choice)?, &[])
}

/// The tests of the benches, the guards among them, in a build that has only the peer that these compare with. One at a time, so
/// that nothing disturbs what is measured.
pub(crate) fn quick() -> Step {
    Step::tests("bench", &["test", "--release", "-p", "cache-benches"])
        .args(&["--no-default-features", "--bin", "cache-benches"])
        .args(&["--", "--test-threads", "1", "--nocapture"])
}

fn parse(words: &[String]) -> Result<BenchChoice, String> {
    let mut choice = BenchChoice::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--quick" => choice.quick = true,
            "--report" => choice.report = true,
            "--profile" => choice.profile = words.next().cloned(),
            _ => choice.rest.push(word.clone()),
        }
    }
    if choice.quick && words_of(&choice) > 0 {
        return Err(format!("`--quick` stands alone\n{USAGE}"));
    }
    Ok(choice)
}

fn words_of(choice: &BenchChoice) -> usize {
    choice.rest.len() + usize::from(choice.report) + usize::from(choice.profile.is_some())
}

/// A run of each build, and then the page of both.
fn steps(choice: &BenchChoice) -> Result<Vec<Step>, String> {
    let chosen = choice.profile.as_deref();
    let builds = BUILDS
        .iter()
        .filter(|(profile, _)| chosen.is_none_or(|name| name == *profile));
    let builds: Vec<_> = builds.collect();
    if builds.is_empty() {
        return Err(format!("unknown profile\n{USAGE}"));
    }
    let file = |profile| format!("{FIGURES}/{profile}.json");
    let mut steps = Vec::new();
    for (index, (profile, build)) in builds.iter().enumerate() {
        let mut step = program(profile).args(&["--build", build, "--save", &file(profile)]);
        if choice.report {
            step = step.args(&["--report"]);
        }
        // What each build would say again.
        if index > 0 {
            step = step.args(&["--timed-only"]);
        }
        let rest: Vec<&str> = choice.rest.iter().map(String::as_str).collect();
        steps.push(step.args(&rest));
    }
    let files: Vec<String> = builds.iter().map(|(profile, _)| file(profile)).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let folder = if choice.report { PAGE } else { FIGURES };
    steps.push(program(builds[0].0).args(&["join", folder]).args(&files));
    Ok(steps)
}

fn program(profile: &str) -> Step {
    Step::new(
        "bench",
        &["run", "--profile", profile, "-p", "cache-benches", "--"],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(line: &str) -> Result<Vec<String>, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let steps = steps(&parse(&words)?)?;
        Ok(steps.iter().map(|step| step.command_line(&[])).collect())
    }

    #[test]
    fn both_builds_run_and_then_their_page_is_made() {
        let lines = lines("u64 --rounds 5").unwrap();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].contains("--profile release") && !lines[0].contains("--timed-only"));
        assert!(lines[1].contains("--profile bench") && lines[1].contains("--timed-only"));
        assert!(lines[1].ends_with("u64 --rounds 5"), "{}", lines[1]);
        assert!(
            lines[2]
                .ends_with("join target/bench target/bench/release.json target/bench/bench.json"),
            "{}",
            lines[2]
        );
    }

    #[test]
    fn only_a_report_goes_into_the_documentation() {
        assert!(lines("--report").unwrap()[2].contains("join docs/bench "));
        assert_eq!(lines("--report --profile bench").unwrap().len(), 2);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert!(lines("--profile dev").is_err());
        assert!(lines("--quick u64").is_err());
    }
}
