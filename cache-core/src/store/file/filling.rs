//! How much a store holds, as far as this process knows, and when to look again.

use super::folder::DiskSpace;
use super::usage::Usage;
use crate::clock::{self, Moment};
use crate::store::bounds::StoreBounds;
use crate::sync::{AtomicU64, Ordering};

/// A cull leaves room for a while: it removes down to nine tenths of the bounds. Of what the store takes of the disk and the
/// disk has left, a tenth stays free, and two are after a cull.
pub(super) const ROOM: u32 = 10;

/// Other processes write too: after a sixteenth of the bounds in own writes, what all hold is summed again.
const LOOK: u32 = 16;

/// The same, of what the disk had left when it was last asked.
const LOOK_AT_DISK: u64 = 4;

/// How much the folder holds, as far as this process knows.
#[derive(Debug, Default)]
pub(super) struct Filling {
    usage: Usage,
    /// By how much that has changed since the folders were last asked.
    since: Usage,
    /// What was written since then.
    written: Usage,
    pub(super) space: Option<DiskSpace>,
    pub(super) asked: bool,
    pub(super) busy: bool,
    pub(super) hopeless: Option<Moment>,
}

impl Filling {
    /// An entry of this length was written, by which there is so much more.
    pub(super) fn write(&mut self, more: Usage, length: u64) {
        self.add(more);
        self.written = self.written.plus(Usage::of(length));
        self.hopeless = None;
    }

    pub(super) fn add(&mut self, more: Usage) {
        self.usage = self.usage.plus(more);
        self.since = self.since.plus(more);
    }

    /// The folders are about to be asked.
    pub(super) fn begin(&mut self) {
        self.busy = true;
        self.since = Usage::default();
        self.written = Usage::default();
    }

    /// The folders have answered. What changed meanwhile may be in their answer already, and then counts twice until they
    /// are asked again, which is soon if it matters.
    pub(super) fn end(&mut self, held: DiskUse) {
        self.busy = false;
        self.asked = true;
        self.usage = held.usage.plus(self.since);
        self.space = held.space;
    }

    pub(super) fn is_due(&self, bounds: StoreBounds) -> bool {
        let of_disk = |space: DiskSpace| {
            self.written.on_disk(space.block) > space.free.max(space.block) / LOOK_AT_DISK
        };
        !self.busy
            && (!self.asked
                || exceeds(self.usage, bounds)
                || exceeds(self.written, part(bounds, LOOK))
                || self.space.is_some_and(of_disk))
    }

    /// Whether it may be of use to remove others for a file of this length.
    pub(super) fn may_make_room(&self, length: u64) -> bool {
        let fits =
            |space: DiskSpace| length < self.usage.on_disk(space.block).saturating_add(space.free);
        self.hopeless.is_none_or(|until| clock::now() >= until)
            && (!self.asked || self.space.is_none_or(fits))
    }
}

/// How much there is, and what is left of the disk.
#[derive(Clone, Copy)]
pub(super) struct DiskUse {
    pub(super) usage: Usage,
    pub(super) space: Option<DiskSpace>,
}

impl DiskUse {
    /// Whether the store takes more than this many tenths of what it could have of the disk.
    pub(super) fn exceeds_disk(self, rest: Usage, tenths: u64) -> bool {
        self.space.is_some_and(|DiskSpace { block, free }| {
            let all = self.usage.on_disk(block).saturating_add(free);
            rest.on_disk(block) > all / u64::from(ROOM) * tenths
        })
    }
}

/// The half, third, … of the bounds, rounded up.
pub(super) fn part(bounds: StoreBounds, number: u32) -> StoreBounds {
    StoreBounds {
        entries: bounds.entries.div_ceil(number as usize),
        bytes: bounds.bytes.div_ceil(u64::from(number)),
    }
}

pub(super) fn exceeds(usage: Usage, bounds: StoreBounds) -> bool {
    let over = |held: i64, bound: u64| u64::try_from(held).is_ok_and(|held| held > bound);
    over(usage.entries, bounds.entries as u64) || over(usage.bytes, bounds.bytes)
}

/// Those who make room on a full disk: one at a time, and for all who wait for it.
#[derive(Debug, Default)]
pub(super) struct Making {
    pub(super) busy: tokio::sync::Mutex<()>,
    turns: AtomicU64,
}

impl Making {
    /// Which turn will help those who have just found the disk full.
    pub(super) fn turn(&self) -> u64 {
        self.turns.load(Ordering::Acquire)
    }

    /// Ends a turn.
    pub(super) fn end(&self) {
        self.turns.fetch_add(1, Ordering::Release);
    }
}
