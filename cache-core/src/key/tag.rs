//! Tags: names by which entries are invalidated together.

use super::Key;
use crate::name::Name;

/// A tag: any text, or one that [`tag!`](crate::tag!) renders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    text: Key,
    /// Whether it names a namespace, which differs from a tag of the same text.
    namespace: bool,
}

impl Tag {
    /// Returns the text as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The name that all entries of this namespace carry.
    pub fn namespace(name: impl Into<Key>) -> Self {
        Self {
            text: name.into(),
            namespace: true,
        }
    }

    pub(crate) fn is_namespace(&self) -> bool {
        self.namespace
    }

    pub(crate) fn name(&self) -> Name {
        let kind = if self.namespace { "namespace" } else { "tag" };
        Name::of(kind, self.as_bytes())
    }
}

impl Key {
    /// The name for a thing with this key whose entries have other keys, such as the variants of a page.
    pub(crate) fn name(&self) -> Name {
        Name::of("key", self.as_bytes())
    }
}

impl<T: Into<Key>> From<T> for Tag {
    fn from(text: T) -> Self {
        Self {
            text: text.into(),
            namespace: false,
        }
    }
}
