//! Keeping the folder within its bounds, in the background, and removing what has expired.

use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use super::shard::Account;
use super::shards::{SHARDS, Shards};
use crate::store::bounds::Bounds;
use crate::store::runtime::{run_blocking, spawn};

/// A cull leaves room for a while: it removes down to nine tenths of the bounds.
const ROOM: u64 = 10;

/// Other processes write too: after a sixteenth of the bounds in own writes, what all hold is summed again.
const LOOK: u64 = 16;

/// How much the folder holds, as far as this process knows.
#[derive(Debug, Default)]
pub(super) struct Filling {
    account: Account,
    /// What was written since the folders were asked.
    written: Account,
    asked: bool,
    busy: bool,
}

impl Filling {
    /// An entry of this length was written, by which there is so much more.
    pub(super) fn write(&mut self, more: Account, length: u64) {
        self.add(more);
        self.written = self.written.plus(Account::of(length));
    }

    pub(super) fn add(&mut self, more: Account) {
        self.account = self.account.plus(more);
    }

    fn is_due(&self, bounds: Bounds) -> bool {
        let part = Bounds {
            entries: bounds.entries / LOOK as usize,
            bytes: bounds.bytes / LOOK,
        };
        !self.busy && (!self.asked || exceeds(self.account, bounds) || exceeds(self.written, part))
    }
}

fn exceeds(account: Account, bounds: Bounds) -> bool {
    let over = |held: i64, bound: u64| u64::try_from(held).is_ok_and(|held| held > bound);
    over(account.entries, bounds.entries as u64) || over(account.bytes, bounds.bytes)
}

/// Sees to the bounds in the background if there may be need.
pub(super) fn begin_if_due(shards: &Arc<Shards>) {
    let mut filling = shards.filling.lock();
    if !filling.is_due(shards.bounds()) {
        return;
    }
    filling.busy = true;
    filling.written = Account::default();
    drop(filling);
    let own = shards.clone();
    let work = run_blocking(move || {
        let account = within_bounds(&own);
        let mut filling = own.filling.lock();
        filling.busy = false;
        filling.asked = true;
        if let Ok(account) = account {
            filling.account = account;
        }
        Ok(())
    });
    if spawn(work).is_err() {
        shards.filling.lock().busy = false;
    }
}

/// Removes what was written least recently until there is room again, and says how much there is.
fn within_bounds(shards: &Shards) -> io::Result<Account> {
    let sum = shards.sum()?;
    if !exceeds(sum, shards.bounds()) {
        return Ok(sum);
    }
    let mut account = Account::default();
    let mut entries = Vec::new();
    for number in 0..SHARDS {
        let Some(mut shard) = shards.lock(number, false)? else {
            continue;
        };
        let there = shard.entries()?;
        let own = there.iter().fold(Account::default(), |sum, (_, seen)| {
            sum.plus(Account::of(seen.length))
        });
        shard.count(own)?;
        account = account.plus(own);
        entries.extend(there.into_iter().map(|(name, seen)| (seen, number, name)));
    }
    entries.sort_unstable_by_key(|(seen, ..)| seen.written);
    let bounds = shards.bounds();
    let room = Bounds {
        entries: bounds.entries - bounds.entries.div_ceil(ROOM as usize),
        bytes: bounds.bytes - bounds.bytes.div_ceil(ROOM),
    };
    let mut rest = account;
    let going = entries.into_iter().take_while(|(seen, ..)| {
        let full = exceeds(rest, room);
        rest = rest.minus(Account::of(seen.length));
        full
    });
    let mut going: Vec<_> = going
        .map(|(seen, number, name)| (number, name, seen))
        .collect();
    going.sort_unstable_by_key(|(number, ..)| *number);
    for of_one in going.chunk_by(|(one, ..), (other, ..)| one == other) {
        let Some(mut shard) = shards.lock(of_one[0].0, false)? else {
            continue;
        };
        for (_, name, seen) in of_one {
            // What was written again meanwhile is young.
            if shard.folder.look(name)? == Some(*seen) {
                account = account.plus(shard.remove(name)?);
            }
        }
    }
    Ok(account)
}

/// Removes what has expired or is spoiled, and counts the rest.
pub(super) fn sweep(shards: &Shards, now: SystemTime) -> io::Result<()> {
    for number in 0..SHARDS {
        let Some(mut shard) = shards.lock(number, false)? else {
            continue;
        };
        let mut account = Account::default();
        let mut removed = Account::default();
        for (name, seen) in shard.entries()? {
            if shard.is_useless(&name, seen.length, now)? {
                removed = removed.plus(shard.remove(&name)?);
            } else {
                account = account.plus(Account::of(seen.length));
            }
        }
        shard.count(account)?;
        drop(shard);
        shards.filling.lock().add(removed);
    }
    Ok(())
}
