//! What can go wrong, as one type with questions.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use self::label::CacheLabel;
pub use self::reached::{Invalidated, Stored};

mod label;
mod reached;
mod text;

/// Why a cache could not do what it was asked.
///
/// The text of an error of a store names the cache, the address of its store without user names and passwords, and the cause:
/// ``cache `pages` (redis://10.0.0.1:6379/0): the store failed: Connection refused (os error 111)``. One line of a log says all of
/// it, so [`source`](std::error::Error::source) is always `None`, and a reporter that prints all sources prints nothing twice;
/// the error of the store's client is [`get_ref`](Self::get_ref).
///
/// A call that goes to several caches can fail in several. The text then names all of them, one after the other, and the
/// questions are about the first; [`others`](Self::others) has the rest.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    /// Whose store it is about.
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
    /// With the text of the last failure.
    LeftAlone(Arc<str>),
    TooLarge,
    Value(String),
    Absent,
}

#[derive(Debug)]
struct UnknownAlias {
    wanted: String,
    known: Vec<String>,
    /// The site that names it, where that is no call.
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

    /// A store could not be reached, or its answer could not be understood: for stores of your own.
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

    /// The limit for one call has passed, with what the store was doing.
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

    /// Says which variable of the environment holds the address.
    pub(crate) fn of_variable(mut self, variable: &str) -> Self {
        if let ErrorKind::Address { url, .. } = &mut self.kind {
            url.insert_str(0, &format!("{variable}="));
        }
        self
    }

    /// Says which cache's store it is about, if it is about a store.
    pub(crate) fn at(mut self, label: &Arc<CacheLabel>) -> Self {
        if self.is_store() || self.is_too_large() {
            self.label.get_or_insert_with(|| label.clone());
        }
        self
    }

    /// Adds an error of another cache that the same call went to.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.others.push(other);
        self
    }

    /// The errors of the other caches in which the same call failed; empty for most calls.
    pub fn others(&self) -> &[Self] {
        &self.others
    }

    /// The error that this one was made of, if there is one: that of a store's client, of a database that did not commit, or
    /// what [`Error::store`] was given. Its text, and that of its sources, is part of this error's text.
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

    /// The cause alone, without the cache and its address.
    pub(crate) fn kind(&self) -> impl fmt::Display {
        &self.kind
    }

    /// Whether the address of a cache is wrong: its scheme, an option, a value.
    pub fn is_invalid_url(&self) -> bool {
        matches!(self.kind, ErrorKind::Address { .. })
    }

    /// Whether a store failed, did not answer in time, or is not called because it kept failing.
    pub fn is_store(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Store(_) | ErrorKind::TimedOut { .. } | ErrorKind::LeftAlone(_)
        )
    }

    /// Whether the database refused to commit the transaction of [`Batch::commit_with`](crate::Batch::commit_with), or did not
    /// answer: its own error is [`get_ref`](Self::get_ref).
    pub fn is_commit(&self) -> bool {
        matches!(self.kind, ErrorKind::Commit(_))
    }

    /// Whether a store did not answer in time. What was asked may have happened.
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind, ErrorKind::TimedOut { .. })
    }

    /// Whether a store was not asked, because it kept failing.
    pub(crate) fn is_left_alone(&self) -> bool {
        matches!(self.kind, ErrorKind::LeftAlone(_))
    }

    /// Whether the value is larger than the store takes, or the store is full.
    pub fn is_too_large(&self) -> bool {
        matches!(self.kind, ErrorKind::TooLarge)
    }

    /// Whether a value cannot be encoded, or is not of the type that the call needs.
    pub fn is_codec(&self) -> bool {
        matches!(self.kind, ErrorKind::Value(_))
    }

    /// Whether the call needs a value, and there is none.
    pub fn is_not_found(&self) -> bool {
        matches!(self.kind, ErrorKind::Absent)
    }

    /// Whether the caches were installed too late, or a second time.
    pub fn is_install(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::InstalledLate | ErrorKind::InstalledTwice
        )
    }

    /// Whether no cache is installed under the name that was asked for.
    pub fn is_unknown_alias(&self) -> bool {
        matches!(self.kind, ErrorKind::UnknownAlias(_))
    }
}

/// Without a source: the text has it.
impl std::error::Error for Error {}
