//! Another life for what is there.

use std::time::Duration;

use super::Cache;
use super::set::TRIES;
use crate::clock;
use crate::error::{Error, Result};
use crate::far;
use crate::format::blob::{EntryWriter, Times};
use crate::key::Key;
use crate::store::Written;

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
        let life = (ttl != Duration::MAX).then_some(ttl);
        for _ in 0..TRIES {
            let seen = far.snapshot(key.as_bytes(), &[]).await?;
            let Some(blob) = far.entry(&seen, None, None) else {
                return Ok(false);
            };
            let times = Times {
                soft: life,
                hard: life,
                ..blob.times()
            };
            let stamped: Vec<_> = blob.names().collect();
            let mut draft: EntryWriter = far::draft(blob.identity(), &times, &stamped);
            draft.body().extend_from_slice(blob.body());
            let bytes = draft.seal(blob.codec());
            match far
                .replace(&seen, key.as_bytes(), &bytes, &stamped, life)
                .await?
            {
                Written::Yes => {
                    let near = self.near();
                    near.remove(near.hash(key), key);
                    return Ok(true);
                }
                Written::No => {}
                Written::TooLarge => return Err(far.fault(Error::too_large())),
            }
        }
        Err(far.fault(Error::overtaken()))
    }
}
