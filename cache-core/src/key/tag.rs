//! Tags: names under which entries are invalidated together.

use super::Key;
use crate::marks::Name;

/// A tag, as `tag!("post:{id}")` renders it, or any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag(Key);

impl Tag {
    /// The text as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(crate) fn name(&self) -> Name {
        Name::of("tag", self.as_bytes())
    }
}

impl<T: Into<Key>> From<T> for Tag {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}
