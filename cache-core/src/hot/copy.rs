//! A copy of one value, in the table of one thread.

// It is read and written by one thread at a time; it is of atomics so that its table can be handed on.
use std::sync::atomic::{AtomicU64, Ordering};

/// The highest moment at which a copy is good.
const LATEST: u64 = (1 << 63) - 1;
/// The bits of a moment that say which part counts.
const PART: u64 = 127;

/// A copy.
#[derive(Debug, Default)]
pub(super) struct HotCopy {
    /// The key, mixed with the number of its site.
    key: AtomicU64,
    value: AtomicU64,
    /// The sum of the clocks while it is good, with the number of its site in the upper 16 bits.
    seen: AtomicU64,
    /// When look-ups look closer, with the part in its lowest bits.
    last: AtomicU64,
}

/// The key as it is kept: two sites with one key must not hide each other.
#[inline]
pub(super) fn mixed(number: u32, key: u64) -> u64 {
    key ^ u64::from(number).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

#[inline]
fn numbered(number: u32, seen: u64) -> u64 {
    seen ^ (u64::from(number) << 48)
}

impl HotCopy {
    /// Whether this is the copy of the value of a [mixed] key.
    #[inline]
    pub(super) fn is_of(&self, mixed: u64) -> bool {
        self.key.load(Ordering::Relaxed) == mixed
    }

    /// Whether this is the copy of the key, and the clocks still show what they did.
    #[inline]
    pub(super) fn answers(&self, number: u32, key: u64, seen: u64) -> bool {
        let is_key = self.key.load(Ordering::Relaxed) ^ mixed(number, key);
        let is_seen = self.seen.load(Ordering::Relaxed) ^ numbered(number, seen);
        is_key | is_seen == 0
    }

    #[inline]
    pub(super) fn value(&self) -> u64 {
        self.value.load(Ordering::Relaxed)
    }

    /// Which clock of parts counts.
    #[inline]
    pub(super) fn part(&self) -> u8 {
        (self.last.load(Ordering::Relaxed) & PART) as u8
    }

    /// The last moment at which it is good.
    #[inline]
    pub(super) fn last(&self) -> u64 {
        self.last.load(Ordering::Relaxed)
    }

    pub(super) fn keep(
        &self,
        (number, key): (u32, u64),
        value: u64,
        seen: u64,
        (due, part): (u64, u8),
    ) {
        let last = (due.min(LATEST) & !PART).saturating_sub(PART + 1) | u64::from(part);
        self.key.store(mixed(number, key), Ordering::Relaxed);
        self.value.store(value, Ordering::Relaxed);
        self.seen.store(numbered(number, seen), Ordering::Relaxed);
        self.last.store(last, Ordering::Relaxed);
    }

    pub(super) fn take(&self, other: &Self) {
        let pairs = [
            (&self.key, &other.key),
            (&self.value, &other.value),
            (&self.seen, &other.seen),
            (&self.last, &other.last),
        ];
        for (to, from) in pairs {
            to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }
}
