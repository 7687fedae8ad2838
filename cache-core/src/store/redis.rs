//! Redis and Valkey: one server, or a cluster.

use std::fmt;
use std::sync::Arc;

use redis::Script;
use tokio::sync::{mpsc, oneshot};

use self::dispatch::OpenConnection;
use self::request::{Keys, PendingCall, RedisRead, RedisReply, RedisRequest, RedisWrite};
use self::target::RedisTarget;
use super::stage::Stage;
use super::{Answer, Put, Store, Written, runtime};
use crate::address::Address;
use crate::error::{Error, Result};
use crate::tracking::Tracking;

mod batch;
mod commands;
mod connection;
mod dispatch;
mod incarnation;
mod link;
mod pipeline;
mod request;
mod resp;
mod sentinel;
mod target;
mod tracked;
mod wire;

/// Calls that may wait for the dispatcher before the next one waits to hand its own over.
const QUEUE: usize = 1024;

/// The largest string that a server takes unless it is configured otherwise. It hangs up on whoever sends a larger one, and
/// with that on everybody whose calls share the connection.
const LARGEST: usize = 512 << 20;

/// A store in Redis or Valkey, 6 or later.
///
/// | Address | |
/// |---|---|
/// | `redis://[user:password@]host[:port][/db]` | one server |
/// | `redis+unix://[user:password@]/path/to/socket` | one server behind a Unix socket; the option `db` selects the database |
/// | `redis+sentinel://[user:password@]host:port,host:port/service[/db]` | the primary that Redis Sentinel names for a service; the port is 26379 where none is said |
/// | `redis+cluster://[user:password@]host:port,host:port` | a cluster, known by some of its nodes |
/// | `rediss://`, `rediss+sentinel://`, `rediss+cluster://` | the same over TLS |
/// | `valkey://`, `valkeys://`, `valkey+unix://`, … | the same as `redis…` |
///
/// | Option | |
/// |---|---|
/// | `on_failover=forget` | what was written before a restart or a failover counts no more; the default |
/// | `on_failover=keep` | it counts, for servers that lose nothing that they have acknowledged |
/// | `backplane=on` | the server tells each process of changes, so that its copies may be used as long as the entries live; the default |
/// | `backplane=off` | it does not: copies are used for the cache's `near_ttl` |
/// | `db=1` | the database, for `redis+unix` alone |
/// | `tls_ca=/path/ca.pem` | the certificates of the trusted authorities, instead of the public ones |
/// | `tls_cert=/path/cert.pem`, `tls_key=/path/key.pem` | the client's certificate and its key; both are needed |
/// | `tls_server_name=cache.internal` | the name that the server's certificate must have, if it is not the host; not for a cluster |
/// | `sentinel_user`, `sentinel_password` | for the Sentinels; user and password of the address are those of the servers |
///
/// Percent-encode characters such as `/`, `?`, `#` and `@` in a user name or a password. The TLS files are read once,
/// when the store is made.
///
/// # Rights
///
/// An account needs its keys (`~blog:*` for `prefix=blog`) and the commands `GET`, `MGET`, `PTTL`, `SET`, `UNLINK`, `GETRANGE`,
/// `EVAL`, `EVALSHA` and `HELLO`; `CLIENT|TRACKING` for the backplane; `SELECT` for another database than 0; in a cluster `CLUSTER|SLOTS`, `CLIENT|SETNAME` and
/// `CLIENT|GETNAME`; and one of
///
/// - `INFO`, which is in the category `@dangerous`; a cluster, and servers before Redis 7, need it;
/// - `SCRIPT|LOAD` and `SCRIPT|EXISTS`: without `INFO` the store loads some 30 scripts of one line, which identify this run of the
///   server: no snapshot, log or replica of Redis 7 or Valkey contains scripts. `SCRIPT FLUSH` then invalidates all entries.
///   A compatible server that persists its scripts needs `INFO`;
/// - neither of them with `on_failover=keep`.
///
/// So `+@all -@dangerous ~blog:*` is enough. All processes that share entries need the same of these rights, because the incarnation
/// from `INFO` differs from that of the scripts.
///
/// All calls of the process share one connection (of a cluster: one to each node). What is asked at the same time goes out in
/// one pipeline, in which a key that several callers ask for stands once. The server need not be there when the store is made:
/// it connects with the first call, and again with the next one after any failure; calls that were under way then are errors.
/// A server that accepts and does not answer is given up after five seconds, and so are all calls that wait for it.
///
/// # Backplane
///
/// The server tells each process of changes to the keys that it has read (client-side caching, over RESP3): another process's
/// invalidation ends the copies here within milliseconds, and a copy is used without asking for as long as the server tells of
/// no change. The server is asked every two thirds of a second whether it is there. A process that cannot hear it uses its copies for
/// two seconds after its last word, and none once it knows that the connection is lost. A cluster, a server without RESP3 and
/// an account without `CLIENT|TRACKING` tell of nothing, and copies are used for `near_ttl`.
///
/// The server remembers who has read which keys, up to its `tracking-table-max-keys` (a million by default). Beyond that it
/// tells of changes that were none, which costs loads of copies.
///
/// # What is promised, and what is not
///
/// *Reads see what was acknowledged*: only primaries are asked. A primary that was made a replica while this process was
/// connected to it, and that did not hang up (those under Sentinel and cluster nodes do), is noticed when it refuses a write, or at the next
/// connect; until then its reads may lag.
///
/// *What was acknowledged may be lost*, as Redis writes to disk and to replicas after it has answered. A deleted key can then be
/// back. So each connect asks the server for its `run_id`, which a restarted server has anew and a promoted replica has of its
/// own, and [`Answer::incarnation`] is made of it. Not noticed is the primary that becomes a replica and later primary again, without a
/// restart.
///
/// *In a cluster* the incarnation is made of the run ids of all primaries: a failover of one forgets the entries of all. Each connection to a
/// node is marked when the run ids are read, and an answer that came over an unmarked one (the node was replaced, or had
/// restarted) is an error, not a value. A process that has no business with the node that was replaced learns of it, at most a
/// second later, when it reads the run ids again; so do all when a resharding has given slots to a new primary.
///
/// A server that is full (`maxmemory` with `noeviction`) refuses writes with [`Written::TooLarge`] and still deletes. A key that
/// holds something else than a string is read as absent.
///
/// ```no_run
/// # async fn example() -> cache_core::Result<()> {
/// use cache_core::store::{RedisStore, Store};
///
/// let store = RedisStore::connect("redis://127.0.0.1:6379/1").await?;
/// let answer = store.get(&[b"post:7", b"post:8"]).await?;
/// assert_eq!(answer.found.len(), 2);
/// # Ok(())
/// # }
/// ```
pub struct RedisStore {
    shown: String,
    stage: Stage,
    write_if: Script,
    requests: mpsc::Sender<RedisRequest>,
    open: Arc<OpenConnection>,
    tracking: Arc<Tracking>,
}

impl RedisStore {
    /// A store at this address. The server is not asked yet.
    ///
    /// # Errors
    ///
    /// If the address is wrong, or has an option that there is not.
    pub async fn connect(url: &str) -> Result<Self> {
        let mut address = Address::parse(url)?;
        let store = Self::open(&mut address).await?;
        address.finish()?;
        Ok(store)
    }

    /// [`connect`](Self::connect), by an address whose other options are somebody else's.
    pub(crate) async fn open(address: &mut Address) -> Result<Self> {
        let shown = address.shown();
        let target = RedisTarget::of(address)?;
        let stage = Stage::default();
        let (requests, queue) = mpsc::channel(QUEUE);
        let tracking = Arc::new(Tracking::default());
        let open = Arc::new(OpenConnection::default());
        let dispatching =
            dispatch::dispatch(target, stage.clone(), tracking.clone(), open.clone(), queue);
        runtime::spawn(dispatching)?;
        Ok(Self {
            shown,
            stage,
            write_if: request::write_if(),
            requests,
            open,
            tracking,
        })
    }

    async fn read(&self, keys: &[&[u8]], lives: bool) -> Result<Answer> {
        if let Some(connection) = self.open.free() {
            let answer = batch::read_alone(&connection, keys, lives).await;
            return answer.map_err(Error::store);
        }
        self.ask(|reply| RedisRequest::Get(PendingCall::new(reads(keys, lives), reply)))
            .await
    }

    fn writes(&self, puts: &[Put<'_>]) -> Vec<RedisWrite> {
        let sent = puts.iter().filter(|put| fits(put));
        sent.map(|put| RedisWrite::of(put, &self.write_if))
            .collect()
    }

    /// Hands a request over, made only when there is room for it, and waits for its reply.
    async fn ask<I, O>(
        &self,
        request: impl FnOnce(oneshot::Sender<RedisReply<I, O>>) -> RedisRequest,
    ) -> Result<O> {
        let room = self.requests.reserve().await.map_err(Error::store)?;
        let (reply, answer) = oneshot::channel();
        room.send(request(reply));
        answer.await.map_err(Error::store)?.answer
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("RedisStore").field(&self.shown).finish()
    }
}

impl Store for RedisStore {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        self.read(keys, true).await
    }

    async fn get_values(&self, keys: &[&[u8]]) -> Result<Answer> {
        self.read(keys, false).await
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        if !puts.iter().any(fits) {
            return Ok(vec![Written::TooLarge; puts.len()]);
        }
        let writes = |reply| RedisRequest::Put(PendingCall::new(self.writes(puts), reply));
        Ok(of_each(puts, self.ask(writes).await?))
    }

    async fn get_and_put(
        &self,
        keys: &[&[u8]],
        puts: &[Put<'_>],
    ) -> Result<(Answer, Vec<Written>)> {
        let (reply, found) = oneshot::channel();
        let request = |written| {
            let get = PendingCall::new(reads(keys, true), reply);
            RedisRequest::GetAndPut(get, PendingCall::new(self.writes(puts), written))
        };
        let written = self.ask(request).await?;
        let answer = found.await.map_err(Error::store)?.answer?;
        Ok((answer, of_each(puts, written)))
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        self.ask(|reply| RedisRequest::Delete(PendingCall::new(Keys::of(keys), reply)))
            .await
    }

    fn tracking(&self) -> Option<Arc<Tracking>> {
        Some(self.tracking.clone())
    }

    fn address(&self) -> String {
        self.shown.clone()
    }

    fn doing(&self) -> Option<String> {
        self.stage.get()
    }
}

fn reads(keys: &[&[u8]], lives: bool) -> RedisRead {
    let keys = Keys::of(keys);
    RedisRead { keys, lives }
}

/// Whether a server takes it.
fn fits(put: &Put<'_>) -> bool {
    put.value.len() <= LARGEST
}

/// What became of each, where those that do not fit were not sent.
fn of_each(puts: &[Put<'_>], written: Vec<Written>) -> Vec<Written> {
    let mut written = written.into_iter();
    let sent = puts
        .iter()
        .map(|put| if fits(put) { written.next() } else { None });
    sent.map(|written| written.unwrap_or(Written::TooLarge))
        .collect()
}
