//! What an error says.

use std::fmt;

use super::{Cause, Error, UnknownAlias};

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(out, "{place}: ")?;
        }
        self.cause.fmt(out)
    }
}

impl fmt::Display for Cause {
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
                out.write_str("the store did not answer in time")?;
                if let Some(limit) = limit {
                    write!(out, " ({limit:?})")?;
                }
                match doing {
                    Some(doing) => write!(out, ": {doing}"),
                    None => Ok(()),
                }
            }
            Self::LeftAlone(last) => write!(
                out,
                "the store kept failing and is left alone for a while; its last error: {last}"
            ),
            Self::TooLarge => out.write_str("the value is larger than the store takes, or the store is full"),
            Self::Value(fault) => write!(out, "the value cannot be kept: {fault}"),
            Self::Absent => out.write_str("there is no value under this key"),
        }
    }
}

/// An error with all that caused it. Many errors already repeat their source in their own text.
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
                "; `or_default(\"{wanted}\")` makes it the default cache"
            ),
            None => Ok(()),
        }
    }
}
