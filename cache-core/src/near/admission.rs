//! Who leaves a shard that is full: admission by frequency, which resists scans, loops and floods of keys that are asked for once.
//!
//! Newcomers wait in a **window**, which is a queue of some hundredths of the entries. Who was used there goes on to the **main**
//! queue. Who was not becomes a **candidate**: it is admitted only if the frequency sketch has heard of it clearly more often than
//! of the **victim**, which is the next to leave main, and the victim goes. Otherwise the candidate goes, and the victim stays
//! where it is. The main queue evicts by second chance, with up to three chances for an entry that was used often.
//!
//! The sketch hears of each entry that is stored, and of a use when eviction comes across it. So hits write nothing to it.
//!
//! What a load takes is in the scales: frequencies count times the cost of the load beside the mean (`costs.rs`), and where costs differ,
//! the victim is the one of some that is worth least.
//!
//! The hit ratios that this reaches are in the tests below and in `cargo xtask bench "hit ratio"`.

use super::Core;
use super::order::EvictionQueue;
use super::shard::Shard;
use super::sketch::FrequencySketch;
use super::table::{Position, ShortHash};
use crate::entry::{EntryRef, LoadCost};

/// How often eviction spares entries that were used, before it takes the next one whatever it is.
const CHANCES: usize = 64;

/// The window has one in so many entries, and one in so many bytes: 8 %.
///
/// Measured: with 5 % Zipf (.99) gains .001 and loops .02, but keys that are asked for soon again and then never lose .04; with 10 %
/// those gain .02.
const WINDOW_PART: f64 = 0.08;

/// In a shard of fewer entries there is no window: the last one that was stored must stay, and frequencies say little.
const FEWEST: usize = 8;

/// By how much the candidate's frequency must exceed the victim's.
///
/// Measured: by one, where a hundredth of the keys is kept, gains .006 on Zipf (.99) and .02 on Zipf (.8), because keys that were
/// asked for twice by chance admit each other no more.
const MARGIN: u8 = 1;

/// Where loads differ in what they take, of so many the one leaves that is worth least.
///
/// Measured, as the part of all load time that hits save, where the longest loads take a hundred times as long as the shortest: with 8
/// a loop over twice the entries saves .69, with 16 .73, with 32 .76; Zipf saves the same with each.
const LOOKED_AT: usize = 16;

/// The part of an amount that the window may have.
fn window_part(all: usize) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a share, rounded down"
    )]
    let part = (all as f64 * WINDOW_PART) as usize;
    part
}

impl Shard {
    /// How many entries the window may have.
    fn window_share(&self) -> usize {
        if self.count < FEWEST {
            0
        } else {
            window_part(self.count).max(1)
        }
    }

    /// The queue of a newcomer.
    pub(super) fn queue_of_newcomer(&self) -> EvictionQueue {
        if self.window_share() == 0 {
            EvictionQueue::Main
        } else {
            EvictionQueue::Window
        }
    }

    /// Admits the eldest of the window as far as there are more than its share. For a shard that had room for the last newcomer:
    /// nobody need leave.
    pub(super) fn admit_surplus(&mut self) {
        let share = self.window_share();
        while self.order.len(EvictionQueue::Window) > share
            && let Some(eldest) = self.order.coldest(EvictionQueue::Window)
        {
            self.take_use(eldest);
            self.requeue(EvictionQueue::Main, eldest);
        }
    }

    /// Notes in the sketch that a key was asked for.
    pub(super) fn note_request(&mut self, hash: ShortHash) {
        if let Some(sketch) = &mut self.sketch {
            sketch.note(hash);
        }
    }

    /// Makes the sketch when it is needed for the first time, and a larger one when the entries have become many more.
    fn fit_sketch(&mut self) {
        let former = self.sketch.as_ref();
        if former.is_some_and(|former| self.count < former.entries() * 2) {
            return;
        }
        let mut sketch = FrequencySketch::new(self.count);
        for position in self.order.hottest_first() {
            let hash = self.table.hash(position);
            let frequency = former.map_or(1, |former| former.frequency(hash));
            sketch.raise(hash, frequency);
        }
        self.sketch = Some(sketch);
    }

    /// How often the key at a position was asked for lately, about.
    fn frequency(&self, position: Position) -> u8 {
        let hash = self.table.hash(position);
        let sketch = self.sketch.as_ref();
        sketch.map_or(0, |sketch| sketch.frequency(hash))
    }

    /// What the entry at a position is worth: how often its key was asked for lately, and `more` beside, times what its load takes.
    fn worth(&self, position: Position, more: u8) -> u32 {
        let entry = self.cells.entry(position);
        let cost = entry.map_or(LoadCost::UNKNOWN, EntryRef::cost);
        u32::from(self.frequency(position) + more) * self.costs.factor(cost)
    }

    /// Of the next to leave main that were not used, the one that is worth least; `coldest`, which is one of them, where all cost the
    /// same.
    fn least_worth(&self, coldest: Position) -> Position {
        if !self.costs.differ() {
            return coldest;
        }
        let is_unused = |position: &Position| {
            let entry = self.cells.entry(*position);
            entry.is_some_and(|entry| !entry.is_used())
        };
        let tail = self.order.coldest_first(EvictionQueue::Main);
        let unused = tail.take(2 * LOOKED_AT).filter(is_unused).take(LOOKED_AT);
        let least = unused.min_by_key(|position| self.worth(*position, MARGIN));
        least.unwrap_or(coldest)
    }

    /// Whether the entry at a position was used and eviction had not seen that; the sketch hears of it.
    fn take_use(&mut self, position: Position) -> bool {
        let Some(entry) = self.cells.entry(position) else {
            return false;
        };
        let hash = self.table.hash(position);
        if entry.take_copy() {
            self.looked_at.push(hash);
        }
        let is_used = entry.take_use();
        if is_used {
            self.note_request(hash);
        }
        is_used
    }
}

impl Core {
    /// The entry that leaves next: one that cannot be used any more, if eviction comes across one, or the one that is worth least.
    pub(super) fn next_to_leave(&self, shard: &mut Shard) -> Option<Position> {
        let room = shard.window_share();
        if room == 0 {
            shard.admit_surplus();
            return self.main_victim(shard);
        }
        shard.fit_sketch();
        for _ in 0..CHANCES {
            let is_full = shard.order.len(EvictionQueue::Window) >= room
                || shard.window_bytes > window_part(shard.bytes);
            let candidate = shard.order.coldest(EvictionQueue::Window);
            let Some(candidate) = candidate.filter(|_| is_full) else {
                return self.main_victim(shard).or(candidate);
            };
            if !self.is_usable_at(shard, candidate) {
                return Some(candidate);
            }
            if shard.take_use(candidate) {
                shard.requeue(EvictionQueue::Main, candidate);
                continue;
            }
            return Some(self.loser(shard, candidate));
        }
        shard.order.coldest(EvictionQueue::Window)
    }

    /// The one of a candidate and the victim of main that leaves. If it is the victim, the candidate is admitted.
    fn loser(&self, shard: &mut Shard, candidate: Position) -> Position {
        let Some(victim) = self.main_victim(shard) else {
            return candidate;
        };
        let is_admitted = !self.is_usable_at(shard, victim)
            || shard.worth(candidate, 0) > shard.worth(victim, MARGIN);
        if !is_admitted {
            return candidate;
        }
        shard.requeue(EvictionQueue::Main, candidate);
        victim
    }

    /// The next to leave main: one that cannot be used any more, or that was not used since it was last spared.
    fn main_victim(&self, shard: &mut Shard) -> Option<Position> {
        for _ in 0..CHANCES {
            let coldest = shard.order.coldest(EvictionQueue::Main)?;
            if !self.is_usable_at(shard, coldest) {
                return Some(coldest);
            }
            if !shard.take_use(coldest) {
                return Some(shard.least_worth(coldest));
            }
            shard.requeue(EvictionQueue::Main, coldest);
        }
        shard.order.coldest(EvictionQueue::Main)
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests;
