//! Loads by hand: what is stored, and what was overtaken meanwhile.

use std::sync::Arc;

use super::super::room::{OrFault, Room, Verdict, ensure};
use super::{holds, lacks, said};
use crate::cache::Cache;

pub(super) async fn where_nothing_is(room: Arc<Room>) -> Verdict {
    let cache = room.cache();
    let loaded = cache.get_or_set("key", "1h", || async { Err::<u64, _>("no") });
    said("`get_or_set`", loaded.await, Err("no"))?;
    lacks::<u64>(&cache, "key").await?;
    for expected in [7, 7] {
        let loaded = cache.get_or_set("key", "1h", || async { Ok::<_, String>(7_u64) });
        said("`get_or_set`", loaded.await?, expected)?;
        holds(&cache, "key", 7_u64).await?;
        let kept = cache.get_or_set("key", "1h", || async {
            Err("it was loaded again".to_owned())
        });
        said("`get_or_set`", kept.await?, 7_u64)?;
    }
    let loaded = cache.get_or_set("none", "1h", || async { Ok::<_, String>(None::<u64>) });
    said("`get_or_set`", loaded.await?, None)?;
    holds(&cache, "none", None::<u64>).await?;
    let loaded = cache.get_or_set("brief", 0, || async { Ok::<_, String>(7_u64) });
    said("`get_or_set`", loaded.await?, 7)?;
    lacks::<u64>(&cache, "brief").await
}

/// What happens to a key while a value of it is made, as a name and a step.
const MEANWHILE: [&str; 4] = ["delete", "delete_many", "clear", "set"];

async fn happen(what: &str, cache: &Cache, key: &str) -> Verdict {
    match what {
        "delete" => cache.delete(key).await.map(drop),
        "delete_many" => cache.delete_many(["other", key]).await,
        "clear" => cache.clear().await,
        _ => cache.set(key, &2_u64).await,
    }
    .or_fault()
}

/// Insists that nothing old is left.
async fn is_new(what: &str, cache: &Cache, key: &str) -> Verdict {
    let checked = match what {
        "set" => holds(cache, key, 2_u64).await,
        _ => lacks::<u64>(cache, key).await,
    };
    checked.map_err(|fault| format!("after `{what}` in another's midst: {fault}"))
}

pub(super) async fn overtaken(room: Arc<Room>) -> Verdict {
    let (cache, other) = (room.cache(), room.cache());
    for what in MEANWHILE {
        for by in [&cache, &other] {
            let loaded = cache.get_or_set("key", "1h", || async {
                happen(what, by, "key").await?;
                Ok::<_, String>(1_u64)
            });
            said("`get_or_set`", loaded.await?, 1)?;
            is_new(what, &other, "key").await?;
            is_new(what, &cache, "key").await?;
            cache.delete("key").await.or_fault()?;
        }
    }
    Ok(())
}

pub(super) async fn in_hand(room: Arc<Room>) -> Verdict {
    let (cache, other) = (room.cache(), room.cache());
    for old in [None, Some(0_u64)] {
        for what in MEANWHILE {
            for by in [&cache, &other] {
                if let Some(old) = old {
                    cache.set("key", &old).await.or_fault()?;
                }
                let entry = cache.entry("key").ttl("1h").tags(["tag"]);
                entry.ready().await;
                happen(what, by, "key").await?;
                let kept = entry.set(&1_u64).await.or_fault()?;
                ensure!(!kept, "a value was kept that `{what}` had overtaken");
                is_new(what, &other, "key").await?;
                cache.delete("key").await.or_fault()?;
            }
        }
        if let Some(old) = old {
            cache.set("key", &old).await.or_fault()?;
        }
        let entry = cache.entry("key").ttl("1h").tags(["tag"]);
        entry.ready().await;
        said(
            "`CacheEntry::set`",
            entry.set(&1_u64).await.or_fault()?,
            true,
        )?;
        holds(&other, "key", 1_u64).await?;
        said("`touch`", other.touch("key", "2h").await.or_fault()?, true)?;
        said("`incr`", other.incr("key", 1).await.or_fault()?, 2)?;
        holds(&cache, "key", 2_u64).await?;
        cache.delete("key").await.or_fault()?;
    }
    Ok(())
}
