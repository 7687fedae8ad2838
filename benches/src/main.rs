//! This crate and its peers side by side: in one process, from one build, by turns.
//!
//! `cargo xtask bench [filter] [--rounds N]` runs the contests whose title contains the filter.
#![allow(clippy::print_stdout, reason = "a benchmark is read on its terminal")]

mod codecs;
mod contest;
mod hits;
mod machine;
mod names;
mod pages;
mod ratios;
mod redis;
mod refreshes;
mod report;
mod stores;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let options = match Options::parse(&arguments) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}\nusage: cargo xtask bench [filter] [--rounds N]");
            return ExitCode::FAILURE;
        }
    };
    println!("{}", machine::facts(&arguments));
    let mut contests = hits::contests();
    match pages::contest() {
        Ok(contest) => contests.push(contest),
        Err(error) => {
            eprintln!("the page server does not start: {error}");
            return ExitCode::FAILURE;
        }
    }
    contests.extend(codecs::contests());
    contests.push(refreshes::contest());
    contests.extend(ratios::contests());
    contests.push(names::hits());
    contests.extend(names::hits_under_marks());
    match names::invalidations() {
        Ok(contest) => contests.push(contest),
        Err(error) => {
            eprintln!("there is no runtime: {error}");
            return ExitCode::FAILURE;
        }
    }
    match stores::contests() {
        Ok(of_stores) => contests.extend(of_stores),
        Err(error) => {
            eprintln!("SQLite or a folder does not open: {error}");
            return ExitCode::FAILURE;
        }
    }
    match redis::contests() {
        Ok(of_redis) if of_redis.is_empty() => {
            println!("left out: Redis (`redis-server` is not installed)\n");
        }
        Ok(of_redis) => contests.extend(of_redis),
        Err(error) => {
            eprintln!("Redis does not answer: {error}");
            return ExitCode::FAILURE;
        }
    }
    contests.retain(|contest| contest.title.contains(&options.filter));
    if contests.is_empty() {
        eprintln!("no contest has `{}` in its title", options.filter);
        return ExitCode::FAILURE;
    }
    for contest in contests {
        let rounds = options.rounds.unwrap_or(contest.rounds);
        for outcome in contest.hold(rounds) {
            println!("{}", report::table(&outcome));
        }
    }
    ExitCode::SUCCESS
}

struct Options {
    filter: String,
    rounds: Option<usize>,
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut options = Self {
            filter: String::new(),
            rounds: None,
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--rounds" => {
                    let number = arguments
                        .next()
                        .and_then(|number| number.parse().ok())
                        .filter(|&number| number > 0);
                    options.rounds = Some(number.ok_or("--rounds takes a number above 0")?);
                }
                unknown if unknown.starts_with('-') => {
                    return Err(format!("no such option: `{unknown}`"));
                }
                filter => filter.clone_into(&mut options.filter),
            }
        }
        Ok(options)
    }
}
