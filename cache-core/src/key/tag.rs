//! Tags: names under which entries are invalidated together.

use super::Key;
use crate::name::Name;

/// A tag, as [`tag!`](crate::tag!) renders it, or any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    text: Key,
    /// Whether it names a namespace, which no tag of the same text does.
    namespace: bool,
}

impl Tag {
    /// The text as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The name that everything in this namespace carries.
    pub fn namespace(name: impl Into<Key>) -> Self {
        Self {
            text: name.into(),
            namespace: true,
        }
    }

    pub(crate) fn name(&self) -> Name {
        let kind = if self.namespace { "namespace" } else { "tag" };
        Name::of(kind, self.as_bytes())
    }
}

impl Key {
    /// The name that what has this key as its own carries where its entries have other keys, as those of pages do.
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
