//! The findings of an audit, and their texts.

use std::fmt;

use crate::site::{Named, Pattern, SiteInfo};

/// One finding of an [`Audit`](super::Audit).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Finding {
    /// A function invalidates a name that no function declares.
    #[non_exhaustive]
    Dead {
        /// The function that invalidates.
        site: &'static SiteInfo,
        /// The name that no function declares.
        pattern: Pattern,
        /// The declared name that was most likely meant.
        nearest: Option<Nearest>,
    },
    /// Two functions share a cache and can have the same key.
    #[non_exhaustive]
    Meeting {
        /// The first of them.
        one: &'static SiteInfo,
        /// The second.
        other: &'static SiteInfo,
    },
    /// A function keeps fewer values than its callers keep asking for.
    #[non_exhaustive]
    Evicting {
        /// The function.
        site: &'static SiteInfo,
        /// The loads of values that it had evicted shortly before.
        reloads: u64,
        /// All its loads.
        loads: u64,
    },
    /// A function declares a name that no function invalidates.
    #[non_exhaustive]
    Unused {
        /// The function that declares it.
        site: &'static SiteInfo,
        /// The name that it declares.
        pattern: Pattern,
    },
}

/// The declaration that is closest to a dead invalidation.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Nearest {
    /// The name that is declared.
    pub pattern: Pattern,
    /// The function that declares it.
    pub site: &'static SiteInfo,
    /// Whether it is the same text, with another kind or in another cache.
    pub(super) same: bool,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dead {
                site,
                pattern,
                nearest,
            } => {
                let Pattern { what, template } = pattern;
                let what = word(*what);
                write!(
                    out,
                    "{}: invalidates the {what} `{template}`",
                    SiteLine(site)
                )?;
                write!(out, ", and no annotated function declares it")?;
                match nearest {
                    None => write!(out, "\n    nothing like it is declared"),
                    Some(nearest) => write!(out, "\n    {}", Hint(*pattern, nearest)),
                }
            }
            Self::Meeting { one, other } => write!(
                out,
                "{}: its key `{}` can be the key `{}` of {}: they share a cache and take each other's place in it\n    \
                 begin the keys differently, or give one of them another `cache`",
                SiteLine(one),
                one.key.unwrap_or_default(),
                other.key.unwrap_or_default(),
                SiteLine(other),
            ),
            Self::Evicting {
                site,
                reloads,
                loads,
            } => {
                write!(out, "{}: {reloads} of its {loads} loads ", SiteLine(site))?;
                write!(
                    out,
                    "were of values that it had just evicted for lack of room\n    "
                )?;
                write!(
                    out,
                    "give it a larger `capacity`, as in `capacity = 100_000`, or `capacity = unbounded`"
                )
            }
            Self::Unused { site, pattern } => write!(
                out,
                "{}: declares the {} `{}`, and no annotated function invalidates it",
                SiteLine(site),
                word(pattern.what),
                pattern.template
            ),
        }
    }
}

/// A function, with its file and line.
struct SiteLine<'a>(&'a SiteInfo);

impl fmt::Display for SiteLine<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SiteInfo {
            name, file, line, ..
        } = self.0;
        write!(out, "`{name}` ({file}:{line})")
    }
}

/// The text to write in place of a pattern.
struct Hint<'a>(Pattern, &'a Nearest);

impl fmt::Display for Hint<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(written, nearest) = self;
        let (template, place) = (nearest.pattern.template, SiteLine(nearest.site));
        let what = word(nearest.pattern.what);
        if nearest.pattern.what != written.what {
            write!(out, "`{template}` is a {what} of {place}: name it as one")
        } else if nearest.same {
            let cache = nearest.site.cache.unwrap_or("default");
            write!(out, "`{template}` of {place} is in the cache `{cache}`")
        } else {
            write!(out, "did you mean `{template}` of {place}?")
        }
    }
}

fn word(what: Named) -> &'static str {
    match what {
        Named::Key => "key",
        Named::Tag => "tag",
        Named::Namespace => "namespace",
    }
}
