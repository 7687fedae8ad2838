//! Why calls miss.

use std::fmt;
use std::ops::Index;

/// Why a call was not answered from the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum MissReason {
    /// Nothing was ever kept for the key, as far as the cache remembers.
    NeverSeen,
    /// The value was past its life.
    Expired,
    /// The value was evicted for lack of room.
    Evicted,
    /// The value, or something that it was made of, was invalidated: by a tag, a namespace, a path, or a `clear`.
    Invalidated,
    /// The value was removed by its key.
    Removed,
    /// Another variant of the page is kept: the request differs in what `Vary` names.
    Variant,
    /// What is kept is no value of this function and this type.
    Undecodable,
    /// The last load failed: an `Err` that is not kept, or a panic.
    Failed,
    /// The last load brought what is not to be kept.
    Refused,
    /// The store could not be asked.
    StoreDown,
}

impl MissReason {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 10] = [
        Self::NeverSeen,
        Self::Expired,
        Self::Evicted,
        Self::Invalidated,
        Self::Removed,
        Self::Variant,
        Self::Undecodable,
        Self::Failed,
        Self::Refused,
        Self::StoreDown,
    ];

    /// Its name in headers, metrics and the dashboard.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NeverSeen => "never-seen",
            Self::Expired => "expired",
            Self::Evicted => "evicted",
            Self::Invalidated => "invalidated",
            Self::Removed => "removed",
            Self::Variant => "variant",
            Self::Undecodable => "undecodable",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::StoreDown => "store-down",
        }
    }

    pub(super) const fn index(self) -> usize {
        self as usize
    }

    /// The reason with this place in [`ALL`](Self::ALL).
    pub(crate) fn at(index: usize) -> Option<Self> {
        Self::ALL.get(index).copied()
    }
}

impl fmt::Display for MissReason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// How many misses had which reason.
///
/// ```
/// use cache_core::MissReason;
///
/// #[cache_core::cached]
/// fn double(n: u64) -> u64 {
///     n * 2
/// }
///
/// double(1);
/// double::invalidate(&1);
/// double(1);
/// let missed = double::stats().missed;
/// assert_eq!((missed[MissReason::NeverSeen], missed[MissReason::Removed]), (1, 1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MissCounts(pub(super) [u64; MissReason::ALL.len()]);

impl MissCounts {
    /// All misses.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The reasons that there were, each with its number of misses.
    pub fn iter(&self) -> impl Iterator<Item = (MissReason, u64)> {
        let all = MissReason::ALL.into_iter().zip(self.0);
        all.filter(|(_, misses)| *misses > 0)
    }
}

impl Index<MissReason> for MissCounts {
    type Output = u64;

    fn index(&self, reason: MissReason) -> &u64 {
        &self.0[reason.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_place_and_a_name_of_its_own() {
        let mut names: Vec<_> = MissReason::ALL.map(MissReason::as_str).into();
        for (at, reason) in MissReason::ALL.into_iter().enumerate() {
            assert_eq!((reason.index(), MissReason::at(at)), (at, Some(reason)));
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), MissReason::ALL.len());
    }
}
