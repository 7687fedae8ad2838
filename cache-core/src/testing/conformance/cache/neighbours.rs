//! Caches beside each other in one store: those that are apart, and those that are one.

use std::sync::Arc;

use super::super::room::{OrFault, Room, Verdict, value};
use super::{holds, lacks, said};
use crate::cache::Cache;

/// The cache itself, then others of its kind.
fn neighbours(room: &Arc<Room>) -> [Cache; 4] {
    let prefix = |more| room.builder().prefix(format!("{}{more}", room.prefix));
    [
        room.builder().build(),
        room.builder().version(2).build(),
        prefix("a").build(),
        prefix("a:2:k").build(),
    ]
}

pub(super) async fn apart(room: Arc<Room>) -> Verdict {
    let caches = neighbours(&room);
    for (number, cache) in (0_u64..).zip(&caches) {
        lacks::<u64>(cache, "key").await?;
        said("`touch`", cache.touch("key", "1h").await.or_fault()?, false)?;
        said("`delete`", cache.delete("key").await.or_fault()?, false)?;
        said("`add`", cache.add("key", &number).await.or_fault()?, true)?;
    }
    for (number, cache) in (0_u64..).zip(&caches) {
        holds(cache, "key", number).await?;
        cache.set_many([("many", &number)]).await.or_fault()?;
        cache.incr("key", 100).await.or_fault()?;
    }
    for (number, cache) in (0_u64..).zip(&caches) {
        holds(cache, "many", number).await?;
        holds(cache, "key", number + 100).await?;
        said("`delete`", cache.delete("key").await.or_fault()?, true)?;
    }
    // The same prefix and version are the same cache.
    let again = room.builder().version(2).build();
    holds(&again, "many", 1_u64).await
}

pub(super) async fn clear(room: Arc<Room>) -> Verdict {
    let foreign = room.key("foreign");
    room.fill(&foreign, &value(1, "foreign"), None).await?;
    let caches = neighbours(&room);
    for cache in &caches {
        cache
            .set_many([("one", &1_u64), ("two", &2)])
            .await
            .or_fault()?;
    }
    for (cleared, cache) in caches.iter().enumerate() {
        cache.clear().await.or_fault()?;
        cache.clear().await.or_fault()?;
        for key in ["one", "two"] {
            lacks::<u64>(cache, key).await?;
        }
        for neighbour in &caches[cleared + 1..] {
            holds(neighbour, "one", 1_u64).await?;
            holds(neighbour, "two", 2_u64).await?;
        }
        cache.set("three", &3_u64).await.or_fault()?;
        holds(cache, "three", 3_u64).await?;
        lacks::<u64>(cache, "one").await?;
    }
    room.holds(&foreign, Some(&value(1, "foreign"))).await
}

pub(super) async fn processes(room: Arc<Room>) -> Verdict {
    let (one, other) = (room.cache(), room.cache());
    for round in 0..10_u64 {
        one.set("key", &round).await.or_fault()?;
        holds(&other, "key", round).await?;
        said("`add`", other.add("key", &0_u64).await.or_fault()?, false)?;
        other.incr("key", 100).await.or_fault()?;
        holds(&one, "key", round + 100).await?;
        other.touch("key", "2h").await.or_fault()?;
        holds(&one, "key", round + 100).await?;
        one.set_many([("many", &round)]).await.or_fault()?;
        holds(&other, "many", round).await?;
        let kept = other.get_or_set("many", "1h", || async { Err("it was there".to_owned()) });
        said("`get_or_set`", kept.await?, round)?;
        said("`delete`", other.delete("key").await.or_fault()?, true)?;
        lacks::<u64>(&one, "key").await?;
        other.clear().await.or_fault()?;
        lacks::<u64>(&one, "many").await?;
    }
    Ok(())
}
