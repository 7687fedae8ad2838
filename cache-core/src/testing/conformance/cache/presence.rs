//! Whether there is a value.

use std::sync::Arc;
use std::time::Duration;

use super::super::room::{OrFault, Room, Verdict, ensure, value};
use super::{holds, lacks, said};
use crate::cache::Cache;
use crate::store::{Token, When};

pub(super) async fn add(room: Arc<Room>) -> Verdict {
    let cache = room.cache();
    said("`add`", cache.add("key", &1_u64).await.or_fault()?, true)?;
    said("`add`", cache.add("key", &2_u64).await.or_fault()?, false)?;
    holds(&cache, "key", 1_u64).await?;
    cache.delete("key").await.or_fault()?;
    said("`add`", cache.add("key", &3_u64).await.or_fault()?, true)?;
    holds(&cache, "key", 3_u64).await?;
    cache.clear().await.or_fault()?;
    said("`add`", cache.add("key", &4_u64).await.or_fault()?, true)?;
    holds(&cache, "key", 4_u64).await
}

pub(super) async fn delete(room: Arc<Room>) -> Verdict {
    let cache = room.cache();
    said("`delete`", cache.delete("one").await.or_fault()?, false)?;
    for key in ["one", "two", "three"] {
        cache.set(key, &1_u64).await.or_fault()?;
    }
    said("`delete`", cache.delete("one").await.or_fault()?, true)?;
    said("`delete`", cache.delete("one").await.or_fault()?, false)?;
    lacks::<u64>(&cache, "one").await?;
    holds(&cache, "two", 1_u64).await?;
    cache.delete_many(["one", "two"]).await.or_fault()?;
    lacks::<u64>(&cache, "two").await?;
    holds(&cache, "three", 1_u64).await?;
    cache.clear().await.or_fault()?;
    said("`delete`", cache.delete("three").await.or_fault()?, false)
}

pub(super) async fn lease(room: Arc<Room>) -> Verdict {
    let cache = room.cache();
    let lease = [7; Token::LENGTH];
    let minute = Some(Duration::from_secs(60));
    for step in 0..3 {
        let key = format!("key {step}");
        room.put(&room.place(&key), &lease, minute, When::Always)
            .await?;
        is_nothing(&cache, &key).await?;
        is_overwritten(&cache, &key, step).await?;
    }
    room.put(&room.place("gone"), &lease, minute, When::Always)
        .await?;
    said(
        "`delete` of a lease",
        cache.delete("gone").await.or_fault()?,
        false,
    )?;
    let left = room.get(&room.place("gone")).await?;
    ensure!(left.is_none(), "`delete` has left the lease where it was");
    Ok(())
}

pub(super) async fn rubbish(room: Arc<Room>) -> Verdict {
    let cache = room.cache();
    cache.set("entry", &1_u64).await.or_fault()?;
    let entry = room
        .get(&room.place("entry"))
        .await?
        .map(|found| found.value.to_vec());
    let entry = entry.ok_or("what was set does not lie where it should")?;
    let torn = entry[..entry.len() - 1].to_vec();
    let mut changed = entry.clone();
    if let Some(last) = changed.last_mut() {
        *last ^= 1;
    }
    // Whole, and under a key that is not its own.
    let rubbish = [
        vec![],
        vec![0],
        value(1, "rubbish"),
        vec![0xff; 4096],
        torn,
        changed,
        entry,
    ];
    for (number, rubbish) in rubbish.iter().enumerate() {
        for step in 0..3 {
            let key = format!("rubbish {number} {step}");
            room.fill(&room.place(&key), rubbish, None).await?;
            let checked = async {
                is_nothing(&cache, &key).await?;
                is_overwritten(&cache, &key, step).await
            };
            let length = rubbish.len();
            checked
                .await
                .map_err(|fault| format!("over {length} bytes of rubbish: {fault}"))?;
        }
    }
    Ok(())
}

async fn is_nothing(cache: &Cache, key: &str) -> Verdict {
    lacks::<u64>(cache, key).await?;
    said("`touch`", cache.touch(key, "1h").await.or_fault()?, false)?;
    let counted = cache.incr(key, 1).await;
    ensure!(
        counted
            .as_ref()
            .is_err_and(crate::error::Error::is_not_found),
        "`incr` of nothing said {counted:?}"
    );
    Ok(())
}

/// By each way to write.
async fn is_overwritten(cache: &Cache, key: &str, way: usize) -> Verdict {
    match way {
        0 => cache.set(key, &5_u64).await.or_fault()?,
        1 => said("`add`", cache.add(key, &5_u64).await.or_fault()?, true)?,
        _ => {
            let loaded = cache.get_or_set(key, "1h", || async { Ok::<_, String>(5_u64) });
            said("`get_or_set`", loaded.await?, 5)?;
        }
    }
    holds(cache, key, 5_u64).await
}
