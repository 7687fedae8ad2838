//! Keeping the folder within its bounds, in the background, and removing what has expired.

use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use super::folder::Seen;
use super::shard::Account;
use super::shards::{SHARDS, Shards};
use crate::store::bounds::Bounds;
use crate::store::runtime::{run_blocking, spawn};

/// A cull leaves room for a while: it removes down to nine tenths of the bounds.
const ROOM: u32 = 10;

/// Other processes write too: after a sixteenth of the bounds in own writes, what all hold is summed again.
const LOOK: u32 = 16;

/// How much the folder holds, as far as this process knows.
#[derive(Debug, Default)]
pub(super) struct Filling {
    account: Account,
    /// By how much that has changed since the folders were last asked.
    since: Account,
    /// What was written since then.
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
        self.since = self.since.plus(more);
    }

    /// The folders are about to be asked.
    fn begin(&mut self) {
        self.busy = true;
        self.since = Account::default();
        self.written = Account::default();
    }

    /// The folders have answered. What changed meanwhile may be in their answer already, and then counts twice until they
    /// are asked again, which is soon if it matters.
    fn end(&mut self, account: Account) {
        self.busy = false;
        self.asked = true;
        self.account = account.plus(self.since);
    }

    fn is_due(&self, bounds: Bounds) -> bool {
        let part = part(bounds, LOOK);
        !self.busy && (!self.asked || exceeds(self.account, bounds) || exceeds(self.written, part))
    }
}

/// The half, third, … of the bounds, rounded up.
fn part(bounds: Bounds, number: u32) -> Bounds {
    Bounds {
        entries: bounds.entries.div_ceil(number as usize),
        bytes: bounds.bytes.div_ceil(u64::from(number)),
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
    filling.begin();
    drop(filling);
    let own = shards.clone();
    let work = run_blocking(move || {
        while cull(&own) {}
        Ok(())
    });
    if spawn(work).is_err() {
        shards.filling.lock().busy = false;
    }
}

/// Sees to the bounds once, and tells whether there is need again.
fn cull(shards: &Shards) -> bool {
    let account = within_bounds(shards);
    let mut filling = shards.filling.lock();
    // A folder that fails is left to the next who writes.
    let Ok(account) = account else {
        filling.busy = false;
        return false;
    };
    filling.end(account);
    let again = filling.is_due(shards.bounds());
    if again {
        filling.begin();
    }
    again
}

/// An entry, where it is and what was seen of it.
struct Entry {
    shard: usize,
    name: String,
    seen: Seen,
}

/// Removes what was written least recently until there is room again, and says how much there is.
fn within_bounds(shards: &Shards) -> io::Result<Account> {
    let (bounds, sum) = (shards.bounds(), shards.sum()?);
    if !exceeds(sum, bounds) {
        return Ok(sum);
    }
    let (account, mut entries) = count(shards)?;
    entries.sort_unstable_by_key(|entry| entry.seen.written);
    let room = Bounds {
        entries: bounds.entries - part(bounds, ROOM).entries,
        bytes: bounds.bytes - part(bounds, ROOM).bytes,
    };
    let mut rest = account;
    let going = entries.into_iter().take_while(|entry| {
        let full = exceeds(rest, room);
        rest = rest.minus(Account::of(entry.seen.length));
        full
    });
    let removed = remove(shards, going.collect())?;
    Ok(account.plus(removed))
}

/// Lists all entries, and says anew in each folder how much it holds.
fn count(shards: &Shards) -> io::Result<(Account, Vec<Entry>)> {
    let (mut account, mut entries) = (Account::default(), Vec::new());
    for number in 0..SHARDS {
        let Some(mut shard) = shards.lock(number, false)? else {
            continue;
        };
        let mut own = Account::default();
        for (name, seen) in shard.entries()? {
            own = own.plus(Account::of(seen.length));
            entries.push(Entry {
                shard: number,
                name,
                seen,
            });
        }
        shard.count(own)?;
        account = account.plus(own);
    }
    Ok((account, entries))
}

/// Removes these, folder by folder, and says how much more there is now.
fn remove(shards: &Shards, mut going: Vec<Entry>) -> io::Result<Account> {
    let mut more = Account::default();
    going.sort_unstable_by_key(|entry| entry.shard);
    for of_one in going.chunk_by(|one, other| one.shard == other.shard) {
        let Some(mut shard) = shards.lock(of_one[0].shard, false)? else {
            continue;
        };
        for Entry { name, seen, .. } in of_one {
            // What was written again meanwhile is young.
            if shard.folder.look(name)? == Some(*seen) {
                more = more.plus(shard.remove(name)?);
            }
        }
    }
    Ok(more)
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
