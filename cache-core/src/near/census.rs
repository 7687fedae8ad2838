//! What is kept and may be used.

use std::time::Duration;

use super::Tier;

/// How many entries a tier has that may be used, and what they weigh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Census {
    pub(crate) entries: u64,
    /// Of those that are weighed.
    pub(crate) bytes: u64,
    /// How long one of those that are kept lives, or has lived, if it has an end.
    pub(crate) ttl: Option<Duration>,
}

impl Census {
    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            entries: self.entries + other.entries,
            bytes: self.bytes + other.bytes,
            ttl: self.ttl.or(other.ttl),
        }
    }
}

impl dyn Tier {
    /// Counts them. A shard is locked for reading, which holds up no hit, and for no more than its part of `most`.
    pub(super) fn count(&self, most: usize) -> Census {
        let share = most.div_ceil(self.shards());
        let all = (0..self.shards() as u64).map(|at| self.count_shard(at << 40, share));
        all.fold(Census::default(), Census::and)
    }

    /// Looks at the entries at evenly spaced positions.
    fn count_shard(&self, hash: u64, most: usize) -> Census {
        let Some(shard) = self.shard_if_made(hash) else {
            return Census::default();
        };
        let shard = shard.read();
        let step = shard.cells.positions().div_ceil(most.max(1)).max(1);
        let (mut seen, mut census) = (0, Census::default());
        for position in (0..shard.cells.positions()).step_by(step) {
            #[expect(clippy::cast_possible_truncation, reason = "positions are of 32 bits")]
            let Some(entry) = shard.cells.entry(position as u32) else {
                continue;
            };
            seen += 1;
            census.ttl = census.ttl.or(entry.life().whole());
            if self.end_of(entry).is_none() {
                census.entries += 1;
                census.bytes += entry.weight() as u64;
            }
        }
        if step == 1 || seen == 0 {
            return census;
        }
        let whole = |part: u64| {
            let whole = u128::from(part) * shard.count as u128 / seen;
            u64::try_from(whole).unwrap_or(u64::MAX)
        };
        Census {
            entries: whole(census.entries),
            bytes: whole(census.bytes),
            ..census
        }
    }
}
