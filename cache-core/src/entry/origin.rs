//! Who made an entry.

use std::any::TypeId;

/// The instance of a site that made an entry: two whose keys are equal must never read each other's values. `None`: by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin(pub(crate) Option<TypeId>);

/// The origin of values that were set by hand, which every site reads if they have its type.
pub(crate) const BY_HAND: Origin = Origin(None);

impl Origin {
    /// Whether callers of this origin may use an entry of the other.
    #[inline]
    pub(crate) fn may_have(self, entry: Self) -> bool {
        entry == self || entry == BY_HAND
    }

    /// The origin of entries that a call by hand has read from a store, whose site is not known here. Calls by hand use them,
    /// and sites ask the store.
    pub(crate) fn of_some_site() -> Self {
        enum SomeSite {}
        Self(Some(TypeId::of::<SomeSite>()))
    }
}
