//! The command line.

use lexopt::Arg::{Long, Short};
use lexopt::{Parser, ValueExt};

/// What `--help` prints.
pub const HELP: &str = "\
A bookshop with visitors, whose caches are watched by a dashboard, Prometheus and Grafana.

Usage: cargo run --example monitoring -- [OPTIONS]

Options:
      --port N      Port of 127.0.0.1 to listen on [default: 3000]
      --requests N  Stop after N requests of the visitors, and print how the caches did
      --events      Print events of the visitors' requests too
  -h, --help        Print help
";

/// What the user asked for.
#[derive(Debug, PartialEq)]
pub struct Args {
    pub port: u16,
    pub requests: Option<u64>,
    pub events: bool,
}

/// Reads a command line; `None` if it asks for help.
pub fn parse(mut parser: Parser) -> Result<Option<Args>, lexopt::Error> {
    let mut args = Args {
        port: 3000,
        requests: None,
        events: false,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("port") => args.port = parser.value()?.parse()?,
            Long("requests") => args.requests = Some(parser.value()?.parse()?),
            Long("events") => args.events = true,
            Short('h') | Long("help") => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(args))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_others_refused() {
        let parse = |line: &[&str]| parse(Parser::from_args(line)).map_err(|e| e.to_string());
        let given = Args {
            port: 0,
            requests: Some(12),
            events: true,
        };
        let line = ["--port", "0", "--requests=12", "--events"];
        assert_eq!(parse(&line), Ok(Some(given)));
        assert_eq!(parse(&["--events", "-h"]), Ok(None));
        for (line, part) in [
            (["--port", "70000"], "70000"),
            (["--requests", "few"], "few"),
            (["--listen", "x"], "--listen"),
        ] {
            assert!(parse(&line).is_err_and(|error| error.contains(part)));
        }
    }
}
