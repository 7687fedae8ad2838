//! Removing what has expired: when somebody asks for it, and by itself.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::shards::Shards;
use super::usage::{SHARDS, Usage};
use super::work::work;
use crate::clock;
use crate::error::Result;
use crate::store::sweeper;
use crate::sync::Ordering;

/// One folder of the 256 in so much time: a few hundred files at most where the store is within its bounds.
const EACH: Duration = Duration::from_secs(1);

/// Removes what has expired or is spoiled from one folder, counts the rest, and says how much more there is now.
pub(super) fn folder(shards: &Shards, number: usize, now: SystemTime) -> io::Result<Usage> {
    let (mut usage, mut removed) = (Usage::default(), Usage::default());
    let Some(mut shard) = shards.lock(number, false)? else {
        return Ok(removed);
    };
    for (name, seen) in shard.entries()? {
        if shard.is_useless(&name, seen.length, now)? {
            removed = removed.plus(shard.remove(&name)?);
        } else {
            usage = usage.plus(Usage::of(seen.length));
        }
    }
    shard.count(usage);
    Ok(removed)
}

/// Sweeps all folders, one after the other.
pub(super) async fn all(shards: &Arc<Shards>, now: SystemTime) -> Result<()> {
    let mut number = 0;
    let all = move |shards: &Arc<Shards>| {
        while number < SHARDS {
            let removed = folder(shards, number, now)?;
            shards.filling.lock().add(removed);
            number += 1;
        }
        Ok(())
    };
    work(shards, all).await
}

/// Begins to sweep again and again, a folder at a time. One that fails, or that another process has, waits for the next round.
pub(super) fn begin(shards: &Arc<Shards>) {
    if shards.swept.swap(true, Ordering::Relaxed) {
        return;
    }
    let next = Arc::new(crate::sync::Mutex::new((0, clock::now())));
    sweeper::every(EACH, shards, move |shards| {
        let next = next.clone();
        async move {
            // A clock that has leapt, or a machine that has slept, owes a round at most.
            let (mut number, since) = *next.lock();
            let now = clock::now();
            // After it: what expires in between is swept now or owed.
            let wall = clock::wall();
            let due = now.since(since).as_secs().clamp(1, SHARDS as u64);
            for _ in 0..due {
                let sweep = move |shards: &Arc<Shards>| {
                    Ok(folder(shards, number % SHARDS, wall).unwrap_or_default())
                };
                if let Ok(removed) = work(&shards, sweep).await {
                    shards.filling.lock().add(removed);
                }
                number += 1;
            }
            *next.lock() = (number % SHARDS, now);
        }
    });
}
