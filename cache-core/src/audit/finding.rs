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
    /// A part of a function's key makes it a new key on nearly each call. Found only while the program is [watched](crate::watch).
    #[non_exhaustive]
    Shattered {
        /// The function.
        site: &'static SiteInfo,
        /// The part, as it is written in the key: `{user_agent}`.
        part: String,
        /// How many values it had, about.
        values: u64,
        /// In so many calls.
        requests: u64,
        /// The part of the calls that hit, from 0 to 1.
        hit_ratio: f64,
        /// The part that would hit without this part of the key, about.
        hit_ratio_without: f64,
    },
    /// Most misses of a function are due to its ttl.
    #[non_exhaustive]
    ShortLived {
        /// The function.
        site: &'static SiteInfo,
        /// The misses of values that were past their lives.
        expired: u64,
        /// All calls.
        requests: u64,
    },
    /// Most misses of a function are due to invalidations.
    #[non_exhaustive]
    OverInvalidated {
        /// The function.
        site: &'static SiteInfo,
        /// What has invalidated most of the values that were missed of late, where the program is [watched](crate::watch).
        by: Option<String>,
        /// The misses of values that were invalidated.
        invalidated: u64,
        /// All calls.
        requests: u64,
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
            Self::Shattered {
                site,
                part,
                values,
                requests,
                hit_ratio,
                hit_ratio_without,
            } => write!(
                out,
                "{}: `{part}` in its key had {values} values in {requests} calls\n    \
                 {:.0} % of them hit; without it in the key {:.0} % would: leave it out, or key on less of it",
                SiteLine(site),
                hit_ratio * 100.0,
                hit_ratio_without * 100.0,
            ),
            Self::ShortLived {
                site,
                expired,
                requests,
            } => write!(
                out,
                "{}: {expired} of its {requests} calls found a value past its life\n    \
                 give it a longer `ttl`, or `refresh_ahead` so that nobody waits; an invalidation can end it earlier",
                SiteLine(site),
            ),
            Self::OverInvalidated {
                site,
                by,
                invalidated,
                requests,
            } => write!(
                out,
                "{}: {invalidated} of its {requests} calls found a value that was invalidated, most of late by {}\n    \
                 name what has changed more exactly, as in `post:{{id}}` rather than `posts`",
                SiteLine(site),
                by.as_deref().unwrap_or("something that is not known"),
            ),
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
