//! Many keys in one call.

use std::sync::Arc;

use super::super::room::{OrFault, Room, Verdict};
use super::{holds, lacks, said};

pub(super) async fn many(room: Arc<Room>) -> Verdict {
    let cache = room.cache();
    let numbers: Vec<(String, u64)> = (0..100).map(|n| (format!("key {n}"), n)).collect();
    let pairs = numbers.iter().map(|(key, number)| (key, number));
    cache.set_many(pairs).await.or_fault()?;
    cache.set("text", &"text".to_owned()).await.or_fault()?;
    let asked = ["key 7", "nothing", "text", "key 0", "key 7"];
    let found = cache.get_many::<u64>(asked).await.or_fault()?;
    said(
        "`get_many`",
        found,
        vec![Some(7), None, None, Some(0), Some(7)],
    )?;
    let found = cache.get_many::<u64>(numbers.iter().map(|(key, _)| key));
    let found: Option<Vec<u64>> = found.await.or_fault()?.into_iter().collect();
    said("`get_many`", found, Some((0..100).collect()))?;
    let odd = numbers.iter().filter(|(_, number)| number % 2 == 1);
    cache
        .delete_many(odd.map(|(key, _)| key))
        .await
        .or_fault()?;
    for (key, number) in &numbers[..10] {
        if number % 2 == 1 {
            lacks::<u64>(&cache, key).await?;
        } else {
            holds(&cache, key, *number).await?;
        }
    }
    let found = cache.get_many::<u64>(numbers.iter().map(|(key, _)| key));
    said(
        "`get_many`",
        found.await.or_fault()?.iter().flatten().count(),
        50,
    )
}

pub(super) async fn none(room: Arc<Room>) -> Verdict {
    let cache = room.cache();
    cache.set("key", &1_u64).await.or_fault()?;
    let nothing: [&str; 0] = [];
    said(
        "`get_many`",
        cache.get_many::<u64>(nothing).await.or_fault()?,
        vec![],
    )?;
    let nothing: [(&str, &u64); 0] = [];
    cache.set_many(nothing).await.or_fault()?;
    let nothing: [&str; 0] = [];
    cache.delete_many(nothing).await.or_fault()?;
    holds(&cache, "key", 1_u64).await
}
