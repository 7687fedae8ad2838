//! What can go wrong, as one type with questions.

use std::fmt;

/// Why the cache could not do what it was asked.
#[derive(Debug)]
pub struct Error(Cause);

/// The result of a call on a cache.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug)]
enum Cause {
    InstalledLate,
    InstalledTwice,
    UnknownAlias {
        wanted: String,
        known: Vec<String>,
        /// Who names it, where that is no call.
        site: Option<String>,
    },
    Address {
        url: String,
        fault: String,
    },
    Store(Box<dyn std::error::Error + Send + Sync>),
    TimedOut,
    Unavailable,
    TooLarge,
    Value(String),
    Absent,
}

impl Error {
    pub(crate) fn installed_late() -> Self {
        Self(Cause::InstalledLate)
    }

    pub(crate) fn installed_twice() -> Self {
        Self(Cause::InstalledTwice)
    }

    pub(crate) fn unknown_alias(wanted: &str, known: Vec<String>) -> Self {
        Self(Cause::UnknownAlias {
            wanted: wanted.into(),
            known,
            site: None,
        })
    }

    /// Says which site names the cache that there is not.
    pub(crate) fn named_by(self, named_by: String) -> Self {
        match self.0 {
            Cause::UnknownAlias { wanted, known, .. } => Self(Cause::UnknownAlias {
                wanted,
                known,
                site: Some(named_by),
            }),
            other => Self(other),
        }
    }

    pub(crate) fn address(url: &str, fault: &str) -> Self {
        Self(Cause::Address {
            url: url.into(),
            fault: fault.into(),
        })
    }

    /// A store could not be asked, or its answer could not be understood: for stores of your own.
    pub fn store(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(Cause::Store(source.into()))
    }

    /// Others have written to a key between every look and the write that followed it.
    pub(crate) fn overtaken() -> Self {
        Self::store("others were faster every time")
    }

    pub(crate) fn timed_out() -> Self {
        Self(Cause::TimedOut)
    }

    pub(crate) fn unavailable() -> Self {
        Self(Cause::Unavailable)
    }

    pub(crate) fn too_large() -> Self {
        Self(Cause::TooLarge)
    }

    pub(crate) fn value(fault: impl Into<String>) -> Self {
        Self(Cause::Value(fault.into()))
    }

    pub(crate) fn absent() -> Self {
        Self(Cause::Absent)
    }

    /// Says in which variable of the environment an address stands.
    pub(crate) fn of_variable(self, variable: &str) -> Self {
        match self.0 {
            Cause::Address { url, fault } => Self::address(&format!("{variable}={url}"), &fault),
            other => Self(other),
        }
    }

    /// Whether the address of a cache is wrong: its scheme, an option, a value.
    pub fn is_address(&self) -> bool {
        matches!(self.0, Cause::Address { .. })
    }

    /// Whether a store could not be asked: it failed, did not answer in time, or is left alone because it kept failing.
    pub fn is_store(&self) -> bool {
        matches!(
            self.0,
            Cause::Store(_) | Cause::TimedOut | Cause::Unavailable
        )
    }

    /// Whether a store did not answer in time. What was asked may have happened.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0, Cause::TimedOut)
    }

    /// Whether a store was not asked, because it kept failing.
    pub(crate) fn is_unavailable(&self) -> bool {
        matches!(self.0, Cause::Unavailable)
    }

    /// Whether the value is larger than the store takes, or the store is full.
    pub fn is_too_large(&self) -> bool {
        matches!(self.0, Cause::TooLarge)
    }

    /// Whether a value cannot be written as bytes, or is not of the type that the call needs.
    pub fn is_value(&self) -> bool {
        matches!(self.0, Cause::Value(_))
    }

    /// Whether the call needs a value, and there is none.
    pub fn is_absent(&self) -> bool {
        matches!(self.0, Cause::Absent)
    }

    /// Whether the caches were installed too late, or a second time.
    pub fn is_install(&self) -> bool {
        matches!(self.0, Cause::InstalledLate | Cause::InstalledTwice)
    }

    /// Whether a cache was asked for that nobody has installed.
    pub fn is_unknown_alias(&self) -> bool {
        matches!(self.0, Cause::UnknownAlias { .. })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::InstalledLate => out.write_str(
                "the caches are in use already: call `install` once, at start-up, before the first cached call",
            ),
            Cause::InstalledTwice => out.write_str("caches are installed already: `install` is called once"),
            Cause::UnknownAlias { wanted, known, site } => {
                if let Some(site) = site {
                    write!(out, "`cache = \"{wanted}\"` of {site}: ")?;
                }
                write!(out, "no cache is installed under the name `{wanted}`; installed: {}", known.join(", "))?;
                match site {
                    Some(_) => write!(out, "; with `or_default(\"{wanted}\")` it is the default one"),
                    None => Ok(()),
                }
            }
            Cause::Address { url, fault } => write!(out, "the cache's address `{url}`: {fault}"),
            Cause::Store(_) => out.write_str("the cache's store failed"),
            Cause::TimedOut => out.write_str("the cache's store did not answer in time"),
            Cause::Unavailable => out.write_str("the cache's store kept failing and is left alone for a while"),
            Cause::TooLarge => out.write_str("the value is larger than the cache's store takes, or the store is full"),
            Cause::Value(fault) => write!(out, "the value cannot be kept so: {fault}"),
            Cause::Absent => out.write_str("there is no value under the key"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Cause::Store(source) => Some(&**source),
            _ => None,
        }
    }
}

/// What became of an invalidation.
///
/// In this process it has taken effect when the call returns. The value may be dropped: what could not reach a store is
/// sent later, and until then the store is not read. [`into_result`](Invalidated::into_result) is for who must know.
#[derive(Debug)]
pub struct Invalidated(Result<()>);

impl From<Result<()>> for Invalidated {
    fn from(reached: Result<()>) -> Self {
        Self(reached)
    }
}

impl Invalidated {
    /// Whether everything that was to be reached has been.
    ///
    /// # Errors
    ///
    /// If a store could not be reached.
    pub fn into_result(self) -> Result<()> {
        self.0
    }
}
