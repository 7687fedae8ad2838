//! Keys: any text, of any length, and no two of them meet.

use std::sync::Arc;

use super::super::room::{OrFault, Room, Verdict, ensure};
use super::{holds, lacks};
use crate::cache::Cache;

pub(super) async fn any_text(room: Arc<Room>) -> Verdict {
    let texts = [
        "",
        " ",
        "a",
        "A",
        "a ",
        "á",
        "a\u{301}",
        "a b",
        "a\tb",
        "a\r\nb",
        "\0",
        "\u{7f}",
        "\u{fffd}",
        "schlüssel:☃:🦀",
        "user:7",
        "user%3A7",
        "%",
        "*",
        "'; --",
        "../a",
        "k:a",
        "noreply\r\nset x 0 0 1",
    ];
    all_apart(&room.cache(), texts.map(str::to_owned).to_vec()).await
}

pub(super) async fn long(room: Arc<Room>) -> Verdict {
    let mut texts = Vec::new();
    for length in [100, 240, 249, 250, 251, 1000, 10_000] {
        let text = "k".repeat(length);
        texts.extend([
            text.clone() + "a",
            text.clone() + "b",
            "x".to_owned() + &text,
        ]);
        texts.push("☃".repeat(length));
    }
    all_apart(&room.cache(), texts).await
}

/// Sets each key to itself, and insists that all stay apart until each is deleted.
async fn all_apart(cache: &Cache, keys: Vec<String>) -> Verdict {
    for key in &keys {
        let added = cache.add(key, key).await.or_fault()?;
        ensure!(added, "`{key}` has met another key, or cannot be added");
    }
    let found = cache.get_many::<String>(&keys).await.or_fault()?;
    for (key, found) in keys.iter().zip(found) {
        ensure!(
            found.as_ref() == Some(key),
            "under `{key}` `get_many` finds {found:?}"
        );
        holds(cache, key, key.clone()).await?;
    }
    for key in &keys {
        cache.set(key, &7_u64).await.or_fault()?;
        let sum = cache.incr(key, 1).await.or_fault()?;
        ensure!(sum == 8, "`{key}` counts from 7 to {sum}");
        let touched = cache.touch(key, "1h").await.or_fault()?;
        ensure!(touched, "`{key}` cannot be touched");
        let deleted = cache.delete(key).await.or_fault()?;
        ensure!(deleted, "`{key}` cannot be deleted");
        lacks::<String>(cache, key).await?;
    }
    Ok(())
}
