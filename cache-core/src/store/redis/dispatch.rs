//! The task that sends what all callers ask, in batches. Without batches 64 tasks have a third of the hits (55,000 of 158,000 a second of
//! 1 KB on two cores, `cargo xtask bench "Redis hit"`).

use std::io;
use std::sync::Arc;
use std::time::Duration;

use redis::RedisResult;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{sleep, timeout};

use super::batch::RedisBatch;
use super::connection::Connection;
use super::request::RedisRequest;
use super::target::{CONNECT, RedisTarget};
use crate::clock::{self, Moment};
use crate::store::stage::Stage;
use crate::sync::Mutex;
use crate::tracking::Tracking;

/// Requests in one batch. What is queued beyond them goes into the next.
const IN_BATCH: usize = 256;

/// Batches that are on their way at once: one that takes long, because it carries megabytes, does not hold up the next, and
/// while many ask, batches are large enough to be worth their while.
const ON_THE_WAY: usize = 2;

/// Between two connects of which the first has failed: long enough not to spin, and short enough to be no outage of its own.
const PAUSE: Duration = Duration::from_millis(20);

/// How often the incarnation of a cluster is read again.
const CHECK: Duration = Duration::from_secs(1);

/// Serves until the store is dropped.
pub(super) async fn dispatch(
    target: RedisTarget,
    stage: Stage,
    tracking: Arc<Tracking>,
    open: Arc<OpenConnection>,
    mut requests: mpsc::Receiver<RedisRequest>,
) {
    let room = Arc::new(Semaphore::new(ON_THE_WAY));
    let mut line = ConnectionSlot::new(target, stage, tracking, open);
    let mut queued = Vec::with_capacity(IN_BATCH);
    while requests.recv_many(&mut queued, IN_BATCH).await > 0 {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        // What came while there was no room goes along.
        while queued.len() < IN_BATCH
            && let Ok(request) = requests.try_recv()
        {
            queued.push(request);
        }
        let batch = RedisBatch::of(queued.drain(..));
        if batch.is_empty() {
            continue;
        }
        match line.connection().await {
            Ok(connection) => drop(tokio::spawn(async move {
                batch.run(connection).await;
                drop(permit);
            })),
            Err(error) => batch.fail(&error),
        }
    }
}

/// The connection that is open, for callers who find nobody to share a round trip with.
#[derive(Default)]
pub(super) struct OpenConnection(Mutex<Option<Arc<Connection>>>);

impl OpenConnection {
    /// The connection, if it is [free](Connection::is_free).
    pub(super) fn free(&self) -> Option<Arc<Connection>> {
        let open = self.0.lock();
        open.as_ref()
            .filter(|connection| connection.is_free())
            .cloned()
    }
}

/// The connection, as long as it is good.
struct ConnectionSlot {
    target: RedisTarget,
    stage: Stage,
    tracking: Arc<Tracking>,
    connection: Option<Arc<Connection>>,
    /// Where callers find it.
    open: Arc<OpenConnection>,
    /// When a connect may be tried.
    from: Moment,
    /// When the incarnation is to be read again.
    check: Moment,
}

impl ConnectionSlot {
    fn new(
        target: RedisTarget,
        stage: Stage,
        tracking: Arc<Tracking>,
        open: Arc<OpenConnection>,
    ) -> Self {
        let now = clock::now();
        Self {
            target,
            stage,
            tracking,
            connection: None,
            open,
            from: now,
            check: now,
        }
    }

    async fn connection(&mut self) -> RedisResult<Arc<Connection>> {
        if let Some(connection) = &self.connection
            && self.check <= clock::now()
        {
            if timeout(CONNECT, connection.check()).await.is_err() {
                self.connection = None;
            }
            self.check = clock::now().after(CHECK);
        }
        match &self.connection {
            Some(connection) if !connection.is_broken() => Ok(Arc::clone(connection)),
            _ => self.connect().await,
        }
    }

    async fn connect(&mut self) -> RedisResult<Arc<Connection>> {
        self.connection = None;
        *self.open.0.lock() = None;
        sleep(self.from.since(clock::now())).await;
        let opened = timeout(
            CONNECT,
            Connection::open(&self.target, &self.stage, &self.tracking),
        )
        .await;
        let opened = opened.unwrap_or_else(|_| {
            let doing = self.stage.get().unwrap_or_default();
            Err(io::Error::new(io::ErrorKind::TimedOut, format!("no answer: {doing}")).into())
        });
        self.stage.clear();
        let now = clock::now();
        match opened {
            Ok(connection) => {
                self.check = now.after(CHECK);
                let connection = Arc::new(connection);
                *self.open.0.lock() = Some(Arc::clone(&connection));
                Ok(Arc::clone(self.connection.insert(connection)))
            }
            Err(error) => {
                self.from = now.after(PAUSE);
                Err(error)
            }
        }
    }
}
