//! What a store has, without a load.

use std::sync::Arc;

use super::{Miss, Refresh};
use crate::entry::Entry;
use crate::error::Result;
use crate::far::Ask;

impl<K: Eq + Clone + 'static, V: ?Sized + 'static> Miss<'_, K, V> {
    /// What the store behind has, without a load; a copy of it is kept here.
    ///
    /// # Errors
    ///
    /// If the store could not be asked.
    pub(crate) async fn peek(&self) -> Result<Option<Arc<Entry<V>>>> {
        let peeked = peek_many(std::slice::from_ref(self)).await?;
        Ok(peeked.into_iter().next().flatten())
    }
}

/// [`Miss::peek`] for several misses of one tier, in one round trip of the store.
///
/// # Errors
///
/// If the store could not be asked.
pub(crate) async fn peek_many<K: Eq + Clone + 'static, V: ?Sized + 'static>(
    misses: &[Miss<'_, K, V>],
) -> Result<Vec<Option<Arc<Entry<V>>>>> {
    let first = misses.first();
    let Some((near, behind)) = first.and_then(|miss| Some((miss.near, miss.behind?))) else {
        return Ok(misses.iter().map(|_| None).collect());
    };
    // Where near keeps nothing, no copy can come too late.
    let keeps = misses.iter().filter(|miss| !miss.near.keeps_nothing());
    let refreshes: Vec<_> = keeps.map(Refresh::of).collect();
    let keys: Vec<_> = misses.iter().map(|miss| behind.key_of(&miss.key)).collect();
    let asks: Vec<Ask<'_>> = misses
        .iter()
        .zip(&keys)
        .map(|(miss, key)| Ask {
            key,
            names: &miss.names,
        })
        .collect();
    let seen = behind.far.read(&asks, behind.lives(near)).await?;
    let mut refreshes = refreshes.iter();
    let peeked = misses.iter().zip(seen).map(|(miss, seen)| {
        if miss.near.keeps_nothing() {
            return behind.entry(miss, &seen, &miss.birth());
        }
        let refresh = refreshes.next()?;
        let entry = behind.entry(miss, &seen, &refresh.birth())?;
        refresh.adopt(&entry);
        Some(entry)
    });
    Ok(peeked.collect())
}
