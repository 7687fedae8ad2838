//! A step is a named cargo command; a subcommand is a list of steps.

use crate::servers::LeftOut;
use crate::tally::Tally;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

/// One cargo command, run from the root of the repository.
pub(crate) struct Step {
    name: &'static str,
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
    runs_tests: bool,
    /// Called when the step begins, because earlier steps may change the result.
    leaves_out: Option<Box<dyn Fn() -> Vec<LeftOut>>>,
}

impl Step {
    pub(crate) fn new(name: &'static str, arguments: &[&str]) -> Self {
        let step = Self {
            name,
            arguments: Vec::new(),
            environment: Vec::new(),
            runs_tests: false,
            leaves_out: None,
        };
        step.args(arguments)
    }

    /// Returns a step that must run at least one test to pass.
    pub(crate) fn tests(name: &'static str, arguments: &[&str]) -> Self {
        Self {
            runs_tests: true,
            ..Self::new(name, arguments)
        }
    }

    pub(crate) fn args(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(|&argument| argument.to_owned()));
        self
    }

    pub(crate) fn env(mut self, name: &'static str, value: &str) -> Self {
        self.environment.push((name, value.to_owned()));
        self
    }

    /// Sets the suites that do not run; the report names them.
    pub(crate) fn leaving_out(mut self, suites: impl Fn() -> Vec<LeftOut> + 'static) -> Self {
        self.leaves_out = Some(Box::new(suites));
        self
    }

    fn left_out(&self) -> Vec<LeftOut> {
        self.leaves_out
            .as_ref()
            .map_or(Vec::new(), |suites| suites())
    }

    /// The arguments of cargo, without these suites.
    fn arguments(&self, left_out: &[LeftOut]) -> Vec<String> {
        let skip = |left_out: &LeftOut| ["--skip".to_owned(), format!("{}::", left_out.suite)];
        let arguments = self.arguments.iter().cloned();
        arguments.chain(left_out.iter().flat_map(skip)).collect()
    }

    /// The command line of this step.
    pub(crate) fn command_line(&self, left_out: &[LeftOut]) -> String {
        let quote = |word: &str| {
            let bare = !word.is_empty() && !word.contains([' ', '*', '[', '!']);
            if bare {
                word.to_owned()
            } else {
                format!("'{word}'")
            }
        };
        let environment = self
            .environment
            .iter()
            .map(|(name, value)| format!("{name}={}", quote(value)));
        let arguments = self.arguments(left_out);
        let arguments = arguments.iter().map(|argument| quote(argument));
        let words = environment.chain(["cargo".to_owned()]).chain(arguments);
        words.collect::<Vec<_>>().join(" ")
    }

    /// Runs the command, passes its output through and counts the tests in it.
    fn run(&self, left_out: &[LeftOut]) -> Result<Tally, String> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(self.arguments(left_out)).current_dir(root());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if self.runs_tests {
            command.stdout(Stdio::piped());
        }
        let mut child = command
            .spawn()
            .map_err(|error| format!("cannot start cargo: {error}"))?;
        let mut tally = Tally::default();
        if let Some(output) = child.stdout.take() {
            for line in BufReader::new(output).split(b'\n') {
                let line =
                    line.map_err(|error| format!("cannot read the output of cargo: {error}"))?;
                let line = String::from_utf8_lossy(&line);
                println!("{line}");
                tally += Tally::of_line(&line).unwrap_or_default();
            }
        }
        let status = child
            .wait()
            .map_err(|error| format!("cannot wait for cargo: {error}"))?;
        self.judge(status, tally)
    }

    fn judge(&self, status: ExitStatus, tally: Tally) -> Result<Tally, String> {
        match status.success() {
            false => Err(format!("cargo ended with {status}")),
            true if self.runs_tests && tally.passed == 0 => Err("the step ran no test".to_owned()),
            true => Ok(tally),
        }
    }
}

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// Runs the steps in order, or only those that are named, and stops at the first failure.
pub(crate) fn run(steps: &[Step], names: &[String]) -> Result<(), String> {
    let steps = select(steps, names)?;
    let start = Instant::now();
    let mut total = Tally::default();
    let mut skipped: Vec<LeftOut> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let left_out = step.left_out();
        let (name, command) = (step.name, step.command_line(&left_out));
        let (number, count, elapsed) = (index + 1, steps.len(), start.elapsed().as_secs());
        println!("\n[{number}/{count}] {name} (at {elapsed} s)\n    {command}");
        let outcome = step.run(&left_out);
        total +=
            outcome.map_err(|cause| format!("step `{name}` failed: {cause}\n    {command}"))?;
        skipped.extend(left_out);
    }
    println!("\nall passed in {} s", start.elapsed().as_secs());
    if steps.iter().any(|step| step.runs_tests) {
        println!(
            "{} passed, {} failed, {} skipped",
            total.passed, total.failed, total.ignored
        );
    }
    for LeftOut { suite, why } in skipped {
        println!("skipped: {suite} ({why})");
    }
    Ok(())
}

fn select<'a>(steps: &'a [Step], names: &[String]) -> Result<Vec<&'a Step>, String> {
    let mut known: Vec<&str> = steps.iter().map(|step| step.name).collect();
    known.dedup();
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(format!(
            "no such step: `{unknown}`; there are: {}",
            known.join(", ")
        ));
    }
    let wanted = |step: &&Step| names.is_empty() || names.iter().any(|name| name == step.name);
    Ok(steps.iter().filter(wanted).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(steps: &[&Step]) -> Vec<&'static str> {
        steps.iter().map(|step| step.name).collect()
    }

    #[test]
    fn without_names_every_step_runs() {
        let steps = [Step::new("a", &[]), Step::new("b", &[])];
        assert_eq!(names(&select(&steps, &[]).unwrap()), ["a", "b"]);
    }

    #[test]
    fn named_steps_run_in_the_order_of_the_list() {
        let steps = [
            Step::new("a", &[]),
            Step::new("b", &[]),
            Step::new("c", &[]),
        ];
        let wanted = ["c".to_owned(), "a".to_owned()];
        assert_eq!(names(&select(&steps, &wanted).unwrap()), ["a", "c"]);
    }

    #[test]
    fn an_unknown_step_is_an_error_that_lists_the_known_ones() {
        let steps = [Step::new("unit", &[])];
        let error = select(&steps, &["units".to_owned()]).err().unwrap();
        assert_eq!(error, "no such step: `units`; there are: unit");
    }

    #[test]
    fn a_failing_command_fails_its_step() {
        let mut command = Command::new("cargo");
        let status = command
            .arg("no-such-command")
            .stderr(Stdio::null())
            .status()
            .unwrap();
        let verdict = Step::new("broken", &[]).judge(status, Tally::default());
        assert!(verdict.unwrap_err().starts_with("cargo ended with"));
    }

    #[test]
    fn a_test_step_without_tests_fails_and_another_does_not() {
        let none = Tally::default();
        let status = ExitStatus::default();
        assert_eq!(
            Step::tests("empty", &[]).judge(status, none).unwrap_err(),
            "the step ran no test"
        );
        assert_eq!(Step::new("build", &[]).judge(status, none), Ok(none));
    }

    #[test]
    fn the_command_line_can_be_pasted() {
        let step = Step::new("x", &["test", "--test", "*"]).env("RUSTFLAGS", "--cfg a");
        assert_eq!(
            step.command_line(&[]),
            "RUSTFLAGS='--cfg a' cargo test --test '*'"
        );
    }

    #[test]
    fn what_is_left_out_is_known_when_the_step_begins() {
        let left_out = || {
            vec![LeftOut {
                suite: "redis",
                why: String::new(),
            }]
        };
        let step = Step::tests("x", &["test", "--"]).leaving_out(left_out);
        let expected = "cargo test -- --skip redis::";
        assert_eq!(step.command_line(&step.left_out()), expected);
        let step = Step::tests("x", &["test"]);
        assert_eq!(step.command_line(&step.left_out()), "cargo test");
    }
}
