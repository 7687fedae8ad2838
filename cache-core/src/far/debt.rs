//! Invalidations that have not been delivered.

use std::collections::BTreeMap;

use crate::sync::Mutex;

/// So many keys are remembered one by one; beyond them, everything is owed.
const BOUND: usize = 10_000;
/// So many are delivered at once.
const AT_ONCE: usize = 500;

/// The keys that a store must be told to forget before it is used again, each with the number of the claim that was made
/// last: to deliver an older claim does not pay a younger one.
#[derive(Debug, Default)]
pub(super) struct Debt(Mutex<Owed>);

#[derive(Debug, Default)]
struct Owed {
    by_key: BTreeMap<Vec<u8>, u64>,
    claims: u64,
}

/// Something owed, and its claim.
pub(super) type Claim = (Vec<u8>, u64);

impl Debt {
    /// Owes the removal of these keys; where there is no room for them, that of `everything` instead.
    pub(super) fn owe(&self, keys: Vec<Vec<u8>>, everything: impl FnOnce() -> Vec<u8>) {
        let mut owed = self.0.lock();
        owed.claims += 1;
        let claim = owed.claims;
        if owed.by_key.len() + keys.len() > BOUND {
            owed.by_key.clear();
            owed.by_key.insert(everything(), claim);
        } else {
            owed.by_key.extend(keys.into_iter().map(|key| (key, claim)));
        }
    }

    /// Some of what is owed; nothing if nothing is.
    pub(super) fn some(&self) -> Vec<Claim> {
        let owed = self.0.lock();
        let some = owed.by_key.iter().take(AT_ONCE);
        some.map(|(key, claim)| (key.clone(), *claim)).collect()
    }

    /// These have been removed.
    pub(super) fn paid(&self, claims: &[Claim]) {
        let mut owed = self.0.lock();
        for (key, claim) in claims {
            if owed.by_key.get(key) == Some(claim) {
                owed.by_key.remove(key);
            }
        }
    }
}
