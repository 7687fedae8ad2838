//! Tags: names under which entries are invalidated together.

use super::Key;
use crate::marks::Name;

/// A tag, as [`tag!`](crate::tag!) renders it, or any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    of: Of,
    text: Key,
}

/// What is named: a tag and a namespace of one text are two names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Tag,
    Namespace,
}

impl Tag {
    /// The tag that everything in a namespace carries. No text is this tag: `"posts"` and the namespace `posts` differ.
    pub fn namespace(name: impl Into<Key>) -> Self {
        Self {
            of: Of::Namespace,
            text: name.into(),
        }
    }

    /// The text as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    pub(crate) fn name(&self) -> Name {
        let kind = match self.of {
            Of::Tag => "tag",
            Of::Namespace => "namespace",
        };
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
            of: Of::Tag,
            text: text.into(),
        }
    }
}
