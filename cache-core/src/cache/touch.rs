//! A new ttl for the value under a key.

use std::time::Duration;

use super::Cache;
use crate::clock;
use crate::error::Result;
use crate::far::{Rewrite, TRIES};
use crate::key::Key;

impl Cache {
    pub(super) async fn prolong(&self, key: &Key, ttl: Duration) -> Result<bool> {
        if ttl.is_zero() {
            return self.delete(key.clone()).await;
        }
        let Some(far) = self.far() else {
            let there = self.nearby(key);
            if let Some(entry) = &there {
                entry.use_until(clock::now().after(ttl));
            }
            return Ok(there.is_some());
        };
        let rewrite = Rewrite::Ttl((ttl != Duration::MAX).then_some(ttl));
        for _ in 0..TRIES {
            let seen = far.snapshot(key.as_bytes(), &[]).await?;
            if far.entry(&seen, None, None).is_none() {
                return Ok(false);
            }
            if far.rewrite(key.as_bytes(), &seen, rewrite).await? {
                let near = self.near();
                near.remove(near.hash(key), &near.key(key), 0);
                return Ok(true);
            }
        }
        Err(far.overtaken())
    }
}
