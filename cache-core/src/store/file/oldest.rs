//! Removing what was written least recently.

use std::io;

use super::folder::FileStat;
use super::locked::locked;
use super::shards::Shards;
use super::usage::{SHARDS, Usage};

/// An entry, where it is and what was seen of it.
pub(super) struct EntryFile {
    shard: usize,
    name: String,
    seen: FileStat,
}

/// Lists all entries, and says anew in each folder how much it holds. Folders that another process has are left out.
pub(super) fn count(shards: &Shards) -> io::Result<(Usage, Vec<EntryFile>)> {
    let (mut usage, mut entries) = (Usage::default(), Vec::new());
    for number in 0..SHARDS {
        let Some(mut shard) = free(shards.lock(number, false))? else {
            continue;
        };
        let mut own = Usage::default();
        for (name, seen) in shard.entries()? {
            own = own.plus(Usage::of(seen.length));
            entries.push(EntryFile {
                shard: number,
                name,
                seen,
            });
        }
        shard.count(own);
        usage = usage.plus(own);
    }
    Ok((usage, entries))
}

/// What is locked here; `None` if another process has it.
pub(super) fn free<T>(shard: io::Result<Option<T>>) -> io::Result<Option<T>> {
    if locked(&shard).is_some() {
        Ok(None)
    } else {
        shard
    }
}

/// Removes what was written least recently, as long as `more` says of what that comes to that there is more to remove.
pub(super) fn remove_oldest(
    shards: &Shards,
    mut entries: Vec<EntryFile>,
    more: impl Fn(Usage) -> bool,
) -> io::Result<Usage> {
    entries.sort_unstable_by_key(|entry| entry.seen.written);
    let mut removed = Usage::default();
    let going = entries.into_iter().take_while(|entry| {
        let goes = more(removed);
        removed = removed.minus(Usage::of(entry.seen.length));
        goes
    });
    let going = going.collect();
    remove(shards, going)
}

/// Removes these, folder by folder, and says how much more there is now.
fn remove(shards: &Shards, mut going: Vec<EntryFile>) -> io::Result<Usage> {
    let mut more = Usage::default();
    going.sort_unstable_by_key(|entry| entry.shard);
    for of_one in going.chunk_by(|one, other| one.shard == other.shard) {
        let Some(mut shard) = free(shards.lock(of_one[0].shard, false))? else {
            continue;
        };
        for EntryFile { name, seen, .. } in of_one {
            // What was written again meanwhile is young.
            if shard.folder.look(name)? == Some(*seen) {
                more = more.plus(shard.remove(name)?);
            }
        }
    }
    Ok(more)
}
