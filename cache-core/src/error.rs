//! What can go wrong, as one type with questions.

use std::fmt;

/// Why the cache could not do what it was asked.
#[derive(Debug)]
pub struct Error(Cause);

/// The result of a call on a cache.
pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug)]
enum Cause {
    InstalledLate,
    InstalledTwice,
    UnknownAlias { wanted: String, known: Vec<String> },
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
        })
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
            Cause::UnknownAlias { wanted, known } => {
                write!(out, "no cache is installed under the name `{wanted}`; installed: {}", known.join(", "))
            }
        }
    }
}

impl std::error::Error for Error {}

/// What became of an invalidation.
///
/// In this process it has taken effect when the call returns. The value may be dropped: what could not reach a store is
/// sent later, and until then the store is not read. [`into_result`](Invalidated::into_result) is for who must know.
#[derive(Debug)]
pub struct Invalidated(Result<()>);

impl Invalidated {
    pub(crate) fn done() -> Self {
        Self(Ok(()))
    }

    /// Whether everything that was to be reached has been.
    ///
    /// # Errors
    ///
    /// If a store could not be reached.
    pub fn into_result(self) -> Result<()> {
        self.0
    }
}
