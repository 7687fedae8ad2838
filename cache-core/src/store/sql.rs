//! Tables of SQL databases.

use std::fmt;
use std::time::Duration;

use self::driver::RowRead;
use self::settings::Settings;
use super::any::AnyStore;
use super::{Answer, Found, Put, Store, Written};
use crate::address::Address;
use crate::error::Result;

mod driver;
mod groups;
#[cfg(any(feature = "sqlite", feature = "mysql"))]
mod lists;
#[cfg(feature = "sqlite")]
mod lone;
#[cfg(feature = "mysql")]
mod mysql;
mod name;
mod pool;
#[cfg(feature = "postgres")]
mod postgres;
mod queue;
mod request;
mod settings;
#[cfg(feature = "sqlite")]
mod sqlite;
mod sweep;
mod table;

/// The longest key of a row, which is the widest column that every database takes as a primary key. Longer ones are cut.
const KEY: usize = 255;

/// A table of an SQL database: `SQLite`, `PostgreSQL`, `MySQL` or `MariaDB`, each behind the feature of its name (`sqlite`,
/// `postgres`, `mysql`). They ask for Rust 1.94.
///
/// | address | |
/// |---|---|
/// | `sqlite:///var/cache/app.db` | a file, made with mode 0600 in a folder that is there; `sqlite:app.db` from the current folder |
/// | `sqlite::memory:` | memory, of this store alone: for tests |
/// | `postgres://user:password@host:5432/database` | also `postgresql` |
/// | `mysql://user:password@host:3306/database` | also `mariadb` |
///
/// | option | |
/// |---|---|
/// | `table=cache_entries` | the table's name, which is quoted: a dot in it names no schema. Up to 52 bytes |
/// | `schema=app` | for `PostgreSQL`: the schema that the table is in, which must be there; without it, the first of the account's `search_path` |
/// | `pool=8` | how many connections there may be; of `SQLite`: how many that read together, beside one for a caller that is alone and the one that writes |
/// | `max_entries=100000` | how many rows a sweep leaves; without it, whatever has not expired |
/// | `sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `host` (a socket's folder), `application_name`, `statement-cache-capacity` | for `PostgreSQL`, as sqlx reads them |
/// | `ssl-mode`, `ssl-ca`, `ssl-cert`, `ssl-key`, `socket`, `statement-cache-capacity` | for `MySQL`, as sqlx reads them |
///
/// # The table
///
/// It is made before the first call if there is none; an account that may not do so needs one that was made for it. For
/// `PostgreSQL`:
///
/// ```sql
/// CREATE UNLOGGED TABLE cache_entries (cache_key bytea PRIMARY KEY, cache_value bytea NOT NULL, expires_at bigint);
/// CREATE INDEX cache_entries_expires_at ON cache_entries (expires_at);
/// ```
///
/// For `SQLite` the types are `BLOB`, `BLOB` and `INTEGER`, for `MySQL` `VARBINARY(255)`, `LONGBLOB` and `BIGINT`.
/// `expires_at` counts milliseconds since 1970 by the database's own clock, which alone says what has expired, so that the
/// clocks of those who ask need not agree; if it is set back, rows live longer by as much. Keys of more than 255 bytes are cut
/// ([`fitting`](super::fitting)).
///
/// # What is promised
///
/// - A `get` is one statement, whatever the number of keys; so is a `delete`, and what a `put` writes on the same condition
///   (up to 1,024 rows and 512 KiB). `MySQL` cannot say which of several rows met a condition: there each has a statement of
///   its own. Nothing is counted when something is written.
/// - While all connections are busy, waiting calls are merged, up to 256 of them into one statement: waiting for a connection
///   is not a failure, however many calls wait.
/// - A sweep removes expired rows in the background, 1,000 at a time: at the first `put`, after every 1,000 rows that this store
///   has written, and each minute. With `max_entries` it then counts the rows and removes the surplus, those nearest to expiry
///   first: until the next sweep there may be more.
/// - A call that is dropped runs to its end. A call ends after 30 seconds at the latest, and after 6 if the server cannot be
///   reached or all connections are taken. A connection whose call failed is not used again.
/// - On a full disk a `put` to `SQLite` makes room: it removes the expired rows, or else a fifth of all rows, those nearest to
///   expiry first. A `delete` needs no room: the log keeps the disk space that it once took.
/// - A deadlock, or a file that another process keeps locked, is tried again and not reported.
///
/// # What a crash brings back
///
/// A store may lose anything, but a delete that was acknowledged must not be undone.
///
/// - `PostgreSQL`: the table is *unlogged*: after a crash of the server, on a promoted replica and in a copy of its files it
///   is empty, so that nothing comes back, whatever `synchronous_commit` says, and writes skip the server's log. A table that you
///   make yourself without `UNLOGGED` survives a crash, is as safe as `synchronous_commit = on`, and goes back in time with a
///   replica that lagged when it was promoted.
/// - `SQLite`: a log of writes (WAL) with `synchronous = FULL`: each write waits for the disk. `NORMAL` would be faster and
///   lose the last deletes when the power fails. A copy of the file brings back what it holds: delete it, or the table, when
///   you restore one. The file must be on a local disk. You may remove or replace it at any time, together with its `-wal` and
///   `-shm`: each process that has it open uses the new one from its next call on. Never remove only these two, because
///   the log holds writes that are not in the file yet.
/// - `MySQL`: `innodb_flush_log_at_trx_commit` must be 1, its default. A promoted replica may lag: empty the table when you
///   promote one. On a Galera cluster `wsrep_sync_wait` must cover reads, or all must ask one node.
///
/// Always give the address of the primary: a replica answers with what was true a while ago.
///
/// ```no_run
/// use cache_core::store::SqlStore;
///
/// # async fn run() -> cache_core::Result<()> {
/// let local = SqlStore::connect("sqlite:///var/cache/app.db?max_entries=100000").await?;
/// let shared = SqlStore::connect("postgres://app:secret@db.internal/app?table=page_cache&pool=16").await?;
/// # Ok(())
/// # }
/// ```
pub struct SqlStore {
    table: Box<dyn AnyStore>,
    shown: String,
}

impl SqlStore {
    /// The store at an address. It connects with its first call, and anew whenever it must: a database that cannot be reached
    /// yet is no error here.
    ///
    /// # Errors
    ///
    /// If the address or an option is wrong, or the feature of its database is not there.
    pub async fn connect(url: &str) -> Result<Self> {
        let mut address = Address::parse(url)?;
        let store = Self::open(&mut address).await?;
        address.finish()?;
        Ok(store)
    }

    /// [`connect`](Self::connect), with the options that are left in the address for others.
    #[expect(clippy::unused_async, reason = "all stores are opened alike")]
    pub(crate) async fn open(address: &mut Address) -> Result<Self> {
        let settings = Settings::take(address)?;
        Ok(Self {
            table: settings.open(address)?,
            shown: address.shown(),
        })
    }
}

impl fmt::Debug for SqlStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("SqlStore").field(&self.shown).finish()
    }
}

impl Store for SqlStore {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        self.table.get(keys).await
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        self.table.put(puts).await
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        self.table.delete(keys).await
    }

    async fn sweep(&self) -> Result<()> {
        self.table.sweep().await
    }

    fn address(&self) -> String {
        self.shown.clone()
    }

    fn doing(&self) -> Option<String> {
        self.table.doing()
    }
}

/// A row of three columns: key, value, milliseconds that are left.
fn kept<R: sqlx::Row>(row: &R) -> sqlx::Result<RowRead>
where
    usize: sqlx::ColumnIndex<R>,
    for<'r> Vec<u8>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    for<'r> i64: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    let left: Option<i64> = row.try_get(2)?;
    let left = left.map(|left| Duration::from_millis(u64::try_from(left).unwrap_or(0)));
    Ok(RowRead {
        key: row.try_get(0)?,
        found: Found {
            value: row.try_get::<Vec<u8>, _>(1)?.into(),
            left,
        },
    })
}

/// What became of a row.
fn one_of(written: bool) -> Written {
    if written { Written::Yes } else { Written::No }
}
