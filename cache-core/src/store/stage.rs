//! What a store's connection is at, for the error of a call that has waited too long.

use std::sync::Arc;

use crate::sync::Mutex;

/// Shared by the store and whatever connects for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Stage(Arc<Mutex<Option<String>>>);

impl Stage {
    pub(super) fn set(&self, doing: String) {
        *self.0.lock() = Some(doing);
    }

    /// It is connected, or does not try to.
    pub(super) fn clear(&self) {
        *self.0.lock() = None;
    }

    pub(super) fn get(&self) -> Option<String> {
        self.0.lock().clone()
    }
}
