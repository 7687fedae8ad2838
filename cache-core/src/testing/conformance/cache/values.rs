//! Values: what was set comes back as it was, and as nothing else.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::super::room::{OrFault, Room, Verdict, ensure};
use super::{holds, lacks, said};
use crate::cache::Cache;
use crate::value::SharedValue;

pub(super) async fn set(room: Arc<Room>) -> Verdict {
    let cache = room.cache();
    lacks::<String>(&cache, "key").await?;
    for text in ["first", "", "third"] {
        cache.set("key", &text.to_owned()).await.or_fault()?;
        holds(&cache, "key", text.to_owned()).await?;
    }
    lacks::<String>(&cache, "first").await?;
    lacks::<String>(&cache, "ke").await
}

pub(super) async fn of_many_types(room: Arc<Room>) -> Verdict {
    let cache = room.cache();
    comes_back(&cache, (i64::MIN, u64::MAX, -0.5_f64, 'ß')).await?;
    comes_back(&cache, (true, false, ())).await?;
    comes_back(&cache, "snow ☃, null \0 and \r\n".to_owned()).await?;
    comes_back(&cache, (0..=255_u8).collect::<Vec<_>>()).await?;
    comes_back(&cache, Vec::<String>::new()).await?;
    comes_back(
        &cache,
        BTreeMap::from([("a".to_owned(), vec![1, 2]), (String::new(), vec![])]),
    )
    .await?;
    comes_back(&cache, Ok::<(u8, Option<u8>), String>((1, None))).await?;
    comes_back(&cache, Err::<(u8, Option<u8>), _>("no".to_owned())).await
}

async fn comes_back<T: SharedValue + PartialEq + Debug>(cache: &Cache, value: T) -> Verdict {
    cache.set("set", &value).await.or_fault()?;
    holds(cache, "set", value.clone()).await?;
    cache.set_many([("many", &value)]).await.or_fault()?;
    holds(cache, "many", value.clone()).await?;
    cache.delete("added").await.or_fault()?;
    said("`add`", cache.add("added", &value).await.or_fault()?, true)?;
    holds(cache, "added", value).await
}

pub(super) async fn none(room: Arc<Room>) -> Verdict {
    let cache = room.cache();
    let none = None::<u64>;
    cache.set("key", &none).await.or_fault()?;
    holds(&cache, "key", none).await?;
    said(
        "`add`",
        cache.add("key", &Some(1_u64)).await.or_fault()?,
        false,
    )?;
    let loaded = cache.get_or_set("key", "1h", || async { Ok::<_, String>(Some(1_u64)) });
    said("`get_or_set`", loaded.await?, none)?;
    said("`touch`", cache.touch("key", "1h").await.or_fault()?, true)?;
    holds(&cache, "key", none).await?;
    said("`delete`", cache.delete("key").await.or_fault()?, true)?;
    lacks::<Option<u64>>(&cache, "key").await
}

pub(super) async fn of_another_type(room: Arc<Room>) -> Verdict {
    let cache = room.cache();
    cache.set("key", &7_u64).await.or_fault()?;
    for _ in 0..2 {
        let other = cache.get::<String>("key").await.or_fault()?;
        ensure!(other.is_none(), "a number was read as the text {other:?}");
        let other = cache.get::<i64>("key").await.or_fault()?;
        ensure!(other.is_none(), "a `u64` was read as the `i64` {other:?}");
    }
    let other = cache.get_many::<Vec<u8>>(["key"]).await.or_fault()?;
    ensure!(other == [None], "a number was read as the bytes {other:?}");
    holds(&cache, "key", 7_u64).await?;
    said(
        "`add`",
        cache.add("key", &String::new()).await.or_fault()?,
        false,
    )?;
    let loaded = cache.get_or_set("key", "1h", || async {
        Ok::<_, String>("seven".to_owned())
    });
    said("`get_or_set`", loaded.await?.as_str(), "seven")?;
    // A load of another type puts its value beside the first one; a `set` and a `delete` reach both.
    for _ in 0..2 {
        holds(&cache, "key", "seven".to_owned()).await?;
        holds(&cache, "key", 7_u64).await?;
    }
    cache.set("key", &"eight".to_owned()).await.or_fault()?;
    let other = cache.get::<u64>("key").await.or_fault()?;
    ensure!(other.is_none(), "a text was read as the number {other:?}");
    cache.delete("key").await.or_fault()?;
    lacks::<String>(&cache, "key").await?;
    lacks::<u64>(&cache, "key").await
}

pub(super) async fn of_any_length(room: Arc<Room>) -> Verdict {
    let cache = room.cache();
    for length in [0, 1, 15, 16, 17, 4096, 65_536, 900_000, 5_000_000] {
        cache.set("key", &vec![0_u8]).await.or_fault()?;
        let value: Vec<u8> = (0..=250).cycle().take(length).collect();
        match cache.set("key", &value).await {
            Ok(()) => holds(&cache, "key", value).await?,
            Err(error) if error.is_too_large() && length >= 1_000_000 => {
                lacks::<Vec<u8>>(&cache, "key")
                    .await
                    .map_err(|fault| format!("after {length} bytes were refused: {fault}"))?;
            }
            Err(error) => return Err(format!("{length} bytes were refused: {error}")),
        }
    }
    Ok(())
}

pub(super) async fn unwritable(room: Arc<Room>) -> Verdict {
    let cache = room.cache();
    // Before 1970: serde has no form for it.
    let unwritable = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    let refused = [
        ("`set`", cache.set("set", &unwritable).await.err()),
        ("`add`", cache.add("add", &unwritable).await.err()),
        (
            "`set_many`",
            cache.set_many([("many", &unwritable)]).await.err(),
        ),
    ];
    for (call, error) in refused {
        ensure!(
            error.as_ref().is_some_and(crate::error::Error::is_codec),
            "{call} was answered by {error:?}, and nobody could write that value"
        );
    }
    cache.set("in hand", &1_u64).await.or_fault()?;
    let entry = cache.entry("in hand");
    entry.ready().await;
    let error = entry.set(&unwritable).await.err();
    ensure!(
        error.as_ref().is_some_and(crate::error::Error::is_codec),
        "an entry in hand was answered by {error:?}, and nobody could write that value"
    );
    for key in ["set", "add", "many", "in hand"] {
        lacks::<SystemTime>(&cache, key).await?;
    }
    let loaded = cache.get_or_set("key", "1h", || async { Ok::<_, String>(unwritable) });
    said("`get_or_set`", loaded.await?, unwritable)?;
    lacks::<SystemTime>(&cache, "key").await
}
