//! The texts of errors.

use std::fmt;
use std::time::Duration;

use super::{Error, ErrorKind, UnknownAlias};

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(label) = &self.label {
            write!(out, "{label}: ")?;
        }
        self.kind.fmt(out)?;
        self.others
            .iter()
            .try_for_each(|other| write!(out, "; {other}"))
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InstalledLate => out.write_str(
                "the caches are already in use: call `install` once, at start-up, before the first cached call",
            ),
            Self::InstalledTwice => out.write_str("caches are already installed: call `install` once"),
            Self::UnknownAlias(unknown) => unknown.fmt(out),
            Self::Address { url, fault } => write!(out, "invalid cache address `{url}`: {fault}"),
            Self::Store(source) => {
                out.write_str("the store failed: ")?;
                write_chain(&**source, out)
            }
            Self::Commit(source) => {
                out.write_str("the database did not commit the transaction: ")?;
                write_chain(&**source, out)
            }
            Self::TimedOut { limit, doing } => {
                write!(out, "the store did not answer within {}", DurationText(*limit))?;
                match doing {
                    Some(doing) => write!(out, ": {doing}"),
                    None => Ok(()),
                }
            }
            Self::LeftAlone(last) => write!(
                out,
                "the store kept failing and is not called for a while; its last error: {last}"
            ),
            Self::TooLarge => out.write_str("the value is larger than the store takes, or the store is full"),
            Self::Value(fault) => write!(out, "the value cannot be kept: {fault}"),
            Self::Absent => out.write_str("there is no value under this key"),
        }
    }
}

/// A time, as `500 ms` or `30 s`.
struct DurationText(Duration);

impl fmt::Display for DurationText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.as_secs(), self.0.subsec_nanos(), self.0.as_millis()) {
            (seconds @ 1.., 0, _) => write!(out, "{seconds} s"),
            (_, _, 0) => write!(out, "{:?}", self.0),
            (_, _, milliseconds) => write!(out, "{milliseconds} ms"),
        }
    }
}

/// Writes an error with all its sources. Many errors already repeat their source in their own text.
fn write_chain(error: &dyn std::error::Error, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = error.to_string();
    out.write_str(&text)?;
    let mut next = error.source();
    while let Some(source) = next {
        let said = source.to_string();
        if !text.contains(&said) {
            write!(out, ": {said}")?;
            text = said;
        }
        next = source.source();
    }
    Ok(())
}

impl fmt::Display for UnknownAlias {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wanted = &self.wanted;
        if let Some(site) = &self.site {
            write!(out, "`cache = \"{wanted}\"` of {site}: ")?;
        }
        let known = self.known.join(", ");
        write!(
            out,
            "no cache is installed as `{wanted}`; installed: {known}"
        )?;
        match self.site {
            Some(_) => write!(
                out,
                "; `alias_to_default(\"{wanted}\")` makes it the default cache"
            ),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says nothing of its cause, as most errors do.
    #[derive(Debug)]
    struct Lost(std::io::Error);

    impl fmt::Display for Lost {
        fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("the connection is lost")
        }
    }

    impl std::error::Error for Lost {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    /// As `anyhow` and others print an error: with all its sources.
    fn reported(error: &dyn std::error::Error) -> String {
        let sources = std::iter::successors(Some(error), |error| error.source());
        let texts: Vec<_> = sources.map(ToString::to_string).collect();
        texts.join(": ")
    }

    #[test]
    fn a_reporter_of_all_sources_prints_each_cause_once() {
        let refused = || std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let said = "the connection is lost: connection refused";
        for (error, begin) in [
            (Error::store(Lost(refused())), "the store failed"),
            (
                Error::commit(Lost(refused())),
                "the database did not commit the transaction",
            ),
        ] {
            assert_eq!(reported(&error), format!("{begin}: {said}"));
            let inner = error
                .get_ref()
                .and_then(|inner| inner.downcast_ref::<Lost>());
            assert!(inner.is_some(), "{error:?}");
        }
        assert!(Error::absent().get_ref().is_none());
    }

    #[test]
    fn a_time_has_its_unit() {
        for (time, said) in [
            (Duration::from_millis(500), "500 ms"),
            (Duration::from_millis(1_500), "1500 ms"),
            (Duration::from_secs(30), "30 s"),
            (Duration::from_nanos(1_500), "1.5µs"),
            (Duration::ZERO, "0ns"),
        ] {
            assert_eq!(DurationText(time).to_string(), said);
        }
    }
}
