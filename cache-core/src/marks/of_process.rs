//! The marks of the process.

#[cfg(not(cache_loom))]
use once_cell::sync::OnceCell;

use super::Marks;
#[cfg(not(cache_loom))]
use super::{MarkClock, PARTS, SLOTS};
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
    static INVALIDATED: [AtomicU64; SLOTS] = [const { AtomicU64::new(0) }; SLOTS];
    static SOFT_INVALIDATED: [AtomicU64; SLOTS] = [const { AtomicU64::new(0) }; SLOTS];
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
