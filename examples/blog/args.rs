//! The command line.

use std::path::PathBuf;

use lexopt::Arg::{Long, Short};
use lexopt::{Parser, ValueExt};

/// What `--help` prints.
pub const HELP: &str = "\
A blog whose pages and expensive functions are cached by attributes.

Usage: cargo run --example blog -- [OPTIONS]

Options:
      --listen ADDR  Address to listen on       [default: 127.0.0.1:3000]
      --db PATH      SQLite database file       [default: blog.db]
      --posts DIR    Add the Markdown posts in DIR and its subdirectories
      --no-cache     Cache nothing, to compare
  -h, --help         Print help

Environment:
  CACHE_URL          Store for pages and function results [default: memory:]
                     such as file:///var/cache/blog, or with --features redis
                     redis://127.0.0.1:6379/1?prefix=blog
  CACHE_PAGES_URL    Store for pages, if not CACHE_URL
";

/// What the user asked for.
#[derive(Debug, PartialEq)]
pub struct Args {
    pub listen: String,
    pub db: PathBuf,
    pub posts: Option<PathBuf>,
    pub no_cache: bool,
}

/// Reads a command line; `None` if it asks for help.
pub fn parse(mut parser: Parser) -> Result<Option<Args>, lexopt::Error> {
    let mut args = Args {
        listen: "127.0.0.1:3000".into(),
        db: "blog.db".into(),
        posts: None,
        no_cache: false,
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Long("listen") => args.listen = parser.value()?.string()?,
            Long("db") => args.db = parser.value()?.into(),
            Long("posts") => args.posts = Some(parser.value()?.into()),
            Long("no-cache") => args.no_cache = true,
            Long("help") | Short('h') => return Ok(None),
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
        let parse =
            |args: &[&str]| parse(Parser::from_args(args)).map_err(|error| error.to_string());
        let default = Args {
            listen: "127.0.0.1:3000".into(),
            db: "blog.db".into(),
            posts: None,
            no_cache: false,
        };
        assert_eq!(parse(&[]), Ok(Some(default)));
        let given = Args {
            listen: "[::1]:80".into(),
            db: "x".into(),
            posts: Some("p".into()),
            no_cache: true,
        };
        assert_eq!(
            parse(&[
                "--listen",
                "[::1]:80",
                "--db=x",
                "--posts",
                "p",
                "--no-cache"
            ]),
            Ok(Some(given))
        );
        assert_eq!(parse(&["--no-cache", "-h"]), Ok(None));
        assert!(parse(&["--port", "80"]).is_err_and(|error| error.contains("--port")));
        assert!(parse(&["--db"]).is_err_and(|error| error.contains("--db")));
        assert!(parse(&["extra"]).is_err_and(|error| error.contains("extra")));
    }
}
