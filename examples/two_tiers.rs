//! Two tiers: values in memory, and bytes in a store behind them. What a call to each costs, and how soon one process sees what
//! another has changed.
//!
//! Run it with `cargo run --example two_tiers`, over a folder, or over any store that two processes can share:
//! `CACHE_URL=redis://127.0.0.1:6379 cargo run --example two_tiers --features redis`.
#![allow(clippy::print_stdout, reason = "showing its answers is what it is for")]

use std::error::Error;
use std::time::{Duration, Instant};

use cache_core::Cache;

const NEAR_TTL: Duration = Duration::from_millis(500);

/// Twenty milliseconds of work.
async fn load(version: u32) -> Result<Vec<u32>, std::convert::Infallible> {
    tokio::time::sleep(Duration::from_millis(20)).await;
    Ok(vec![version; 1000])
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("two-tiers-{}", std::process::id()));
    let url =
        std::env::var("CACHE_URL").unwrap_or_else(|_unset| format!("file://{}", folder.display()));
    let outcome = show(&url).await;
    // It is there only if nothing else was named.
    let _ = std::fs::remove_dir_all(folder);
    outcome
}

async fn show(url: &str) -> Result<(), Box<dyn Error>> {
    let options = |options: &str| {
        format!(
            "{url}{}{options}",
            if url.contains('?') { '&' } else { '?' }
        )
    };
    let two_tiers = options("near=1000&near_ttl=500ms&timeout=5s");
    // Two handles on one store share nothing but the store, as two processes do.
    let here = Cache::from_url(&two_tiers).await?;
    let there = Cache::from_url(&two_tiers).await?;
    let store_alone = Cache::from_url(&options("near=0&timeout=5s")).await?;
    let key = format!("report:{}", std::process::id());

    println!("{:<28}{:>14}", "A value of 4 KB from", "time per call");
    let started = Instant::now();
    here.get_or_set(&key, "10m", || load(1)).await?;
    println!(
        "{:<28}{:>14.1?}",
        "the function (then stored)",
        started.elapsed()
    );
    for (place, cache, calls) in [("store", &store_alone, 200), ("memory", &here, 20_000)] {
        let started = Instant::now();
        for _ in 0..calls {
            cache.get_or_set(&key, "10m", || load(0)).await?;
        }
        println!("{place:<28}{:>14.1?}", started.elapsed() / calls);
    }

    there.get::<Vec<u32>>(&key).await?; // keeps a copy in memory
    here.delete(&key).await?;
    here.get_or_set(&key, "10m", || load(2)).await?;
    let changed = Instant::now();
    println!(
        "\n{:<28}{:>14}",
        "After a change in handle A", "version seen"
    );
    let seen = async |cache: &Cache| -> cache_core::Result<u32> {
        let values: Option<Vec<u32>> = cache.get(&key).await?;
        Ok(values.map_or(0, |values| values[0]))
    };
    for (place, cache) in [
        ("handle A", &here),
        ("the store", &store_alone),
        ("handle B, from memory", &there),
    ] {
        println!("{place:<28}{:>14}", seen(cache).await?);
    }
    while seen(&there).await? != 2 {
        if changed.elapsed() > 10 * NEAR_TTL {
            return Err("the two handles do not share this store".into());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    println!(
        "{:<28}{:>14}  ({:.0?} later; near_ttl is {NEAR_TTL:?})",
        "handle B",
        2,
        changed.elapsed()
    );
    here.delete(&key).await?;
    Ok(())
}
