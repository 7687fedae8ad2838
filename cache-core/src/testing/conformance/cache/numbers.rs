//! Counters.

use std::sync::Arc;
use std::time::Duration;

use super::super::room::{OrFault, Room, Verdict, ensure};
use super::super::threads::pause;
use super::{holds, lacks, said};
use crate::cache::Cache;
use crate::clock;
use crate::value::SharedValue;

pub(super) async fn count(room: Arc<Room>) -> Verdict {
    let cache = room.cache();
    cache.set("key", &10_i64).await.or_fault()?;
    for (by, sum) in [(1, 11), (-20, -9), (0, -9), (1_000_000, 999_991)] {
        said("`incr`", cache.incr("key", by).await.or_fault()?, sum)?;
        holds(&cache, "key", sum).await?;
    }
    said("`decr`", cache.decr("key", 1).await.or_fault()?, 999_990)?;
    said(
        "`decr`",
        cache.decr("key", -10).await.or_fault()?,
        1_000_000,
    )?;
    holds(&cache, "key", 1_000_000_i64).await
}

pub(super) async fn no_number(room: Arc<Room>) -> Verdict {
    let cache = room.cache();
    for by in [1, -1, 0] {
        let (up, down) = (cache.incr("key", by).await, cache.decr("key", by).await);
        for counted in [up, down] {
            ensure!(
                counted
                    .as_ref()
                    .is_err_and(crate::error::Error::is_not_found),
                "to count nothing by {by} said {counted:?}"
            );
        }
    }
    lacks::<i64>(&cache, "key").await?;
    cache.set("none", &None::<i64>).await.or_fault()?;
    cache.set("text", &"7".to_owned()).await.or_fault()?;
    cache.set("truth", &true).await.or_fault()?;
    for key in ["none", "text", "truth"] {
        let counted = cache.incr(key, 1).await;
        ensure!(
            counted.as_ref().is_err_and(crate::error::Error::is_codec),
            "to count `{key}` said {counted:?}"
        );
    }
    holds(&cache, "none", None::<i64>).await?;
    holds(&cache, "text", "7".to_owned()).await?;
    holds(&cache, "truth", true).await
}

pub(super) async fn of_any_type(room: Arc<Room>) -> Verdict {
    let cache = room.cache();
    within(&cache, i8::MIN, i8::MAX).await?;
    within(&cache, i16::MIN, i16::MAX).await?;
    within(&cache, i32::MIN, i32::MAX).await?;
    within(&cache, i64::MIN, i64::MAX).await?;
    within(&cache, u8::MIN, u8::MAX).await?;
    within(&cache, u16::MIN, u16::MAX).await?;
    within(&cache, u32::MIN, u32::MAX).await?;
    within(&cache, 7_usize, 9_usize).await?;
    within(&cache, 7_isize, 9_isize).await?;
    within(&cache, 7_u64, i64::MAX as u64).await
}

/// From the least on upwards, and not above the most where that is the most of its type.
async fn within<T>(cache: &Cache, least: T, most: T) -> Verdict
where
    T: SharedValue + PartialEq + std::fmt::Debug + TryFrom<i64> + TryInto<i64>,
{
    let kind = std::any::type_name::<T>();
    cache.set("key", &least).await.or_fault()?;
    let sum = cache
        .incr("key", 1)
        .await
        .map_err(|error| format!("{kind}: {error}"))?;
    let Ok(stored) = T::try_from(sum) else {
        return Err(format!("{least:?} and 1 are {sum}, which is no {kind}"));
    };
    holds(cache, "key", stored).await?;
    cache.set("key", &most).await.or_fault()?;
    let beyond = cache.incr("key", i64::MAX).await;
    let too_much = most
        .clone()
        .try_into()
        .is_ok_and(|most| most.checked_add(i64::MAX).is_none());
    if too_much {
        ensure!(
            beyond.as_ref().is_err_and(crate::error::Error::is_codec),
            "{kind}: {most:?} and {} are {beyond:?}",
            i64::MAX
        );
        holds(cache, "key", most).await?;
    }
    Ok(())
}

pub(super) async fn ttl(room: Arc<Room>) -> Verdict {
    let endless = room.cache();
    endless.set("endless", &0_u64).await.or_fault()?;
    endless.incr("endless", 1).await.or_fault()?;
    let left = left(&room, "endless").await?;
    ensure!(
        left.is_none(),
        "{left:?} are left of a counter without an end"
    );
    not_shortened(&room).await?;
    not_prolonged(&room).await
}

async fn left(room: &Room, key: &str) -> Result<Option<Duration>, String> {
    let found = room.get(&room.place(key)).await?;
    Ok(found.ok_or("the counter is gone")?.left)
}

async fn not_shortened(room: &Arc<Room>) -> Verdict {
    let cache = room.builder().ttl("1m").build();
    cache.set("minute", &0_u64).await.or_fault()?;
    for _ in 0..50 {
        cache.incr("minute", 1).await.or_fault()?;
    }
    let left = left(room, "minute").await?;
    ensure!(
        left.is_some_and(|left| left > Duration::from_secs(30) && left < Duration::from_secs(63)),
        "{left:?} are left of a minute after a counter was counted 50 times"
    );
    Ok(())
}

/// However often it is counted, it ends.
async fn not_prolonged(room: &Arc<Room>) -> Verdict {
    let cache = room.builder().ttl("2s").build();
    cache.set("brief", &0_u64).await.or_fault()?;
    let end = clock::now().after(Duration::from_secs(12));
    while clock::now() < end {
        match cache.incr("brief", 1).await {
            Ok(_) => pause(Duration::from_millis(20)).await,
            Err(error) if error.is_not_found() => return Ok(()),
            Err(error) => return Err(error.to_string()),
        }
    }
    Err("a counter of two seconds is still there after twelve, because it was counted".to_owned())
}
