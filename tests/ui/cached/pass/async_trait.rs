//! `async_trait` above and below, on the `impl` and seen from a function in it.

#![deny(warnings)]

use async_trait::async_trait;
use cache_core::cached;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

static RUNS: AtomicU32 = AtomicU32::new(0);

#[async_trait]
trait Find {
    async fn find(&self, slug: &str) -> Result<String, String>;
}

struct Above(u8);
struct Below(u8);
struct Inside(u8);

async fn found(from: u8, slug: &str) -> Result<String, String> {
    RUNS.fetch_add(1, Relaxed);
    if slug.is_empty() { Err("empty".to_owned()) } else { Ok(format!("{slug}{from}")) }
}

#[async_trait]
#[cached]
impl Find for Above {
    #[cached(key = "{self.0}:{slug}", local)]
    async fn find(&self, slug: &str) -> Result<String, String> {
        let text = found(self.0, slug).await?;
        Ok(text)
    }
}

#[cached]
#[async_trait]
impl Find for Below {
    #[cached(key = "{self.0}:{slug}", local)]
    async fn find(&self, slug: &str) -> Result<String, String> {
        found(self.0, slug).await
    }
}

#[async_trait]
impl Find for Inside {
    #[cached(key = "{self.0}:{slug}", local, condition = slug != "never")]
    async fn find(&self, slug: &str) -> Result<String, String> {
        found(self.0, slug).await
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let all: [Box<dyn Find>; 3] = [Box::new(Above(1)), Box::new(Below(2)), Box::new(Inside(3))];
    for (find, expected) in all.iter().zip(["a1", "a2", "a3"]) {
        for _ in 0..2 {
            assert_eq!(find.find("a").await.unwrap(), expected);
            assert!(find.find("").await.is_err());
        }
    }
    assert_eq!(RUNS.load(Relaxed), 9);
}
