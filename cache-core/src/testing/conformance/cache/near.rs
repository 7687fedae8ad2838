//! Copies in this process, of what lies in the store.

use std::sync::Arc;
use std::time::Duration;

use super::super::room::{OrFault, Room, Verdict, ensure};
use super::super::threads::pause;
use super::{holds, lacks, said};
use crate::cache::Cache;

const STEP: Duration = Duration::from_millis(20);
const SLACK: Duration = Duration::from_secs(10);

/// Waits until a process sees what another has done.
async fn until(cache: &Cache, expected: Option<u64>) -> Verdict {
    let mut waited = Duration::ZERO;
    loop {
        let found = cache.get::<u64>("key").await.or_fault()?;
        if found == expected {
            return Ok(());
        }
        ensure!(
            waited < SLACK,
            "{SLACK:?} after another process has made it {expected:?}, near still says {found:?}"
        );
        pause(STEP).await;
        waited += STEP;
    }
}

pub(super) async fn bounded(room: Arc<Room>) -> Verdict {
    let near = room.builder().near(100).near_ttl("100ms").build();
    let other = room.cache();
    near.set("key", &1_u64).await.or_fault()?;
    holds(&near, "key", 1_u64).await?;
    other.set("key", &2_u64).await.or_fault()?;
    until(&near, Some(2)).await?;
    other.incr("key", 1).await.or_fault()?;
    until(&near, Some(3)).await?;
    other.delete("key").await.or_fault()?;
    until(&near, None).await?;
    near.set("key", &4_u64).await.or_fault()?;
    holds(&near, "key", 4_u64).await?;
    other.clear().await.or_fault()?;
    until(&near, None).await?;
    // A copy does not outlive what it is a copy of.
    let near = room.builder().near(100).near_ttl("1h").ttl("1s").build();
    near.set("key", &5_u64).await.or_fault()?;
    near.get::<u64>("key").await.or_fault()?;
    until(&near, None).await
}

pub(super) async fn own_writes(room: Arc<Room>) -> Verdict {
    let near = room.builder().near(100).near_ttl("1h").build();
    near.set("key", &1_u64).await.or_fault()?;
    holds(&near, "key", 1_u64).await?;
    near.set("key", &2_u64).await.or_fault()?;
    holds(&near, "key", 2_u64).await?;
    said("`incr`", near.incr("key", 1).await.or_fault()?, 3)?;
    holds(&near, "key", 3_u64).await?;
    near.set_many([("key", &4_u64)]).await.or_fault()?;
    holds(&near, "key", 4_u64).await?;
    near.set("key", &"text".to_owned()).await.or_fault()?;
    let other = near.get::<u64>("key").await.or_fault()?;
    ensure!(other.is_none(), "a text was read as the number {other:?}");
    holds(&near, "key", "text".to_owned()).await?;
    said("`touch`", near.touch("key", 0).await.or_fault()?, true)?;
    lacks::<String>(&near, "key").await?;
    said("`add`", near.add("key", &5_u64).await.or_fault()?, true)?;
    holds(&near, "key", 5_u64).await?;
    said("`delete`", near.delete("key").await.or_fault()?, true)?;
    lacks::<u64>(&near, "key").await?;
    near.set("key", &6_u64).await.or_fault()?;
    holds(&near, "key", 6_u64).await?;
    near.clear().await.or_fault()?;
    lacks::<u64>(&near, "key").await
}
