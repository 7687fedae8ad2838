//! Keeping the folder within its bounds and within what the disk has left, in the background.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::timeout;

use super::account::Account;
use super::folder::Space;
use super::oldest::{count, free, remove_oldest};
use super::shards::{SHARDS, Shards};
use super::sweep;
use super::work::work;
use crate::clock::{self, Moment};
use crate::store::bounds::Bounds;
use crate::store::runtime::spawn;
use crate::sync::{AtomicU64, Ordering};

/// A cull leaves room for a while: it removes down to nine tenths of the bounds. Of what the store takes of the disk and the
/// disk has left, a tenth stays free, and two are after a cull.
const ROOM: u32 = 10;

/// Other processes write too: after a sixteenth of the bounds in own writes, what all hold is summed again.
const LOOK: u32 = 16;

/// The same, of what the disk had left when it was last asked.
const LOOK_AT_DISK: u64 = 4;

/// How long a put waits until there is room on a disk that is full.
const PATIENCE: Duration = Duration::from_millis(200);

/// The part of it all that goes when the disk is full.
const FIFTH: u64 = 5;

/// Where nothing could be removed, the next try comes after this.
const HOPELESS: Duration = Duration::from_secs(1);

/// How much the folder holds, as far as this process knows.
#[derive(Debug, Default)]
pub(super) struct Filling {
    account: Account,
    /// By how much that has changed since the folders were last asked.
    since: Account,
    /// What was written since then.
    written: Account,
    space: Option<Space>,
    asked: bool,
    busy: bool,
    hopeless: Option<Moment>,
}

impl Filling {
    /// An entry of this length was written, by which there is so much more.
    pub(super) fn write(&mut self, more: Account, length: u64) {
        self.add(more);
        self.written = self.written.plus(Account::of(length));
        self.hopeless = None;
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
    fn end(&mut self, held: Held) {
        self.busy = false;
        self.asked = true;
        self.account = held.account.plus(self.since);
        self.space = held.space;
    }

    fn is_due(&self, bounds: Bounds) -> bool {
        let of_disk = |space: Space| {
            self.written.on_disk(space.block) > space.free.max(space.block) / LOOK_AT_DISK
        };
        !self.busy
            && (!self.asked
                || exceeds(self.account, bounds)
                || exceeds(self.written, part(bounds, LOOK))
                || self.space.is_some_and(of_disk))
    }

    /// Whether it may be of use to remove others for a file of this length.
    pub(super) fn may_make_room(&self, length: u64) -> bool {
        let fits =
            |space: Space| length < self.account.on_disk(space.block).saturating_add(space.free);
        self.hopeless.is_none_or(|until| clock::now() >= until)
            && (!self.asked || self.space.is_none_or(fits))
    }
}

/// How much there is, and what is left of the disk.
#[derive(Clone, Copy)]
struct Held {
    account: Account,
    space: Option<Space>,
}

impl Held {
    /// Whether the store takes more than this many tenths of what it could have of the disk.
    fn exceeds_disk(self, rest: Account, tenths: u64) -> bool {
        self.space.is_some_and(|Space { block, free }| {
            let all = self.account.on_disk(block).saturating_add(free);
            rest.on_disk(block) > all / u64::from(ROOM) * tenths
        })
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
fn within_bounds(shards: &Shards) -> io::Result<Held> {
    let asked = shards.filling.lock().asked;
    let (account, space) = shards.sum()?;
    // What the folders say of themselves may have been lost with the machine: the first time they are counted.
    let known = if asked { None } else { Some(count(shards)?) };
    let account = known.as_ref().map_or(account, |(account, _)| *account);
    let held = Held { account, space };
    if !exceeds(account, shards.bounds()) && !held.exceeds_disk(account, 9) {
        return Ok(held);
    }
    let (account, entries) = known.map_or_else(|| count(shards), Ok)?;
    let held = Held { account, space };
    let bounds = shards.bounds();
    let room = Bounds {
        entries: bounds.entries - part(bounds, ROOM).entries,
        bytes: bounds.bytes - part(bounds, ROOM).bytes,
    };
    let more = remove_oldest(shards, entries, |removed| {
        let rest = account.plus(removed);
        exceeds(rest, room) || held.exceeds_disk(rest, 8)
    })?;
    let (_, space) = shards.sum()?;
    Ok(Held {
        account: account.plus(more),
        space,
    })
}

/// Those who make room on a full disk: one at a time, and for all who wait for it.
#[derive(Debug, Default)]
pub(super) struct Making {
    busy: tokio::sync::Mutex<()>,
    turns: AtomicU64,
}

impl Making {
    /// Which turn will help those who have just found the disk full.
    pub(super) fn turn(&self) -> u64 {
        self.turns.load(Ordering::Acquire)
    }
}

/// Makes room on a disk that is full, unless somebody has since `turn`, and waits for it, but not for long.
pub(super) async fn make_room(shards: &Arc<Shards>, turn: u64, now: SystemTime) {
    let own = shards.clone();
    let making = async move {
        let _alone = own.making.busy.lock().await;
        if own.making.turn() == turn {
            let _ = work(&own, move |shards| make_room_now(shards, now)).await;
            own.making.turns.fetch_add(1, Ordering::Release);
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
    let mut removed = Account::default();
    for number in 0..SHARDS {
        removed =
            removed.plus(free(sweep::folder(shards, number, now).map(Some))?.unwrap_or_default());
    }
    let (account, entries) = count(shards)?;
    let least = account.on_disk(block) / FIFTH;
    let gone = |removed: Account| Account::default().minus(removed).on_disk(block);
    if gone(removed) <= least {
        let swept = removed;
        let more = remove_oldest(shards, entries, |more| gone(swept.plus(more)) <= least)?;
        removed = removed.plus(more);
    }
    let space = shards.sum()?.1;
    let mut filling = shards.filling.lock();
    filling.add(removed);
    filling.space = space;
    filling.hopeless = (removed == Account::default()).then(|| clock::now().after(HOPELESS));
    Ok(())
}
