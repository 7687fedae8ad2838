//! Requests that were queued at the same time, sent together.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::sync::Arc;

use foldhash::fast::RandomState;
use redis::cluster_routing::Slot;
use redis::{RedisError, RedisResult};
use tokio::task::JoinSet;

use super::commands::CommandPipeline;
use super::connection::Connection;
use super::pipeline::Replies;
use super::request::{Keys, PendingCall, RedisRead, RedisRequest, RedisWrite};
use crate::store::coalesce::keys::{Coalesced, coalesce};
use crate::store::{Answer, Found, Written};

/// Reads these keys for one caller, on its own thread.
pub(super) async fn read_alone(
    connection: &Connection,
    keys: &[&[u8]],
    lives: bool,
) -> RedisResult<Answer> {
    let mut trip = CommandPipeline::to(None);
    for (place, key) in keys.iter().enumerate() {
        trip.read(place, key, lives);
    }
    // In the order in which they were asked for.
    let read = trip.go(connection).await.read.into_iter();
    let found = read.map(|(_, found)| found).collect::<RedisResult<_>>()?;
    Ok(Answer {
        incarnation: connection.incarnation,
        found,
    })
}

/// What is asked at the same time.
#[derive(Default)]
pub(super) struct RedisBatch {
    gets: Vec<PendingCall<RedisRead, Answer>>,
    puts: Vec<PendingCall<Vec<RedisWrite>, Vec<Written>>>,
    deletes: Vec<PendingCall<Keys, ()>>,
}

/// What became of each item, at its place; `None` as long as nothing is known.
struct BatchOutcome {
    read: Vec<Option<RedisResult<Option<Found>>>>,
    written: Vec<Option<RedisResult<Written>>>,
    deleted: Vec<Option<RedisResult<()>>>,
}

impl RedisBatch {
    /// Reads for which nobody waits any more are left out; what changes something is done all the same.
    pub(super) fn of(requests: impl Iterator<Item = RedisRequest>) -> Self {
        let mut batch = Self::default();
        for request in requests {
            match request {
                RedisRequest::Get(get) if get.is_abandoned() => {}
                RedisRequest::Get(get) => batch.gets.push(get),
                RedisRequest::Put(put) => batch.puts.push(put),
                RedisRequest::GetAndPut(get, put) => {
                    batch.gets.push(get);
                    batch.puts.push(put);
                }
                RedisRequest::Delete(delete) => batch.deletes.push(delete),
            }
        }
        batch
    }

    pub(super) fn is_empty(&self) -> bool {
        self.gets.is_empty() && self.puts.is_empty() && self.deletes.is_empty()
    }

    pub(super) fn fail(self, error: &RedisError) {
        let error = || error.clone();
        self.gets
            .into_iter()
            .for_each(|get| get.answer(Err(error())));
        self.puts
            .into_iter()
            .for_each(|put| put.answer(Err(error())));
        self.deletes
            .into_iter()
            .for_each(|delete| delete.answer(Err(error())));
    }

    /// Asks everything over this connection, and answers everybody.
    pub(super) async fn run(mut self, connection: Arc<Connection>) {
        let mut trips = BatchPipelines::new(connection.is_cluster());
        let (reads, coalesced) = self.read(&mut trips);
        let writes = self.write(&mut trips);
        let deletes = self.delete(&mut trips);
        let mut outcome = BatchOutcome::of(reads, writes, deletes);
        trips.go(&connection, &mut outcome).await;
        self.tell(&connection);
        self.answer(connection.incarnation, coalesced, outcome);
    }

    /// A key that several ask for is read once: the read begins after all of them were queued.
    fn read(&self, trips: &mut BatchPipelines) -> (usize, Coalesced) {
        let asked = self.gets.iter().flat_map(|get| get.items.keys.iter());
        let (keys, coalesced) = coalesce(asked);
        let mut lives = vec![false; keys.len()];
        let asked = self.gets.iter().map(|get| &get.items);
        let asked = asked.flat_map(|read| read.keys.iter().map(|_| read.lives));
        for (place, life) in coalesced.places().iter().zip(asked) {
            lives[*place] |= life;
        }
        for (place, (key, life)) in keys.iter().zip(lives).enumerate() {
            trips.of(key).read(place, key, life);
        }
        (keys.len(), coalesced)
    }

    fn write(&mut self, trips: &mut BatchPipelines) -> usize {
        let mut place = 0;
        for write in self.puts.iter_mut().flat_map(|put| &mut put.items) {
            trips
                .of(&write.key)
                .write(place, std::mem::take(&mut write.command));
            place += 1;
        }
        place
    }

    fn delete(&self, trips: &mut BatchPipelines) -> usize {
        let mut place = 0;
        for key in self.deletes.iter().flat_map(|delete| delete.items.iter()) {
            trips.of(key).delete(place, key);
            place += 1;
        }
        place
    }

    /// The server tells other connections of what was changed over this one: this process is told here, before those who
    /// have changed it hear that they have, and also if they do not wait for it any more.
    fn tell(&self, connection: &Connection) {
        let Some(tracked) = &connection.tracked else {
            return;
        };
        let tracking = &tracked.tracking;
        for write in self.puts.iter().flat_map(|put| &put.items) {
            if write.is_plain {
                tracking.changed(&write.key);
            } else {
                tracking.replaced(&write.key);
            }
        }
        for key in self.deletes.iter().flat_map(|delete| delete.items.iter()) {
            tracking.changed(key);
        }
    }

    fn answer(self, incarnation: u64, mut coalesced: Coalesced, mut outcome: BatchOutcome) {
        for get in self.gets {
            let found = coalesced.take(get.items.keys.iter().count(), &mut outcome.read);
            let found = found.map(known).collect::<RedisResult<_>>();
            get.answer(found.map(|found| Answer { incarnation, found }));
        }
        let mut written = outcome.written.into_iter().map(known);
        for put in self.puts {
            let all: Vec<_> = written.by_ref().take(put.items.len()).collect();
            put.answer(all.into_iter().collect());
        }
        let mut deleted = outcome.deleted.into_iter().map(known);
        for delete in self.deletes {
            let all: Vec<_> = deleted.by_ref().take(delete.items.iter().count()).collect();
            delete.answer(all.into_iter().collect());
        }
    }
}

impl BatchOutcome {
    fn of(reads: usize, writes: usize, deletes: usize) -> Self {
        Self {
            read: std::iter::repeat_with(|| None).take(reads).collect(),
            written: std::iter::repeat_with(|| None).take(writes).collect(),
            deleted: std::iter::repeat_with(|| None).take(deletes).collect(),
        }
    }

    fn learn(&mut self, replies: Replies) {
        for (place, reply) in replies.read {
            self.read[place] = Some(reply);
        }
        for (place, reply) in replies.written {
            self.written[place] = Some(reply);
        }
        for (place, reply) in replies.deleted {
            self.deleted[place] = Some(reply);
        }
    }
}

/// What has no outcome was under way when its task ended.
fn known<T>(outcome: Option<RedisResult<T>>) -> RedisResult<T> {
    outcome.unwrap_or_else(|| Err(std::io::Error::from(ErrorKind::BrokenPipe).into()))
}

/// The trips of a batch: one, or in a cluster one for each slot.
struct BatchPipelines {
    is_cluster: bool,
    all: HashMap<Option<Slot>, CommandPipeline, RandomState>,
}

impl BatchPipelines {
    fn new(is_cluster: bool) -> Self {
        Self {
            is_cluster,
            all: HashMap::default(),
        }
    }

    fn of(&mut self, key: &[u8]) -> &mut CommandPipeline {
        let slot = self.is_cluster.then(|| Slot::for_key(key));
        self.all
            .entry(slot)
            .or_insert_with(|| CommandPipeline::to(slot))
    }

    async fn go(self, connection: &Arc<Connection>, outcome: &mut BatchOutcome) {
        let mut trips = self.all.into_values();
        if !self.is_cluster {
            if let Some(trip) = trips.next() {
                outcome.learn(trip.go(connection).await);
            }
            return;
        }
        let mut under_way = JoinSet::new();
        for trip in trips {
            let connection = Arc::clone(connection);
            under_way.spawn(async move { trip.go(&connection).await });
        }
        while let Some(replies) = under_way.join_next().await {
            if let Ok(replies) = replies {
                outcome.learn(replies);
            }
        }
    }
}
