//! What becomes of a value that was just loaded, and the tags that only the value knows.

use std::any::Any;

use crate::key::Tag;
use crate::policy::Keep;

/// What becomes of a returned value, and of the value that it replaces. It has no type of its own, so that what ends a load is
/// compiled once for each type of value, not for each function.
pub enum KeepRule<'a, R> {
    /// The same for all.
    Always(Keep),
    /// What this makes of the return value, and of what it replaces.
    Asks(&'a mut dyn FnMut(&R, Option<&dyn Any>) -> KeepWithTags),
}

impl<R> KeepRule<'_, R> {
    pub(super) fn decide(&mut self, ret: &R, old: Option<&dyn Any>) -> KeepWithTags {
        match self {
            Self::Always(keep) => (*keep).into(),
            Self::Asks(ask) => ask(ret, old),
        }
    }
}

/// How long a value is kept, and under which tags beside those that follow from the arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeepWithTags {
    /// How long.
    pub keep: Keep,
    /// Tags that only the value knows.
    pub tags: Vec<Tag>,
}

impl From<Keep> for KeepWithTags {
    fn from(keep: Keep) -> Self {
        Self {
            keep,
            tags: Vec::new(),
        }
    }
}

impl KeepWithTags {
    /// Adds tags.
    #[must_use]
    pub fn tags(mut self, tags: impl IntoIterator<Item: Into<Tag>>) -> Self {
        self.tags.extend(tags.into_iter().map(Into::into));
        self
    }
}
