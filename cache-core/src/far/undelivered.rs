//! Invalidations that a store has not heard of yet.

use std::collections::BTreeMap;

use crate::sync::Mutex;

/// So many keys are remembered one by one. Beyond them the whole cache is to be invalidated.
const BOUND: usize = 10_000;
/// So many are sent at once.
const BATCH: usize = 500;

/// The keys that a store must delete before it is used again. Each has the number of the request that added it last: a delete
/// that was sent for an earlier request does not settle a later one.
#[derive(Debug, Default)]
pub(super) struct UndeliveredInvalidations(Mutex<Undelivered>);

#[derive(Debug, Default)]
struct Undelivered {
    by_key: BTreeMap<Vec<u8>, u64>,
    requests: u64,
}

/// A key that is to be deleted, and the number of its request.
pub(super) type Deletion = (Vec<u8>, u64);

impl UndeliveredInvalidations {
    /// Adds these keys; where there is no room for them, `everything` takes the place of all.
    pub(super) fn add(&self, keys: Vec<Vec<u8>>, everything: impl FnOnce() -> Vec<u8>) {
        let mut undelivered = self.0.lock();
        undelivered.requests += 1;
        let request = undelivered.requests;
        let by_key = &mut undelivered.by_key;
        if by_key.len() + keys.len() > BOUND {
            by_key.clear();
            by_key.insert(everything(), request);
        } else {
            by_key.extend(keys.into_iter().map(|key| (key, request)));
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.lock().by_key.len()
    }

    /// Some of them; empty if there are none.
    pub(super) fn next_batch(&self) -> Vec<Deletion> {
        let undelivered = self.0.lock();
        let batch = undelivered.by_key.iter().take(BATCH);
        batch
            .map(|(key, request)| (key.clone(), *request))
            .collect()
    }

    /// The store has deleted these.
    pub(super) fn delivered(&self, deleted: &[Deletion]) {
        let mut undelivered = self.0.lock();
        for (key, request) in deleted {
            if undelivered.by_key.get(key) == Some(request) {
                undelivered.by_key.remove(key);
            }
        }
    }
}
