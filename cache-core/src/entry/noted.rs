//! The names that invalidate an entry, where a cache notes them for CDNs.

use crate::cdn::{self, ANY};
use crate::name::Name;

/// In a box: most programs note none, and their entries need no room for a list.
#[derive(Debug, Default)]
pub(super) struct NotedNames(Option<Box<Box<[Name]>>>);

impl NotedNames {
    /// These, where they are noted.
    pub(super) fn of(names: impl FnOnce() -> Vec<Name>) -> Self {
        Self(cdn::notes_names().then(|| Box::new(names().into())))
    }

    /// Whether there are any.
    pub(super) fn are_noted(&self) -> bool {
        self.0.is_some()
    }

    /// All of them; [`ANY`] if nobody has noted them.
    pub(super) fn all(&self) -> &[Name] {
        self.0.as_ref().map_or(&[ANY], |names| names)
    }
}
