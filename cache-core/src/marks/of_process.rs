//! The marks of the process.

#[cfg(not(cache_loom))]
use once_cell::sync::OnceCell;

use super::Marks;
#[cfg(not(cache_loom))]
use super::{MarkClock, MarkTable, PARTS, PLACES};
#[cfg(not(cache_loom))]
use crate::sync::AtomicU64;

/// The models make marks of their own.
#[cfg(cache_loom)]
pub(crate) fn marks() -> &'static Marks {
    panic!("the model checker knows no statics")
}

/// The marks of this process.
#[cfg(not(cache_loom))]
pub(crate) fn marks() -> &'static Marks {
    static INVALIDATED: MarkTable = [const { AtomicU64::new(0) }; PLACES];
    static SOFT_INVALIDATED: MarkTable = [const { AtomicU64::new(0) }; PLACES];
    static MARKS: Marks = Marks {
        epoch: MarkClock(AtomicU64::new(0)),
        wholes: MarkClock(AtomicU64::new(0)),
        parts: [const { MarkClock(AtomicU64::new(0)) }; PARTS],
        invalidated: &INVALIDATED,
        soft_invalidated: &SOFT_INVALIDATED,
        seed: OnceCell::new(),
    };
    &MARKS
}
