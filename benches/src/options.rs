//! The command line.

use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
usage: cargo xtask bench [filter] [--rounds N] [--large] [--report] [--profile release|bench]";

/// What is to be done.
pub(crate) enum Command {
    Hold(Options),
    /// Makes the page of the runs in these files, in this folder.
    Join {
        folder: PathBuf,
        runs: Vec<PathBuf>,
    },
    /// Makes hits, for who counts their instructions.
    Call {
        title: String,
        contender: String,
        calls: u32,
    },
}

/// How contests are held.
#[derive(Default)]
pub(crate) struct Options {
    /// What the titles of the contests contain.
    pub(crate) filter: String,
    pub(crate) rounds: Option<usize>,
    /// With ten million keys too.
    pub(crate) large: bool,
    /// For the documentation.
    report: bool,
    /// Not what is the same in each build.
    pub(crate) timed_only: bool,
    /// The build, in words.
    pub(crate) build: String,
    /// Where the figures go.
    pub(crate) save: Option<PathBuf>,
}

impl Command {
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, String> {
        match arguments {
            [word, folder, runs @ ..] if word == "join" && !runs.is_empty() => Ok(Self::Join {
                folder: folder.into(),
                runs: runs.iter().map(PathBuf::from).collect(),
            }),
            [word, title, contender, calls] if word == "call" => Ok(Self::Call {
                title: title.clone(),
                contender: contender.clone(),
                calls: calls.parse().map_err(|_| "the calls are a number")?,
            }),
            _ => Options::parse(arguments).map(Self::Hold),
        }
    }
}

impl Options {
    /// What of the command line chooses contests.
    pub(crate) fn command(&self) -> Vec<String> {
        let rounds = self.rounds.map(|rounds| format!("--rounds {rounds}"));
        let large = self.large.then(|| "--large".to_owned());
        let report = self.report.then(|| "--report".to_owned());
        let quoted = || {
            if self.filter.contains(' ') {
                format!("\"{}\"", self.filter)
            } else {
                self.filter.clone()
            }
        };
        let filter = (!self.filter.is_empty()).then(quoted);
        filter
            .into_iter()
            .chain(rounds)
            .chain(large)
            .chain(report)
            .collect()
    }

    fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || {
                let next = arguments.next();
                next.ok_or_else(|| format!("{argument} takes a value"))
            };
            match argument.as_str() {
                "--large" => options.large = true,
                "--report" => options.report = true,
                "--timed-only" => options.timed_only = true,
                "--build" => value()?.clone_into(&mut options.build),
                "--save" => options.save = Some(value()?.into()),
                "--rounds" => {
                    let number = value()?.parse().ok().filter(|&number| number > 0);
                    options.rounds = Some(number.ok_or("--rounds takes a number above 0")?);
                }
                unknown if unknown.starts_with('-') => {
                    return Err(format!("unknown option `{unknown}`"));
                }
                filter => filter.clone_into(&mut options.filter),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Command::parse(&words)
    }

    #[test]
    fn options_and_the_filter_come_in_any_order() {
        let Ok(Command::Hold(options)) = parse("--rounds 5 u64 --large --save a.json") else {
            panic!("the line is right");
        };
        assert_eq!((options.filter.as_str(), options.rounds), ("u64", Some(5)));
        assert!(options.large && !options.timed_only);
        assert_eq!(options.save, Some("a.json".into()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = |line| parse(line).err().unwrap_or_default();
        assert_eq!(error("--round 5"), "unknown option `--round`");
        assert_eq!(error("--rounds 0"), "--rounds takes a number above 0");
        assert_eq!(error("--save"), "--save takes a value");
    }

    #[test]
    fn a_page_needs_a_run() {
        assert!(matches!(
            parse("join docs a.json"),
            Ok(Command::Join { .. })
        ));
        assert!(!matches!(parse("join docs"), Ok(Command::Join { .. })));
    }
}
