//! A store that keeps nothing: for development, and to switch caching off.

use super::{Answer, Put, Store, When, Written};
use crate::error::Result;

/// Says yes and keeps nothing: nothing is ever found under any key. Its address is `null:`.
#[derive(Clone, Copy, Debug, Default)]
pub struct NullStore;

impl Store for NullStore {
    fn address(&self) -> String {
        "null:".to_owned()
    }

    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        Ok(vec![None; keys.len()].into())
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        let written = |put: &Put<'_>| match put.when {
            When::Always | When::Absent => Written::Yes,
            When::Is(_) => Written::No,
        };
        Ok(puts.iter().map(written).collect())
    }

    async fn delete(&self, _: &[&[u8]]) -> Result<()> {
        Ok(())
    }
}
