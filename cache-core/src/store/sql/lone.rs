//! A caller that is alone reads on its own thread, and no other one is woken before the database's.

use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::error::Result;
use crate::store::runtime;

/// One caller at a time. It has a connection of its own: a caller that nobody polls keeps it from nobody else.
#[derive(Debug, Default)]
pub(super) struct LoneReader(Arc<Mutex<()>>);

/// The right to read so.
pub(super) struct LoneTurn(OwnedMutexGuard<()>);

impl LoneReader {
    /// The right, unless another caller has it.
    pub(super) fn turn(&self) -> Option<LoneTurn> {
        self.0.clone().try_lock_owned().ok().map(LoneTurn)
    }
}

impl LoneTurn {
    /// Reads. Dropped before its end, it goes on on the thread of the stores.
    ///
    /// # Errors
    ///
    /// If the system refuses that thread.
    pub(super) async fn read(
        self,
        reading: impl Future<Output = ()> + Send + 'static,
    ) -> Result<()> {
        runtime::run_here(async move {
            reading.await;
            drop(self.0);
        })
        .await
    }
}
