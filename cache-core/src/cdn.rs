//! Tags by which a CDN is purged: how they are written, in which fields pages send them, and what a purge hook gets.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::name::Name;

/// What is made of values whose names nobody has noted, or of too many to send: every purge has its tag.
pub(crate) const ANY: Name = Name::from_bytes(*b"any of the names");

/// Whether the names of values are noted. They take memory, so they are only noted where a cache sends the tags of its pages.
static NOTED: AtomicBool = AtomicBool::new(false);

/// Has the names of values noted from here on.
#[cfg_attr(
    not(feature = "http"),
    expect(dead_code, reason = "the caches of pages alone send tags")
)]
pub(crate) fn note_names() {
    NOTED.store(true, Ordering::Relaxed);
}

/// Whether the names of values are noted.
pub(crate) fn notes_names() -> bool {
    NOTED.load(Ordering::Relaxed)
}

/// A response field in which pages send their tags to a CDN: see [`Builder::cdn_tags`](crate::Builder::cdn_tags).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CdnField {
    /// `Cache-Tag`, with commas: Cloudflare and Netlify.
    CacheTag,
    /// `Edge-Cache-Tag`, with commas: Akamai.
    EdgeCacheTag,
    /// `Surrogate-Key`, with spaces: Fastly, and Varnish with `xkey`.
    SurrogateKey,
    /// `Cache-Groups`, a list of strings: any cache that follows RFC 9875.
    CacheGroups,
}

impl CdnField {
    /// All of them.
    #[cfg_attr(
        not(feature = "http"),
        expect(dead_code, reason = "the caches of pages alone send tags")
    )]
    pub(crate) const ALL: [Self; 4] = [
        Self::CacheTag,
        Self::EdgeCacheTag,
        Self::SurrogateKey,
        Self::CacheGroups,
    ];

    /// Returns the name of the field, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::CacheTag => "cache-tag",
            Self::EdgeCacheTag => "edge-cache-tag",
            Self::SurrogateKey => "surrogate-key",
            Self::CacheGroups => "cache-groups",
        }
    }

    /// Returns these tags as a value of the field. A value of `Cache-Groups` is one of `Cache-Group-Invalidation` too (RFC 9875,
    /// section 3).
    ///
    /// ```
    /// use cache_core::{CdnField, Invalidation};
    ///
    /// let mut stale = Invalidation::new();
    /// stale.tag("posts");
    /// let tags = stale.cdn_tags();
    /// assert_eq!(CdnField::SurrogateKey.value(&tags[..1]), tags[0].as_str());
    /// assert_eq!(CdnField::CacheGroups.value(&tags[..1]), format!("\"{}\"", tags[0]));
    /// ```
    pub fn value<'t>(self, tags: impl IntoIterator<Item = &'t CdnTag>) -> String {
        let mut value = String::new();
        for tag in tags {
            if !value.is_empty() {
                value.push_str(self.separator());
            }
            match self {
                Self::CacheGroups => value.extend(["\"", tag.as_str(), "\""]),
                _ => value.push_str(tag.as_str()),
            }
        }
        value
    }

    /// What stands between two tags.
    pub(crate) fn separator(self) -> &'static str {
        match self {
            Self::CacheTag | Self::EdgeCacheTag => ",",
            Self::SurrogateKey => " ",
            Self::CacheGroups => ", ",
        }
    }

    /// How many tags a response may have. Akamai reads 128, Cloudflare and Fastly 16 KiB; of groups, a cache need not read more than 32 (RFC
    /// 9875, section 2).
    #[cfg_attr(
        not(feature = "http"),
        expect(dead_code, reason = "the caches of pages alone send tags")
    )]
    pub(crate) fn most(self) -> usize {
        match self {
            Self::CacheGroups => 32,
            _ => 128,
        }
    }
}

/// A tag as a CDN knows it: 16 hexadecimal digits, which follow from the text of a tag, a key or a namespace, or from a path or a page,
/// in every process alike.
///
/// It fits every field, whatever the text contains, and does not show the text; a guess of the text can be checked. Two texts have one tag
/// by accident only, and then they are purged together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CdnTag([u8; 16]);

impl CdnTag {
    fn of(name: Name) -> Self {
        let digits = name.to_digits();
        Self(std::array::from_fn(|at| digits[at]))
    }

    /// The tags of these names, each once.
    pub(crate) fn all_of(names: impl IntoIterator<Item = Name>) -> Vec<Self> {
        let mut tags: Vec<Self> = names.into_iter().map(Self::of).collect();
        tags.sort_unstable();
        tags.dedup();
        tags
    }

    /// Returns its digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for CdnTag {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Debug for CdnTag {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "CdnTag({self})")
    }
}

/// What an invalidation has made stale, for a CDN: see [`on_purge`](crate::on_purge).
#[derive(Clone, Debug)]
pub struct Purge {
    tags: Vec<CdnTag>,
    is_soft: bool,
    is_acknowledged: bool,
    lag: Duration,
}

impl Purge {
    /// That of an invalidation of these names, after which other processes may answer with older pages for so long.
    pub(crate) fn of(names: impl IntoIterator<Item = Name>, lag: Duration) -> Self {
        Self {
            tags: CdnTag::all_of(names.into_iter().chain([ANY])),
            is_soft: false,
            is_acknowledged: false,
            lag,
        }
    }

    /// The same of names that are marked as stale.
    pub(crate) fn soft(self) -> Self {
        Self {
            is_soft: true,
            ..self
        }
    }

    /// The same, once every store has acknowledged it.
    pub(crate) fn acknowledged(self, is_acknowledged: bool) -> Self {
        Self {
            is_acknowledged,
            ..self
        }
    }

    /// Returns the tags to purge. Every page that the invalidation has made stale was sent with one of them. One of the tags is the same
    /// at every purge: that of pages which depend on more than a field has room for.
    ///
    /// CDNs limit how many tags one call may have, Cloudflare to 100 and Fastly to 256: `purge.tags().chunks(100)`.
    pub fn tags(&self) -> &[CdnTag] {
        &self.tags
    }

    /// Returns whether the pages are only marked as stale, by [`Cache::expire_tag`](crate::Cache::expire_tag): a CDN may go on to
    /// serve them while it asks for them anew, as after a soft purge of Fastly.
    pub fn is_soft(&self) -> bool {
        self.is_soft
    }

    /// Returns whether all stores have acknowledged the invalidation. If not, other processes may answer with older pages until it is
    /// delivered: purge again after [`Cache::settled`](crate::Cache::settled).
    pub fn is_acknowledged(&self) -> bool {
        self.is_acknowledged
    }

    /// Returns for how long other processes may still answer with older pages, as a CDN that has just been purged may ask one of them:
    /// purge again then. It is zero without a store, and else the `near_ttl` of the cache or two seconds, whichever is longer.
    pub fn lag(&self) -> Duration {
        self.lag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_digits_that_fit_every_field() {
        let hostile = ["a\r\nSet-Cookie: b", "a,b \"c\"", "é", &"x".repeat(10_000)];
        let names = hostile.map(|text| Name::of("tag", text.as_bytes()));
        let tags = CdnTag::all_of(names.into_iter().chain(names));
        assert_eq!(tags.len(), 4);
        for tag in &tags {
            assert!(
                tag.as_str().len() == 16 && tag.as_str().bytes().all(|b| b.is_ascii_hexdigit())
            );
        }
        let value = |field: CdnField| field.value(&tags[..2]);
        let [one, two] = [tags[0], tags[1]];
        assert_eq!(value(CdnField::CacheTag), format!("{one},{two}"));
        assert_eq!(value(CdnField::EdgeCacheTag), format!("{one},{two}"));
        assert_eq!(value(CdnField::SurrogateKey), format!("{one} {two}"));
        assert_eq!(
            value(CdnField::CacheGroups),
            format!("\"{one}\", \"{two}\"")
        );
    }
}
