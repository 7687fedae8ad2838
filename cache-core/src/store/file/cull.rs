//! Keeping the folder within its bounds and within what the disk has left, in the background.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::timeout;

use super::filling::{DiskUse, ROOM, exceeds, part};
use super::oldest::{count, free, remove_oldest};
use super::shards::Shards;
use super::sweep;
use super::usage::{SHARDS, Usage};
use super::work::work;
use crate::clock;
use crate::store::bounds::StoreBounds;
use crate::store::runtime::spawn;

/// How long a put waits until there is room on a disk that is full.
const PATIENCE: Duration = Duration::from_millis(200);

/// The part of it all that goes when the disk is full.
const FIFTH: u64 = 5;

/// Where nothing could be removed, the next try comes after this.
const HOPELESS: Duration = Duration::from_secs(1);

/// Sees to the bounds in the background if there may be need.
pub(super) fn begin_if_due(shards: &Arc<Shards>) {
    let mut filling = shards.filling.lock();
    if !filling.is_due(shards.bounds()) {
        return;
    }
    filling.begin();
    drop(filling);
    let own = shards.clone();
    let culling = async move {
        let culled = work(&own, |shards| {
            while cull(shards) {}
            Ok(())
        });
        if culled.await.is_err() {
            own.filling.lock().busy = false;
        }
    };
    if spawn(culling).is_err() {
        shards.filling.lock().busy = false;
    }
}

/// Sees to the bounds once, and tells whether there is need again.
fn cull(shards: &Shards) -> bool {
    let held = within_bounds(shards);
    let mut filling = shards.filling.lock();
    // A folder that fails is left to the next who writes.
    let Ok(held) = held else {
        filling.busy = false;
        return false;
    };
    filling.end(held);
    let again = filling.is_due(shards.bounds());
    if again {
        filling.begin();
    }
    again
}

/// Removes what was written least recently until there is room again, and says how much there is.
fn within_bounds(shards: &Shards) -> io::Result<DiskUse> {
    let asked = shards.filling.lock().asked;
    let (usage, space) = shards.sum()?;
    // What the folders say of themselves may have been lost with the machine: the first time they are counted.
    let known = if asked { None } else { Some(count(shards)?) };
    let usage = known.as_ref().map_or(usage, |(usage, _)| *usage);
    let held = DiskUse { usage, space };
    if !exceeds(usage, shards.bounds()) && !held.exceeds_disk(usage, 9) {
        return Ok(held);
    }
    let (usage, entries) = known.map_or_else(|| count(shards), Ok)?;
    let held = DiskUse { usage, space };
    let bounds = shards.bounds();
    let room = StoreBounds {
        entries: bounds.entries - part(bounds, ROOM).entries,
        bytes: bounds.bytes - part(bounds, ROOM).bytes,
    };
    let more = remove_oldest(shards, entries, |removed| {
        let rest = usage.plus(removed);
        exceeds(rest, room) || held.exceeds_disk(rest, 8)
    })?;
    let (_, space) = shards.sum()?;
    Ok(DiskUse {
        usage: usage.plus(more),
        space,
    })
}

/// Makes room on a disk that is full, unless somebody has since `turn`, and waits for it, but not for long.
pub(super) async fn make_room(shards: &Arc<Shards>, turn: u64, now: SystemTime) {
    let own = shards.clone();
    let making = async move {
        let _alone = own.making.busy.lock().await;
        if own.making.turn() == turn {
            let _ = work(&own, move |shards| make_room_now(shards, now)).await;
            own.making.end();
        }
    };
    let waiting = async { drop(timeout(PATIENCE, tokio::spawn(making)).await) };
    if let Ok(waiting) = spawn(waiting) {
        let _ = waiting.await;
    }
}

/// Removes what is of no use, and of the rest what was written least recently, until a fifth of all is gone.
fn make_room_now(shards: &Shards, now: SystemTime) -> io::Result<()> {
    let (_, before) = shards.sum()?;
    let block = before.map_or(1, |space| space.block);
    let mut removed = Usage::default();
    for number in 0..SHARDS {
        removed =
            removed.plus(free(sweep::folder(shards, number, now).map(Some))?.unwrap_or_default());
    }
    let (usage, entries) = count(shards)?;
    let least = usage.on_disk(block) / FIFTH;
    let gone = |removed: Usage| Usage::default().minus(removed).on_disk(block);
    if gone(removed) <= least {
        let swept = removed;
        let more = remove_oldest(shards, entries, |more| gone(swept.plus(more)) <= least)?;
        removed = removed.plus(more);
    }
    let space = shards.sum()?.1;
    let mut filling = shards.filling.lock();
    filling.add(removed);
    filling.space = space;
    filling.hopeless = (removed == Usage::default()).then(|| clock::now().after(HOPELESS));
    Ok(())
}
