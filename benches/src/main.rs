//! This crate and its peers side by side: in one process, from one build, by turns.
//!
//! `cargo xtask bench` builds this program twice and runs it: see `options` for its command line.
#![allow(clippy::print_stdout, reason = "a benchmark is read on its terminal")]

mod adapter;
#[cfg(feature = "peers")]
mod codecs;
mod contest;
#[cfg(test)]
mod guards;
mod hits;
mod instructions;
mod machine;
mod memory;
mod names;
mod options;
#[cfg(feature = "peers")]
mod pages;
mod ratios;
#[cfg(feature = "peers")]
mod redis;
mod refreshes;
mod report;
mod results;
#[cfg(feature = "peers")]
mod stores;

use std::process::ExitCode;

use contest::Contest;
use options::{Command, Options, USAGE};
use results::{Figures, Run};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = Command::parse(&arguments).map_err(|message| format!("{message}\n{USAGE}"));
    let outcome = outcome.and_then(|command| match command {
        Command::Hold(options) => hold(&options),
        Command::Join { folder, runs } => {
            let runs: Result<Vec<Run>, _> = runs.iter().map(|path| Run::read(path)).collect();
            report::write(&folder, &runs?)
        }
        Command::Call {
            title,
            contender,
            calls,
        } => {
            let found = hits::call(&title, &contender, calls);
            let missing = || format!("no contender `{contender}` in `{title}`");
            found.then_some(()).ok_or_else(missing)
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// Holds the contests that the options choose, and shows each as it ends.
fn hold(options: &Options) -> Result<(), String> {
    let mut run = Run {
        build: options.build.clone(),
        facts: machine::facts(&options.command()),
        ..Run::default()
    };
    for (name, fact) in &run.facts {
        println!("{name:<10}{fact}");
    }
    println!("{:<10}{}\n", "build", run.build);
    let (mut contests, left_out) = contests(options)?;
    run.left_out = left_out;
    contests.retain(|contest| contest.title.contains(&options.filter));
    if contests.is_empty() {
        return Err(format!("no contest has `{}` in its title", options.filter));
    }
    contests.retain(|contest| contest.is_timed() || !options.timed_only);
    for contest in contests {
        let rounds = match options.rounds {
            Some(rounds) if contest.is_timed() => rounds,
            _ => contest.rounds,
        };
        for outcome in contest.hold(rounds) {
            println!("{}", report::table(&outcome));
            run.tables.push(Figures::from(&outcome));
        }
        // A run that is broken off leaves what it has.
        save(options, &run)?;
    }
    match instructions::counts(&options.filter) {
        Ok(counts) => run.tables.extend(counts),
        Err(why) => run.left_out.push(why),
    }
    for what in &run.left_out {
        println!("left out: {what}");
    }
    save(options, &run)
}

fn save(options: &Options, run: &Run) -> Result<(), String> {
    options.save.as_ref().map_or(Ok(()), |path| run.write(path))
}

/// All contests, and what cannot be held on this machine.
fn contests(options: &Options) -> Result<(Vec<Contest>, Vec<String>), String> {
    let mut contests = hits::contests(options.large);
    contests.extend(hits::contests_of_threads());
    contests.push(names::hits());
    contests.extend(names::hits_under_marks());
    contests.push(named(names::invalidations(), "there is no runtime")?);
    contests.push(refreshes::contest());
    contests.extend(memory::contests(false));
    contests.push(memory::first_calls());
    contests.extend(ratios::contests(false));
    contests.extend(adapter::contests());
    let mut left_out = Vec::new();
    #[cfg(feature = "peers")]
    servers(options, &mut contests, &mut left_out)?;
    if !options.large {
        left_out.push("ten million keys (`--large`)".to_owned());
    }
    Ok((contests, left_out))
}

/// The contests that need a server.
#[cfg(feature = "peers")]
fn servers(
    options: &Options,
    contests: &mut Vec<Contest>,
    left_out: &mut Vec<String>,
) -> Result<(), String> {
    contests.push(named(pages::contest(), "the page server does not start")?);
    if pages::OTHER_SERVERS.contains(&options.filter) {
        let (others, missing) = named(pages::other_servers(), "a page server does not start")?;
        contests.extend(others);
        left_out.extend(missing);
    }
    contests.extend(codecs::contests());
    if stores::TITLES
        .iter()
        .any(|title| title.contains(&options.filter))
    {
        let of_stores = stores::contests();
        contests.extend(named(of_stores, "SQLite or a folder does not open")?);
    }
    let of_redis = named(redis::contests(), "Redis does not answer")?;
    if of_redis.is_empty() {
        left_out.push("Redis (`redis-server` is not installed)".to_owned());
    }
    contests.extend(of_redis);
    Ok(())
}

/// The error with what it means.
fn named<T, E: std::fmt::Display>(result: Result<T, E>, what: &str) -> Result<T, String> {
    result.map_err(|error| format!("{what}: {error}"))
}
