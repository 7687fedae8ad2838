//! The command line.

use http::Uri;
use lexopt::Arg::{Long, Short};
use lexopt::{Parser, ValueExt};

/// What `--help` prints.
pub const HELP: &str = "\
A caching reverse proxy: HTTP/1.1 and HTTP/2 in front of an origin, as a shared cache.

Usage: cargo run --release --example edge -- --origin URL [OPTIONS]

Options:
      --origin URL   The origin, such as http://127.0.0.1:8000
      --listen ADDR  Address to listen on  [default: 127.0.0.1:8080]
      --cache URL    Where responses are kept [default: memory:]
                     such as file:///var/cache/edge, or with --features redis
                     redis://127.0.0.1:6379/1?prefix=edge
      --profile NAME safe: stores what is surely for everybody [default]
                     rfc: stores whatever RFC 9111 lets a shared cache store
      --limit BYTES  The longest body that is stored [default: 8388608]
  -h, --help         Print help
";

/// What may be stored and served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    Safe,
    Rfc,
}

/// What the user asked for.
#[derive(Debug, PartialEq)]
pub struct Args {
    pub origin: Uri,
    pub listen: String,
    pub cache: String,
    pub profile: Profile,
    pub limit: u64,
}

/// Reads a command line; `None` if it asks for help.
pub fn parse(mut parser: Parser) -> Result<Option<Args>, lexopt::Error> {
    let mut origin = None;
    let mut args = Args {
        origin: Uri::default(),
        listen: "127.0.0.1:8080".into(),
        cache: "memory:".into(),
        profile: Profile::Safe,
        limit: 8 << 20,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("origin") => origin = Some(parser.value()?.parse_with(origin_of)?),
            Long("listen") => args.listen = parser.value()?.string()?,
            Long("cache") => args.cache = parser.value()?.string()?,
            Long("profile") => args.profile = parser.value()?.parse_with(profile_of)?,
            Long("limit") => args.limit = parser.value()?.parse()?,
            Short('h') | Long("help") => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    args.origin = origin.ok_or("--origin is missing, such as --origin http://127.0.0.1:8000")?;
    Ok(Some(args))
}

fn profile_of(text: &str) -> Result<Profile, String> {
    match text {
        "safe" => Ok(Profile::Safe),
        "rfc" => Ok(Profile::Rfc),
        _ => Err("a profile is `safe` or `rfc`".into()),
    }
}

fn origin_of(text: &str) -> Result<Uri, String> {
    let uri: Uri = text.parse().map_err(|error| format!("{error}"))?;
    match (uri.scheme_str(), uri.authority(), uri.path_and_query()) {
        (Some("http"), Some(_), path) if path.is_none_or(|path| path.as_str() == "/") => Ok(uri),
        _ => Err("an origin is `http://`, a host and a port".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Option<Args>, String> {
        parse(Parser::from_args(arguments)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_command_line() {
        let line = ["--origin", "http://127.0.0.1:8000", "--profile=rfc"];
        let args = parsed(&line).unwrap().unwrap();
        assert_eq!(args.origin, "http://127.0.0.1:8000/");
        assert_eq!((args.profile, args.limit), (Profile::Rfc, 8 << 20));
        assert_eq!(parsed(&["--help"]), Ok(None));
    }

    #[test]
    fn mistakes_are_named() {
        for (line, part) in [
            (&[][..], "--origin is missing"),
            (&["--origin", "ftp://a"], "an origin is"),
            (&["--origin", "http://a/path"], "an origin is"),
            (
                &["--origin", "http://a", "--profile", "x"],
                "`safe` or `rfc`",
            ),
            (&["--orign", "http://a"], "orign"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
