//! Why a key has nothing to serve: what is remembered of its end, and of the invalidations that ended it.

use std::fmt;
use std::time::Duration;

pub(crate) use self::cause::{FREE_BIT, MissCause};
pub(crate) use self::log::{CallSite, first_of, note};

use crate::stats::MissReason;

mod cause;
mod details;
mod log;

/// The numbers of invalidations and of texts are below this one.
const NOTES: u32 = 1 << 27;

/// Why the last look-up of a key missed.
///
/// ```
/// #[cache_core::cached(key = "square:{n}", tags("squares"))]
/// fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// square(3);
/// cache_core::invalidate_tag("squares").await?;
/// square(3);
/// let why = square::why(&3);
/// assert_eq!(why.reason, cache_core::MissReason::Invalidated);
/// assert!(why.to_string().starts_with("invalidated by the tag `squares`"), "{why}");
/// # Ok::<(), cache_core::Error>(())
/// # })?;
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Why {
    /// The reason. A key that was never looked up, or that the cache remembers no more, was never seen.
    pub reason: MissReason,
    /// What exactly was refused, in the words of `Cache-Status`, where that is known.
    pub detail: Option<&'static str>,
    /// What has invalidated or removed the value, where that is known.
    pub invalidation: Option<InvalidatedBy>,
}

/// An invalidation, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidatedBy {
    /// What was invalidated.
    pub kind: InvalidatedKind,
    /// Its name, of which the first 200 bytes are kept. More than 64 tags or keys at once have one name: how many they were.
    pub name: String,
    /// The function under `#[invalidates]` that did it.
    pub function: Option<&'static str>,
    /// The source file of that function, or of the call that did it by hand. That of `f::invalidate`, of an awaited `f::clear` and of
    /// `invalidate_path` is not known.
    pub file: Option<&'static str>,
    /// The line there.
    pub line: u32,
    /// How long ago it was.
    pub ago: Duration,
}

/// What an invalidation names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidatedKind {
    /// A tag.
    Tag,
    /// A key.
    Key,
    /// A namespace.
    Namespace,
    /// The path of a page.
    Path,
    /// All entries of a function or page.
    Function,
    /// All entries of a cache.
    Cache,
    /// A group of RFC 9875, or a target that an unsafe request has changed.
    Response,
    /// Another process did it, or somebody in the store itself: what it named is not known here.
    Elsewhere,
}

impl InvalidatedKind {
    /// Its name on the dashboard.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Key => "key",
            Self::Namespace => "namespace",
            Self::Path => "path",
            Self::Function => "site",
            Self::Cache => "cache",
            Self::Response => "response",
            Self::Elsewhere => "elsewhere",
        }
    }

    const fn article_and_noun(self) -> &'static str {
        match self {
            Self::Tag => "the tag",
            Self::Key => "its key",
            Self::Namespace => "the namespace",
            Self::Path => "its path",
            Self::Function => "a `clear` of",
            Self::Cache => "a `clear` of its cache",
            Self::Response => "a response about",
            Self::Elsewhere => "another process",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.reason)?;
        if let Some(detail) = self.detail {
            write!(out, ": {detail}")?;
        }
        match &self.invalidation {
            Some(by) => write!(out, " by {by}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for InvalidatedBy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.kind.article_and_noun())?;
        if !self.name.is_empty() {
            write!(out, " `{}`", self.name.escape_debug())?;
        }
        if let Some(function) = self.function {
            write!(out, ", from {function}")?;
        }
        if let Some(file) = self.file {
            write!(out, " at {file}:{}", self.line)?;
        }
        write!(out, ", {:.1} s ago", self.ago.as_secs_f64())
    }
}
