//! What all databases have in common: a table that is made when it is needed, calls that end, and those of many callers in
//! one statement.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::{Mutex, oneshot};
use tokio::time::timeout;

use super::driver::{Driver, RowRead, RowWrite};
use super::groups::Groups;
#[cfg(feature = "sqlite")]
use super::lone::LoneReader;
use super::pool::all_busy;
use super::queue::RequestQueue;
use super::request::{LIMIT, SqlFault, SqlRead, SqlWrite, fitted};
use crate::error::{Error, Result};
use crate::store::coalesce::keys::coalesce;
use crate::store::{Answer, Put, Store, Written, runtime};

/// A table of some database.
#[derive(Debug)]
pub(super) struct Table<D>(Arc<TableInner<D>>);

#[derive(Debug)]
pub(super) struct TableInner<D> {
    pub(super) driver: D,
    /// How many rows a sweep leaves.
    pub(super) max_entries: Option<u64>,
    ready: AtomicBool,
    making: Mutex<()>,
    reads: RequestQueue<SqlRead>,
    #[cfg(feature = "sqlite")]
    lone: LoneReader,
    writes: RequestQueue<SqlWrite>,
    pub(super) sweeping: Arc<Mutex<()>>,
    pub(super) swept: AtomicBool,
    pub(super) writes_so_far: AtomicU64,
}

impl<D: Driver> Table<D> {
    /// `pool` is how many connections there may be.
    pub(super) fn new(driver: D, pool: usize, max_entries: Option<u64>) -> Self {
        Self(Arc::new(TableInner {
            reads: RequestQueue::new(pool),
            writes: RequestQueue::new(if driver.writes_alone() { 1 } else { pool }),
            #[cfg(feature = "sqlite")]
            lone: LoneReader::default(),
            driver,
            max_entries,
            ready: AtomicBool::new(false),
            making: Mutex::default(),
            sweeping: Arc::default(),
            swept: AtomicBool::new(false),
            writes_so_far: AtomicU64::new(0),
        }))
    }

    fn read(&self, read: SqlRead) -> Result<()> {
        if self.0.reads.push(read) {
            let shared = self.0.clone();
            runtime::spawn(async move {
                let mut worker = shared.reads.worker();
                while let Some(reads) = worker.take() {
                    shared.read(reads).await;
                }
            })
            // No thread: the worker that was counted does not come.
            .inspect_err(|_| drop(self.0.reads.worker()))?;
        }
        Ok(())
    }

    fn write(&self, write: SqlWrite) -> Result<()> {
        if self.0.writes.push(write) {
            let shared = self.0.clone();
            runtime::spawn(async move {
                let mut worker = shared.writes.worker();
                while let Some(writes) = worker.take() {
                    shared.write(writes).await;
                }
            })
            // No thread: the worker that was counted does not come.
            .inspect_err(|_| drop(self.0.writes.worker()))?;
        }
        Ok(())
    }
}

impl<D: Driver> TableInner<D> {
    /// Makes the table before the first call, after every call that failed, because it may have gone with a database that was
    /// set up anew, and when a file is no longer the one that is open.
    pub(super) async fn ready(&self) -> sqlx::Result<()> {
        let is_ready = || self.ready.load(Ordering::Acquire) && self.driver.is_there();
        if is_ready() {
            return Ok(());
        }
        let _making = self.making.lock().await;
        if !is_ready() {
            self.driver.create().await?;
            self.ready.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// Ends what takes too long. `T` is what is known until then.
    async fn end<T>(&self, call: impl Future<Output = sqlx::Result<T>>) -> Result<T, SqlFault> {
        let done = match timeout(LIMIT, call).await {
            Ok(done) => done.map_err(SqlFault::from),
            Err(_) => Err(SqlFault::TimedOut),
        };
        if matches!(done, Err(SqlFault::TimedOut | SqlFault::Failed(_))) {
            self.ready.store(false, Ordering::Release);
        }
        done
    }

    /// Reads what all of these ask for, each key once.
    async fn read(&self, mut reads: Vec<SqlRead>) {
        reads.retain(|read| !read.reply.is_closed());
        if reads.is_empty() {
            return;
        }
        let keys = reads.iter().flat_map(|read| &read.keys);
        let (keys, mut coalesced) = coalesce(keys.map(Vec::as_slice));
        let keys = owned(&keys);
        let rows = self.end(async {
            self.ready().await?;
            self.driver.get(&keys).await
        });
        match rows.await {
            Ok(rows) => {
                let rows = rows.into_iter().map(|RowRead { key, found }| (key, found));
                let mut rows: HashMap<_, _> = rows.collect();
                let mut found: Vec<_> = keys.iter().map(|key| rows.remove(key)).collect();
                for SqlRead { keys, reply } in reads {
                    let own: Vec<_> = coalesced.take(keys.len(), &mut found).collect();
                    let _ = reply.send(Ok(Answer::from(own)));
                }
            }
            Err(fault) => {
                for read in reads {
                    let _ = read.reply.send(Err(fault.error()));
                }
            }
        }
    }

    /// Removes and writes what all of these ask for.
    async fn write(self: &Arc<Self>, writes: Vec<SqlWrite>) {
        let (mut keys, mut deletes) = (Vec::new(), Vec::new());
        let (mut rows, mut puts) = (Vec::new(), Vec::new());
        for write in writes {
            match write {
                SqlWrite::Delete(own, reply) => {
                    keys.extend(own);
                    deletes.push(reply);
                }
                SqlWrite::Put(own, reply) => {
                    puts.push((own.len(), reply));
                    rows.extend(own);
                }
            }
        }
        if !deletes.is_empty() {
            let keys = owned(&coalesce(keys.iter().map(Vec::as_slice)).0);
            let done = self.end(async {
                self.ready().await?;
                self.driver.delete(&keys).await
            });
            let done = done.await;
            for reply in deletes {
                let _ = reply.send(match &done {
                    Ok(()) => Ok(()),
                    Err(fault) => Err(fault.error()),
                });
            }
        }
        if !puts.is_empty() {
            self.put(rows, puts).await;
        }
    }

    async fn put(
        self: &Arc<Self>,
        rows: Vec<RowWrite>,
        puts: Vec<(usize, oneshot::Sender<Result<Vec<Written>>>)>,
    ) {
        let length = rows.len();
        let mut groups = None;
        let mut written = Vec::new();
        let done = self.end(async {
            self.ready().await?;
            // What the server takes is known when it has been asked.
            let groups = groups.insert(Groups::new(rows, self.driver.largest()));
            self.driver.put(&groups.rows, &mut written).await
        });
        let done = done.await;
        let known = match groups {
            Some(groups) => groups.places.told(&written),
            None => vec![None; length],
        };
        let mut known = known.as_slice();
        for (length, reply) in puts {
            let own;
            (own, known) = known.split_at(length);
            let _ = reply.send(match &done {
                Ok(()) => Ok(own
                    .iter()
                    .map(|known| known.unwrap_or(Written::TooLarge))
                    .collect()),
                Err(fault) => fault.told(own),
            });
        }
        if done.is_ok() {
            self.wrote(u64::try_from(length).unwrap_or(u64::MAX));
        }
    }
}

impl<D: Driver> Store for Table<D> {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        if keys.is_empty() {
            return Ok(Answer::default());
        }
        let (reply, answer) = oneshot::channel();
        let keys = fitted(keys);
        let read = SqlRead { keys, reply };
        #[cfg(feature = "sqlite")]
        // To make the table takes what all callers need, so it is not left to one that may not be polled.
        if self.0.ready.load(Ordering::Acquire)
            && self.0.driver.has_spare_reader()
            && self.0.reads.is_idle()
            && let Some(turn) = self.0.lone.turn()
        {
            let shared = self.0.clone();
            let reading = async move { shared.read(vec![read]).await };
            turn.read(reading).await?;
            return answer.await.map_err(Error::store)?;
        }
        self.read(read)?;
        answer.await.map_err(Error::store)?
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        if puts.is_empty() {
            return Ok(Vec::new());
        }
        self.0.sweep_by_itself();
        let (reply, written) = oneshot::channel();
        self.write(SqlWrite::Put(
            puts.iter().map(RowWrite::new).collect(),
            reply,
        ))?;
        written.await.map_err(Error::store)?
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let (reply, done) = oneshot::channel();
        self.write(SqlWrite::Delete(fitted(keys), reply))?;
        done.await.map_err(Error::store)?
    }

    async fn sweep(&self) -> Result<()> {
        let shared = self.0.clone();
        runtime::run(async move {
            let _alone = shared.sweeping.lock().await;
            shared.sweep(u64::MAX).await.map_err(Error::store)
        })
        .await
    }

    fn doing(&self) -> Option<String> {
        let shared = &self.0;
        let busy = || {
            shared
                .reads
                .waiting_for()
                .or_else(|| shared.writes.waiting_for())
        };
        let creating = || {
            shared
                .making
                .try_lock()
                .is_err()
                .then(|| "creating its table".into())
        };
        let doing = shared.driver.doing().or_else(creating);
        doing.or_else(|| busy().map(all_busy))
    }
}

fn owned(keys: &[&[u8]]) -> Vec<Vec<u8>> {
    keys.iter().map(|key| key.to_vec()).collect()
}
