//! One error type for all calls, with questions about its cause.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use self::label::CacheLabel;
pub use self::reached::{Invalidated, Stored};
pub use self::timed_out::{FromTimedOut, TimedOut};

mod label;
mod reached;
mod text;
mod timed_out;

/// The error of a call of a cache.
///
/// The text of a store's error names the cache, the address of its store without user names and passwords, and the cause:
/// ``cache `pages` (redis://10.0.0.1:6379/0): the store failed: Connection refused (os error 111)``. One line of a log says it all:
/// [`source`](std::error::Error::source) is always `None`, so that reporters that print all sources print nothing twice.
/// [`get_ref`](Self::get_ref) returns the error of the store's client.
///
/// A call that goes to several caches can fail in several. The text then has all their errors, the questions are about the first
/// one, and [`others`](Self::others) returns the rest.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    /// The cache whose store failed.
    label: Option<Arc<CacheLabel>>,
    /// What else failed in the same call.
    others: Vec<Error>,
}

/// The result of a call on a cache.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug)]
enum ErrorKind {
    InstalledLate,
    InstalledTwice,
    UnknownAlias(Box<UnknownAlias>),
    Address {
        url: String,
        fault: String,
    },
    Store(Box<dyn std::error::Error + Send + Sync>),
    Commit(Box<dyn std::error::Error + Send + Sync>),
    TimedOut {
        limit: Duration,
        /// What the store was doing.
        doing: Option<String>,
    },
    /// The text of the last failure.
    LeftAlone(Arc<str>),
    TooLarge,
    Value(String),
    Absent,
}

#[derive(Debug)]
struct UnknownAlias {
    wanted: String,
    known: Vec<String>,
    /// The annotated function that names it, unless a call does.
    site: Option<String>,
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self {
            kind,
            label: None,
            others: Vec::new(),
        }
    }
}

impl Error {
    pub(crate) fn installed_late() -> Self {
        ErrorKind::InstalledLate.into()
    }

    pub(crate) fn installed_twice() -> Self {
        ErrorKind::InstalledTwice.into()
    }

    pub(crate) fn unknown_alias(wanted: &str, known: Vec<String>) -> Self {
        let wanted = wanted.into();
        ErrorKind::UnknownAlias(Box::new(UnknownAlias {
            wanted,
            known,
            site: None,
        }))
        .into()
    }

    /// Says which site names the unknown cache.
    pub(crate) fn named_by(mut self, named_by: String) -> Self {
        if let ErrorKind::UnknownAlias(unknown) = &mut self.kind {
            unknown.site = Some(named_by);
        }
        self
    }

    pub(crate) fn address(url: &str, fault: &str) -> Self {
        ErrorKind::Address {
            url: url.into(),
            fault: fault.into(),
        }
        .into()
    }

    /// Returns the error of a store that could not be reached or whose answer could not be understood: for stores of your own.
    pub fn store(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        ErrorKind::Store(source.into()).into()
    }

    /// A transaction of a database was not committed.
    pub(crate) fn commit(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        ErrorKind::Commit(source.into()).into()
    }

    /// Other writers changed the key between each read and the write that followed it.
    pub(crate) fn overtaken() -> Self {
        Self::store("other writers changed the key at each attempt")
    }

    /// The store did not answer within the limit for one call; `doing` is what it was doing.
    pub(crate) fn timed_out_after(limit: Duration, doing: Option<String>) -> Self {
        ErrorKind::TimedOut { limit, doing }.into()
    }

    pub(crate) fn left_alone(last_failure: Arc<str>) -> Self {
        ErrorKind::LeftAlone(last_failure).into()
    }

    pub(crate) fn too_large() -> Self {
        ErrorKind::TooLarge.into()
    }

    pub(crate) fn value(fault: impl Into<String>) -> Self {
        ErrorKind::Value(fault.into()).into()
    }

    pub(crate) fn absent() -> Self {
        ErrorKind::Absent.into()
    }

    /// Adds the name of the environment variable that holds the address.
    pub(crate) fn of_variable(mut self, variable: &str) -> Self {
        if let ErrorKind::Address { url, .. } = &mut self.kind {
            url.insert_str(0, &format!("{variable}="));
        }
        self
    }

    /// Adds the cache, if it is the error of a store.
    pub(crate) fn at(mut self, label: &Arc<CacheLabel>) -> Self {
        if self.is_store() || self.is_too_large() {
            self.label.get_or_insert_with(|| label.clone());
        }
        self
    }

    /// Adds the error of another cache that the same call went to.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.others.push(other);
        self
    }

    /// Returns the errors of the other caches in which the same call failed; empty for most calls.
    pub fn others(&self) -> &[Self] {
        &self.others
    }

    /// Returns the error that this one was made of, if there is one: that of a store's client, of a database that did not commit, or
    /// the argument of [`Error::store`]. Its text, and that of its sources, is part of this error's text.
    ///
    /// ```
    /// use std::io;
    ///
    /// let error = cache_core::Error::store(io::Error::from(io::ErrorKind::ConnectionRefused));
    /// let of_client = error.get_ref().and_then(|error| error.downcast_ref::<io::Error>());
    /// assert_eq!(of_client.map(io::Error::kind), Some(io::ErrorKind::ConnectionRefused));
    /// ```
    pub fn get_ref(&self) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
        match &self.kind {
            ErrorKind::Store(inner) | ErrorKind::Commit(inner) => Some(&**inner),
            _ => None,
        }
    }

    /// The cause alone, without the cache.
    pub(crate) fn kind(&self) -> impl fmt::Display {
        &self.kind
    }

    /// Returns whether the address of a cache is invalid: its scheme, an option, a value.
    pub fn is_invalid_url(&self) -> bool {
        matches!(self.kind, ErrorKind::Address { .. })
    }

    /// Returns whether a store failed, did not answer in time, or was not called because it kept failing.
    pub fn is_store(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Store(_) | ErrorKind::TimedOut { .. } | ErrorKind::LeftAlone(_)
        )
    }

    /// Returns whether the database refused to commit the transaction of [`Batch::commit_with`](crate::Batch::commit_with), or did
    /// not answer; [`get_ref`](Self::get_ref) returns its own error.
    pub fn is_commit(&self) -> bool {
        matches!(self.kind, ErrorKind::Commit(_))
    }

    /// Returns whether a store did not answer in time. The call may have taken effect.
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind, ErrorKind::TimedOut { .. })
    }

    /// Returns whether a store was not called because it kept failing.
    pub(crate) fn is_left_alone(&self) -> bool {
        matches!(self.kind, ErrorKind::LeftAlone(_))
    }

    /// Returns whether the value is larger than the store takes, or the store is full.
    pub fn is_too_large(&self) -> bool {
        matches!(self.kind, ErrorKind::TooLarge)
    }

    /// Returns whether a value cannot be serialized, or is not of the type that the call needs.
    pub fn is_codec(&self) -> bool {
        matches!(self.kind, ErrorKind::Value(_))
    }

    /// Returns whether the call needs a value and there is none.
    pub fn is_not_found(&self) -> bool {
        matches!(self.kind, ErrorKind::Absent)
    }

    /// Returns whether the caches were installed too late, or a second time.
    pub fn is_install(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::InstalledLate | ErrorKind::InstalledTwice
        )
    }

    /// Returns whether no cache has the name that was asked for.
    pub fn is_unknown_alias(&self) -> bool {
        matches!(self.kind, ErrorKind::UnknownAlias(_))
    }
}

/// It has no source: its text has those of all sources.
impl std::error::Error for Error {}
