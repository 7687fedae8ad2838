//! Lives of entries, in the store's own time.

use std::sync::Arc;
use std::time::Duration;

use super::super::room::{OrFault, Room, Verdict, ensure};
use super::super::threads::pause;
use super::{holds, lacks, said};
use crate::cache::Cache;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How much longer than asked for a store may keep a value.
const SLACK: Duration = Duration::from_secs(10);

pub(super) async fn zero(room: Arc<Room>) -> Verdict {
    let (cache, lasting) = (room.builder().ttl(0).build(), room.cache());
    said("`add`", cache.add("added", &1_u64).await.or_fault()?, true)?;
    lacks::<u64>(&lasting, "added").await?;
    for key in ["set", "many", "touched"] {
        lasting.set(key, &1_u64).await.or_fault()?;
    }
    cache.set("set", &2_u64).await.or_fault()?;
    cache
        .set_many([("many", &2_u64), ("new", &2)])
        .await
        .or_fault()?;
    said(
        "`touch`",
        lasting.touch("touched", 0).await.or_fault()?,
        true,
    )?;
    said(
        "`touch`",
        lasting.touch("nothing", 0).await.or_fault()?,
        false,
    )?;
    lasting.set("in hand", &1_u64).await.or_fault()?;
    let entry = lasting.entry("in hand").ttl(0);
    entry.ready().await;
    entry.set(&2_u64).await.or_fault()?;
    for key in ["set", "many", "new", "touched", "nothing", "in hand"] {
        lacks::<u64>(&lasting, key).await?;
    }
    Ok(())
}

pub(super) async fn expired(room: Arc<Room>) -> Verdict {
    let (brief, cache) = (room.builder().ttl("1s").build(), room.cache());
    brief.set("set", &1_u64).await.or_fault()?;
    brief.add("added", &1_u64).await.or_fault()?;
    brief.set_many([("many", &1_u64)]).await.or_fault()?;
    let loaded = brief.get_or_set("loaded", "1s", || async { Ok::<_, String>(1_u64) });
    loaded.await?;
    let keys = ["set", "added", "many", "loaded"];
    until_absent(&cache, &keys).await?;
    for key in keys {
        lacks::<u64>(&cache, key).await?;
        said("`touch`", cache.touch(key, "1h").await.or_fault()?, false)?;
        let counted = cache.incr(key, 1).await;
        ensure!(
            counted
                .as_ref()
                .is_err_and(crate::error::Error::is_not_found),
            "`incr` of what has expired said {counted:?}"
        );
        said("`delete`", cache.delete(key).await.or_fault()?, false)?;
        said("`add`", cache.add(key, &2_u64).await.or_fault()?, true)?;
        holds(&cache, key, 2_u64).await?;
    }
    Ok(())
}

pub(super) async fn touch(room: Arc<Room>) -> Verdict {
    let (brief, cache) = (room.builder().ttl("2s").build(), room.cache());
    said(
        "`touch`",
        cache.touch("nothing", "1h").await.or_fault()?,
        false,
    )?;
    brief
        .set_many([("longer", &1_u64), ("for ever", &2), ("marker", &3)])
        .await
        .or_fault()?;
    cache.set("shorter", &4_u64).await.or_fault()?;
    said(
        "`touch`",
        cache.touch("longer", "1h").await.or_fault()?,
        true,
    )?;
    said(
        "`touch`",
        cache.touch("for ever", Duration::MAX).await.or_fault()?,
        true,
    )?;
    said(
        "`touch`",
        cache.touch("shorter", "1s").await.or_fault()?,
        true,
    )?;
    until_absent(&cache, &["marker", "shorter"]).await?;
    // Beyond the moment at which the others would have expired too.
    pause(SECOND).await;
    holds(&cache, "longer", 1_u64).await?;
    holds(&cache, "for ever", 2_u64).await?;
    let left = room
        .get(&room.place("for ever"))
        .await?
        .and_then(|found| found.left);
    ensure!(
        left.is_none_or(|left| left > 365 * DAY),
        "{left:?} are left of a life that was made endless"
    );
    Ok(())
}

pub(super) async fn any_length(room: Arc<Room>) -> Verdict {
    let days = [29, 30, 31, 365, 20_000, 1_000_000].map(|days| days * DAY);
    let lives = days.into_iter().chain([Duration::MAX]);
    for ttl in lives {
        let cache = room.builder().ttl(ttl).build();
        cache.set("set", &1_u64).await.or_fault()?;
        cache.set_many([("many", &2_u64)]).await.or_fault()?;
        cache.delete("added").await.or_fault()?;
        cache.add("added", &3_u64).await.or_fault()?;
        cache.set("touched", &4_u64).await.or_fault()?;
        cache.touch("touched", ttl).await.or_fault()?;
        cache.delete("loaded").await.or_fault()?;
        let loaded = cache.get_or_set("loaded", ttl, || async { Ok::<_, String>(5_u64) });
        loaded.await?;
        for (key, value) in [
            ("set", 1_u64),
            ("many", 2),
            ("added", 3),
            ("touched", 4),
            ("loaded", 5),
        ] {
            let checked = holds(&cache, key, value).await;
            checked.map_err(|fault| format!("with a ttl of {ttl:?}: {fault}"))?;
        }
    }
    for ttl in [Duration::from_nanos(1), SECOND / 1000, SECOND / 2] {
        let cache = room.builder().ttl(ttl).build();
        cache.set("set", &1_u64).await.or_fault()?;
        cache.add("added", &1_u64).await.or_fault()?;
        cache.set("touched", &1_u64).await.or_fault()?;
        cache.touch("touched", ttl).await.or_fault()?;
        until_absent(&cache, &["set", "touched"]).await?;
    }
    Ok(())
}

/// Waits for values with a ttl of up to two seconds to expire.
async fn until_absent(cache: &Cache, keys: &[&str]) -> Verdict {
    let step = Duration::from_millis(50);
    for key in keys {
        let mut waited = Duration::ZERO;
        while cache.contains(*key).await.or_fault()? {
            ensure!(
                waited < SLACK,
                "`{key}` is still there {SLACK:?} after it was to expire"
            );
            pause(step).await;
            waited += step;
        }
    }
    Ok(())
}
