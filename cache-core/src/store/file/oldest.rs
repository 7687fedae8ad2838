//! Removing what was written least recently.

use std::io;

use super::account::Account;
use super::folder::Seen;
use super::shards::{SHARDS, Shards};
use super::work::taken;

/// An entry, where it is and what was seen of it.
pub(super) struct Entry {
    shard: usize,
    name: String,
    seen: Seen,
}

/// Lists all entries, and says anew in each folder how much it holds. Folders that another process has are left out.
pub(super) fn count(shards: &Shards) -> io::Result<(Account, Vec<Entry>)> {
    let (mut account, mut entries) = (Account::default(), Vec::new());
    for number in 0..SHARDS {
        let Some(mut shard) = free(shards.lock(number, false))? else {
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
        shard.count(own);
        account = account.plus(own);
    }
    Ok((account, entries))
}

/// What is locked here; `None` if another process has it.
pub(super) fn free<T>(locked: io::Result<Option<T>>) -> io::Result<Option<T>> {
    if taken(&locked).is_some() {
        Ok(None)
    } else {
        locked
    }
}

/// Removes what was written least recently, as long as `more` says of what that comes to that there is more to remove.
pub(super) fn remove_oldest(
    shards: &Shards,
    mut entries: Vec<Entry>,
    more: impl Fn(Account) -> bool,
) -> io::Result<Account> {
    entries.sort_unstable_by_key(|entry| entry.seen.written);
    let mut removed = Account::default();
    let going = entries.into_iter().take_while(|entry| {
        let goes = more(removed);
        removed = removed.minus(Account::of(entry.seen.length));
        goes
    });
    let going = going.collect();
    remove(shards, going)
}

/// Removes these, folder by folder, and says how much more there is now.
fn remove(shards: &Shards, mut going: Vec<Entry>) -> io::Result<Account> {
    let mut more = Account::default();
    going.sort_unstable_by_key(|entry| entry.shard);
    for of_one in going.chunk_by(|one, other| one.shard == other.shard) {
        let Some(mut shard) = free(shards.lock(of_one[0].shard, false))? else {
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
