//! Invalidations: names that are stale, sent together.

use std::fmt::Display;

pub(crate) use self::changing::ChangesSoFar;
pub use self::changing::{Changing, InChange};

mod changing;

use crate::cdn::{ANY, CdnTag};
use crate::key::{Key, Tag};
use crate::name::Name;
use crate::why::{CallSite, InvalidatedKind};

/// Tags, keys and namespaces that a change has made stale.
///
/// ```
/// use cache_core::Invalidation;
///
/// let mut stale = Invalidation::new();
/// stale.tag("category:rust").key("recent_posts");
/// assert!(!stale.is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Invalidation {
    pub(crate) tags: Vec<Tag>,
    pub(crate) keys: Vec<Key>,
    /// Where it was made, for those who ask why a value is gone.
    pub(crate) from: CallSite,
}

/// Of the same names, wherever they were made.
impl PartialEq for Invalidation {
    fn eq(&self, other: &Self) -> bool {
        (&self.tags, &self.keys) == (&other.tags, &other.keys)
    }
}

impl Eq for Invalidation {}

impl Invalidation {
    /// Returns an invalidation of nothing. [`Why`](crate::Why) names the line that calls this.
    #[track_caller]
    pub fn new() -> Self {
        Self {
            tags: Vec::new(),
            keys: Vec::new(),
            from: CallSite::here(),
        }
    }

    /// Adds everything that carries this tag.
    pub fn tag(&mut self, tag: impl Into<Tag>) -> &mut Self {
        self.tags.push(tag.into());
        self
    }

    /// Adds the value under this key.
    pub fn key(&mut self, key: impl Into<Key>) -> &mut Self {
        self.keys.push(key.into());
        self
    }

    /// Adds everything in this namespace.
    pub fn namespace(&mut self, name: impl Into<Key>) -> &mut Self {
        self.tag(Tag::namespace(name))
    }

    /// Returns whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.keys.is_empty()
    }

    /// Returns its tags.
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// Returns its keys.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Returns the tags by which a CDN knows what this makes stale, as [`on_purge`](crate::on_purge) gets them: for a purge by hand.
    pub fn cdn_tags(&self) -> Vec<CdnTag> {
        CdnTag::all_of(self.targets().all().chain([ANY]))
    }

    /// Its tags and namespaces, with what they are to a user, in the order of its [targets](Self::targets).
    pub(crate) fn labels(&self) -> impl Iterator<Item = (InvalidatedKind, &[u8])> {
        let kind = |tag: &Tag| {
            if tag.is_namespace() {
                InvalidatedKind::Namespace
            } else {
                InvalidatedKind::Tag
            }
        };
        self.tags.iter().map(move |tag| (kind(tag), tag.as_bytes()))
    }

    /// The names and keys that stores delete and this process marks.
    pub(crate) fn targets(&self) -> Targets<'_> {
        Targets {
            names: self.tags.iter().map(Tag::name).collect(),
            keys: self.keys.iter().map(InvalidatedKey::new).collect(),
        }
    }
}

/// An invalidation for stores and marks: each tag and key is hashed once, however many caches it reaches.
#[derive(Debug, Default)]
pub(crate) struct Targets<'a> {
    /// The names of its tags.
    pub(crate) names: Vec<Name>,
    pub(crate) keys: Vec<InvalidatedKey<'a>>,
}

impl Targets<'_> {
    /// All names that are invalidated.
    pub(crate) fn all(&self) -> impl Iterator<Item = Name> {
        let of_keys = self.keys.iter().map(|key| key.name);
        self.names.iter().copied().chain(of_keys)
    }
}

/// A key to be removed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InvalidatedKey<'a> {
    pub(crate) key: &'a Key,
    /// The name that pages under the key carry.
    pub(crate) name: Name,
}

impl<'a> InvalidatedKey<'a> {
    pub(crate) fn new(key: &'a Key) -> Self {
        let name = key.name();
        Self { key, name }
    }
}

impl<'a> From<&'a Key> for Targets<'a> {
    fn from(key: &'a Key) -> Self {
        Self {
            names: Vec::new(),
            keys: vec![InvalidatedKey::new(key)],
        }
    }
}

/// Says what a change of a value of this type makes stale, in one place.
///
/// ```
/// use cache_core::{Change, Invalidates, Invalidation};
///
/// struct Post {
///     slug: String,
///     category: String,
/// }
///
/// impl Invalidates for Post {
///     fn stale(&self, change: Change, out: &mut Invalidation) {
///         out.tag(format!("post:{}", self.slug)).tag(format!("category:{}", self.category));
///         if change.created() {
///             out.key("recent_posts");
///         }
///     }
/// }
/// ```
pub trait Invalidates {
    /// Adds what this change of `self` makes stale.
    fn stale(&self, change: Change, out: &mut Invalidation);
}

/// A change of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// It is new.
    Created,
    /// It existed before, and was saved.
    Saved,
    /// It was deleted.
    Deleted,
    /// Its relations of this name to these others have changed.
    Relation {
        /// The name of the relation.
        name: String,
        /// The ids of the others, as text.
        ids: Vec<String>,
    },
}

impl Change {
    /// Returns the change of a relation: `Change::related("tags", [3, 7])`.
    pub fn related(name: impl Into<String>, ids: impl IntoIterator<Item: Display>) -> Self {
        Self::Relation {
            name: name.into(),
            ids: ids.into_iter().map(|id| id.to_string()).collect(),
        }
    }

    /// Returns whether the value is new.
    pub fn created(&self) -> bool {
        *self == Self::Created
    }

    /// Returns whether the value was deleted.
    pub fn deleted(&self) -> bool {
        *self == Self::Deleted
    }

    /// Returns the ids of the relation of this name, if it has changed.
    pub fn relation(&self, wanted: &str) -> &[String] {
        match self {
            Self::Relation { name, ids } if name == wanted => ids,
            _ => &[],
        }
    }
}
