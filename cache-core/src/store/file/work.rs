//! Calls that block, on threads that may. Who waits for a folder that another process has locked takes no thread along.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::locked::locked;
use super::shards::Shards;
use crate::error::{Error, Result};
use crate::store::runtime::spawn;

/// A process that was stopped while it held a folder must not hold up all the others for ever.
const LOCKED: Duration = Duration::from_secs(2);

/// How long to wait before a folder that another process has is asked for again.
const AGAIN: Duration = Duration::from_millis(1);

/// Runs `work`, again from where it was as long as it says that somebody else has a folder. Dropped while it waits for that,
/// it waits no longer.
///
/// # Errors
///
/// If the work fails, or a folder stays locked for too long.
pub(super) async fn work<T, W>(shards: &Arc<Shards>, work: W) -> Result<T>
where
    T: Send + 'static,
    W: FnMut(&Arc<Shards>) -> io::Result<T> + Send + 'static,
{
    let (work, outcome) = attempt(shards, work).await?;
    let Some(shard) = locked(&outcome) else {
        return outcome.map_err(Error::store);
    };
    let waiting = spawn(wait(shards.clone(), work, shard))?;
    AbortOnDrop(waiting).await.map_err(Error::store)?
}

async fn attempt<T, W>(shards: &Arc<Shards>, mut work: W) -> Result<(W, io::Result<T>)>
where
    T: Send + 'static,
    W: FnMut(&Arc<Shards>) -> io::Result<T> + Send + 'static,
{
    let own = shards.clone();
    let calls = shards.calls();
    calls
        .run(move || {
            let outcome = work(&own);
            (work, outcome)
        })
        .await
}

async fn wait<T, W>(shards: Arc<Shards>, mut work: W, mut shard: usize) -> Result<T>
where
    T: Send + 'static,
    W: FnMut(&Arc<Shards>) -> io::Result<T> + Send + 'static,
{
    let fault = shards.locked(shard).to_string();
    let waited = timeout(LOCKED, async move {
        loop {
            // Of those who wait for one folder, one asks at a time.
            let _turn = shards.turn(shard).lock().await;
            sleep(AGAIN).await;
            let outcome;
            (work, outcome) = attempt(&shards, work).await?;
            match locked(&outcome) {
                Some(next) => shard = next,
                None => return outcome.map_err(Error::store),
            }
        }
    })
    .await;
    waited.unwrap_or_else(|_| Err(Error::store(io::Error::new(ErrorKind::TimedOut, fault))))
}

/// A task that ends with those who wait for it.
struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Future for AbortOnDrop<T> {
    type Output = Result<T, tokio::task::JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context)
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
