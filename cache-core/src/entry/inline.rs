//! Entries that lie in the table of their tier, beside their key: what is known of one, in as few bytes as that takes.
//!
//! Most entries need no more: their life is simple, no store has a part in them, and they depend on the names that all entries of their
//! function depend on. Any other lies apart, as an [`Entry`](super::Entry).

use std::time::Duration;

use super::cost::LoadCost;
use super::meta::Meta;
use super::origin::Origin;
use super::sixteenths::{of_sixteenths, sixteenths};
use super::uses::UseCount;
use crate::clock::Moment;
use crate::generation::{GenerationMemo, GenerationRef};
use crate::marks::{ClockSet, Marks, Slot};
use crate::policy::Life;

/// What is known of an entry beside its value, where it lies in the table.
#[derive(Debug)]
pub struct InlineMeta {
    memo: GenerationMemo,
    /// When its life ends, as bits.
    until: u64,
    /// How many milliseconds its life lasts; of an endless one, when it began, in sixteenths of a second of the clock.
    life: u32,
    /// How far after its group's.
    epoch: u32,
    /// How far after its group's.
    sequence: u32,
    weight: u32,
    group: u16,
    /// The [only part](ClockSet::only_part) that counts in its clocks.
    part: u8,
    uses: UseCount,
    cost: LoadCost,
    by_hand: bool,
}

/// What many entries of a shard have in common.
#[derive(Debug)]
pub(crate) struct InlineGroup {
    /// From where its entries count, some way before its first: what began earlier may land later.
    epoch: u64,
    sequence: u64,
    clocks: ClockSet,
    slots: Box<[Slot]>,
    origin: Origin,
}

/// The most groups of a shard. Most functions need one.
const MOST_GROUPS: usize = 16;

impl InlineMeta {
    /// What is known of this entry, if there is room for all of it; its group may be made.
    pub(crate) fn of(meta: &Meta, groups: &mut Vec<InlineGroup>) -> Option<Self> {
        let generation = meta.generation.view();
        if !meta.is_plain() || generation.memo.is_over() {
            return None;
        }
        let part = generation.clocks.only_part()?;
        let (life, weight) = (packed(meta.life)?, u32::try_from(meta.weight).ok()?);
        let group = InlineGroup::find(groups, generation, meta.origin)?;
        let first = &groups[group];
        Some(Self {
            memo: generation.memo.copied(),
            until: meta.until().to_bits(),
            life,
            epoch: later(generation.epoch, first.epoch)?,
            sequence: later(generation.sequence, first.sequence)?,
            weight,
            group: u16::try_from(group).ok()?,
            part,
            uses: UseCount::default(),
            cost: meta.cost,
            by_hand: meta.is_by_hand(),
        })
    }

    /// The same, for an entry that lies apart.
    pub(crate) fn widened(self, groups: &[InlineGroup]) -> Meta {
        let entry = InlineRef {
            meta: &self,
            groups,
        };
        let (generation, origin) = (entry.generation().to_owned(), entry.origin());
        let meta = Meta::new(generation, entry.life(), origin, entry.weight());
        let meta = meta.costing(self.cost).used(self.uses);
        if self.by_hand {
            meta.put_by_hand()
        } else {
            meta
        }
    }
}

/// What [`InlineMeta`] has of a life beside its end; `None` if it has no room for it.
fn packed(life: Life) -> Option<u32> {
    const ROUNDING: Duration = Duration::from_micros(500);
    match life.whole() {
        None => Some(sixteenths(life.begin())),
        Some(whole) => u32::try_from((whole + ROUNDING).as_millis()).ok(),
    }
}

impl InlineGroup {
    /// The place of the group of an entry, which is made if there is room for one more.
    fn find(groups: &mut Vec<Self>, of: GenerationRef<'_>, origin: Origin) -> Option<usize> {
        let fits = |group: &Self| {
            group.origin == origin
                && *group.slots == *of.slots
                && later(of.epoch, group.epoch).is_some()
                && later(of.sequence, group.sequence).is_some()
        };
        if let Some(group) = groups.iter().position(fits) {
            return Some(group);
        }
        if groups.len() == MOST_GROUPS {
            return None;
        }
        groups.push(Self {
            epoch: of.epoch.saturating_sub(LATENESS),
            sequence: of.sequence.saturating_sub(LATENESS),
            clocks: of.clocks,
            slots: of.slots.into(),
            origin,
        });
        Some(groups.len() - 1)
    }
}

/// By how much a later entry of a group may be older than its first.
const LATENESS: u64 = 1 << 30;

fn later(number: u64, first: u64) -> Option<u32> {
    u32::try_from(number.checked_sub(first)?).ok()
}

/// An entry that lies in the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InlineRef<'a> {
    pub(crate) meta: &'a InlineMeta,
    /// Those of its shard.
    pub(crate) groups: &'a [InlineGroup],
}

impl<'a> InlineRef<'a> {
    fn group(self) -> &'a InlineGroup {
        &self.groups[self.meta.group as usize]
    }

    /// Whether no clock of its marks has moved since it was found valid.
    #[inline]
    pub(super) fn is_unmarked(self, marks: &Marks) -> bool {
        let reading = || marks.reading_of_part(self.meta.part);
        self.meta.memo.is_of(reading)
    }

    pub(super) fn generation(self) -> GenerationRef<'a> {
        let (meta, group) = (self.meta, self.group());
        GenerationRef {
            epoch: group.epoch + u64::from(meta.epoch),
            sequence: group.sequence + u64::from(meta.sequence),
            memo: &meta.memo,
            clocks: group.clocks,
            slots: &group.slots,
        }
    }

    #[inline]
    pub(super) fn until(self) -> Moment {
        Moment::from_bits(self.meta.until)
    }

    pub(super) fn life(self) -> Life {
        let until = self.until();
        let life = self.meta.life;
        if until == Moment::NEVER {
            return Life::new(of_sixteenths(life), None);
        }
        let whole = Duration::from_millis(life.into());
        Life::between(until.before(whole), until)
    }

    pub(super) fn origin(self) -> Origin {
        self.group().origin
    }

    pub(super) fn weight(self) -> usize {
        self.meta.weight as usize
    }

    pub(super) fn cost(self) -> LoadCost {
        self.meta.cost
    }

    pub(super) fn uses(self) -> &'a UseCount {
        &self.meta.uses
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;
    use crate::clock;
    use crate::entry::BY_HAND;
    use crate::generation::Generation;
    use crate::marks::marks;
    use crate::name::{Name, NameScope};

    fn meta(slots: &[Slot], life: Life) -> Meta {
        let generation = Generation::new(1 << 40, 1 << 35, slots.into());
        Meta::new(generation, life, BY_HAND, 17).costing(COST)
    }

    const COST: LoadCost = LoadCost::of(Duration::from_millis(7));

    fn lives() -> impl Iterator<Item = Life> {
        let now = clock::now();
        let ttls = [0, 1, 333, 1_000, 900_000, u64::from(u32::MAX)];
        let lives = ttls.map(|ttl| Life::new(now, Some(Duration::from_millis(ttl))));
        lives.into_iter().chain([Life::new(now, None)])
    }

    #[test]
    fn nothing_is_lost_of_an_entry_that_lay_in_the_table() {
        for life in lives() {
            let mut groups = Vec::new();
            let packed = InlineMeta::of(&meta(&[Slot::EXPIRED], life), &mut groups).unwrap();
            let wide = packed.widened(&groups);
            assert_eq!((wide.until(), wide.due()), (life.end(), life.end()));
            let off = wide.life().begin().since(life.begin());
            let off = off.max(life.begin().since(wide.life().begin()));
            assert!(off < Duration::from_millis(if life.is_endless() { 63 } else { 1 }));
            assert_eq!((wide.weight, wide.origin, wide.cost), (17, BY_HAND, COST));
            assert_eq!(wide.generation.epoch(), 1 << 40);
            assert_eq!(wide.generation.slots(), [Slot::EXPIRED]);
            let later = Generation::new(0, (1 << 35) + 1, Box::default());
            assert!(wide.generation.is_before(&later) && !later.is_before(&wide.generation));
        }
    }

    #[test]
    fn what_the_table_has_no_room_for_lies_apart() {
        let endless = || meta(&[], Life::endless());
        let inline = |meta: &Meta| InlineMeta::of(meta, &mut Vec::new());
        assert!(inline(&endless()).is_some());
        let failed = endless();
        failed.count_failure();
        let bound = endless();
        bound.use_until(clock::now());
        let apart = [
            failed,
            bound,
            endless().tainted(true),
            endless().made_of_aging(true),
            endless().stamped(Box::default()),
            meta(
                &[],
                Life::new(clock::now(), Some(Duration::from_secs(5_000_000))),
            ),
        ];
        assert!(apart.iter().all(|meta| inline(meta).is_none()));
    }

    #[test]
    fn a_shard_has_few_groups() {
        let mut groups = Vec::new();
        let slot = |n: u32| marks().slot(NameScope::fresh(), Name::of("tag", &n.to_le_bytes()));
        let metas: Vec<_> = (0..40).map(|n| meta(&[slot(n)], Life::endless())).collect();
        let kept = metas
            .iter()
            .filter(|meta| InlineMeta::of(meta, &mut groups).is_some());
        assert_eq!(kept.count(), MOST_GROUPS);
        assert!(InlineMeta::of(&metas[0], &mut groups).is_some());
        assert_eq!(groups.len(), MOST_GROUPS);
    }
}
