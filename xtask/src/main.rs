//! The project's own commands: `cargo xtask test | ci | servers | bench | weigh`.
#![allow(clippy::print_stdout, reason = "a command talks to its terminal")]

mod bench;
mod ci;
#[path = "../../tests/support/servers/programs.rs"]
mod programs;
mod servers;
mod step;
mod tally;
mod test;
mod weigh;

use servers::Subcommand;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <command>

  test [step…]     everything that a fresh clone needs: unit, examples, blackbox, servers, stores, doc,
                   loom
  ci [step…]       the same after the cheap checks: fmt, clippy, features, rustdoc;
                   with the stores that take long to test
  servers [test|ci]
                   installs the servers that the tests of stores start, and what those of
                   screens need, where they are missing
  bench [filter]   us and the peers, side by side in one process, in two builds; `--quick` is the
                   part that `ci` runs, `--report` writes docs/bench
  weigh [guard]    what a hundred cached functions cost to compile, in lines of LLVM IR, ours and
                   those of the peers; `guard` is the part that `ci` runs

With steps named, only these run.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if weigh::is_wrapper() {
        return match weigh::compile(&arguments) {
            Ok(status) if status.success() => ExitCode::SUCCESS,
            Ok(_) => ExitCode::FAILURE,
            Err(message) => {
                eprintln!("{message}");
                ExitCode::FAILURE
            }
        };
    }
    let outcome = match arguments.split_first() {
        Some((command, rest)) => match command.as_str() {
            "test" => step::run(&test::steps(Subcommand::Test), rest),
            "ci" => step::run(&ci::steps(), rest),
            "servers" => servers::run(rest),
            "bench" => bench::run(rest),
            "weigh" => weigh::run(rest),
            _ => Err(format!("no such command: `{command}`\n\n{USAGE}")),
        },
        None => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\n{message}");
            ExitCode::FAILURE
        }
    }
}
