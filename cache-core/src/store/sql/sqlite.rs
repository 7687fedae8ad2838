//! `SQLite`: one connection writes, others read beside it.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection, Executor, Row as _, SqliteConnection};

use self::file::DbFile;
use self::writing::writing;
use super::driver::{self, Driver, RowRead, RowWrite, Tries, Which};
use super::lists;
use super::name::TableName;
use super::pool::{Pool, PooledConn};
use super::{kept, one_of};
use crate::store::Written;

mod file;
mod room;
mod writing;

const NOW: &str = "CAST(round(unixepoch('subsec') * 1000) AS INTEGER)";

/// What `SQLite` is compiled to take, less the key.
const LARGEST: usize = 1_000_000_000 - 1_024;

/// How long a writer waits for those of other processes.
const BUSY: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Sqlite {
    /// `None` in memory.
    file: Option<Arc<DbFile>>,
    writer: Pool<SqliteConnection>,
    /// `None` in memory, where a database is one connection.
    readers: Option<Pool<SqliteConnection>>,
    table: String,
    index: String,
    /// Whether the disk had little left when something was written last.
    was_short: AtomicBool,
}

impl Sqlite {
    /// Without a file: in memory.
    pub(super) fn new(file: Option<PathBuf>, name: &TableName, pool: usize) -> Self {
        let mut options = SqliteConnectOptions::new().busy_timeout(BUSY);
        match &file {
            // The file is made by us, or not at all.
            Some(file) => {
                options = options
                    .filename(file)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full);
            }
            None => options = options.in_memory(true),
        }
        // One more than the calls that queue use: see `has_spare_reader`.
        let readers = || Pool::new(options.clone(), "", pool + 1);
        Self {
            readers: file.is_some().then(readers),
            writer: Pool::new(options, "", 1),
            file: file.map(|file| Arc::new(DbFile::new(file))),
            table: name.table('"'),
            index: name.index('"'),
            was_short: AtomicBool::new(false),
        }
    }

    async fn reader(&self) -> sqlx::Result<PooledConn<SqliteConnection>> {
        self.readers.as_ref().unwrap_or(&self.writer).lend().await
    }

    async fn write(
        &self,
        connection: &mut SqliteConnection,
        group: &[RowWrite],
    ) -> sqlx::Result<Vec<Written>> {
        let Some(first) = group.first() else {
            return Ok(Vec::new());
        };
        let mut query = sqlx::query(AssertSqlSafe(writing(&self.table, first.when, group.len())));
        for row in group {
            query = query
                .bind(&*row.key)
                .bind(&*row.value)
                .bind(row.ttl)
                .bind(row.token());
        }
        let rows = query.fetch_all(connection).await?;
        let written: HashSet<Vec<u8>> = rows
            .iter()
            .map(|row| row.try_get(0))
            .collect::<sqlx::Result<_>>()?;
        Ok(group
            .iter()
            .map(|row| one_of(written.contains(&row.key)))
            .collect())
    }

    /// All groups at once: to end a transaction is to wait for the disk.
    async fn write_all(
        &self,
        connection: &mut SqliteConnection,
        groups: &[Vec<RowWrite>],
    ) -> sqlx::Result<Vec<Vec<Written>>> {
        if let [group] = groups {
            return Ok(vec![self.write(connection, group).await?]);
        }
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let mut all = Vec::with_capacity(groups.len());
        for group in groups {
            all.push(self.write(&mut transaction, group).await?);
        }
        transaction.commit().await?;
        Ok(all)
    }

    async fn make(&self) -> sqlx::Result<()> {
        let (table, index) = (&self.table, &self.index);
        let mut connection = self.writer.lend().await?;
        let look = format!("SELECT cache_key, cache_value, expires_at FROM {table} LIMIT 0");
        let there = connection.execute(AssertSqlSafe(look)).await;
        if let Err(sqlx::Error::Database(_)) = there {
            let make = format!(
                "BEGIN IMMEDIATE; \
                 CREATE TABLE IF NOT EXISTS {table} (cache_key BLOB PRIMARY KEY NOT NULL, \
                 cache_value BLOB NOT NULL, expires_at INTEGER); \
                 CREATE INDEX IF NOT EXISTS {index} ON {table} (expires_at); \
                 COMMIT"
            );
            sqlx::raw_sql(AssertSqlSafe(make))
                .execute(&mut *connection)
                .await?;
        } else {
            there?;
        }
        connection.give_back();
        Ok(())
    }
}

impl Driver for Sqlite {
    async fn create(&self) -> sqlx::Result<()> {
        let mut made = None;
        if let Some(file) = self.file.clone() {
            let making = tokio::task::spawn_blocking(move || file.make()).await;
            made = making.map_err(|error| sqlx::Error::Io(error.into()))??;
            for pool in self.readers.iter().chain([&self.writer]) {
                pool.renew();
            }
        }
        let mut tries = Tries::default();
        loop {
            // The change to a log of writes does not wait for those who make the same change.
            let done = self.make().await;
            if !tries.again(&done) {
                if let (Ok(()), Some(file)) = (&done, &self.file) {
                    file.opened(made);
                }
                return done;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn is_there(&self) -> bool {
        self.file.as_ref().is_none_or(|file| file.is_open())
    }

    async fn get(&self, keys: &[Vec<u8>]) -> sqlx::Result<Vec<RowRead>> {
        let table = &self.table;
        let mut connection = self.reader().await?;
        let mut all = Vec::new();
        for keys in keys.chunks(lists::KEYS) {
            let (marks, bound) = lists::keys(keys);
            let text = format!(
                "SELECT cache_key, cache_value, expires_at - {NOW} FROM {table} \
                 WHERE cache_key IN ({marks}) AND (expires_at IS NULL OR expires_at > {NOW})"
            );
            let query = bound.fold(sqlx::query(AssertSqlSafe(text)), |query, key| {
                query.bind(key)
            });
            let rows = query.fetch_all(&mut *connection).await?;
            for row in &rows {
                all.push(kept::<SqliteRow>(row)?);
            }
        }
        connection.give_back();
        Ok(all)
    }

    fn writes_alone(&self) -> bool {
        true
    }

    fn has_spare_reader(&self) -> bool {
        self.readers.is_some()
    }

    async fn put(
        &self,
        groups: &[Vec<RowWrite>],
        written: &mut Vec<Vec<Written>>,
    ) -> sqlx::Result<()> {
        let mut connection = self.writer.lend().await?;
        let mut tries = Tries::default();
        let rows = groups.iter().flatten();
        let bytes = rows.map(|row| row.key.len() + row.value.len()).sum();
        self.bound(&mut connection, bytes).await?;
        let mut is_full = false;
        *written = loop {
            let done = self.write_all(&mut connection, groups).await;
            if done.as_ref().err().is_some_and(driver::is_full) && !is_full {
                is_full = true;
                let _ = self.make_room(&mut connection).await;
            } else if !tries.again(&done) {
                self.keep_log_free(&mut connection).await;
                break done?;
            }
        };
        connection.give_back();
        Ok(())
    }

    async fn delete(&self, keys: &[Vec<u8>]) -> sqlx::Result<()> {
        let table = &self.table;
        let mut connection = self.writer.lend().await?;
        for keys in keys.chunks(lists::KEYS) {
            let mut tries = Tries::default();
            loop {
                let (marks, bound) = lists::keys(keys);
                let text = format!("DELETE FROM {table} WHERE cache_key IN ({marks})");
                let query = bound.fold(sqlx::query(AssertSqlSafe(text)), |query, key| {
                    query.bind(key)
                });
                let done = query.execute(&mut *connection).await;
                if !tries.again(&done) {
                    self.keep_log_free(&mut connection).await;
                    done?;
                    break;
                }
            }
        }
        connection.give_back();
        Ok(())
    }

    async fn remove(&self, which: Which, most: u64) -> sqlx::Result<u64> {
        let table = &self.table;
        let clause = which.clause(NOW);
        let text = format!(
            "DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE {clause} LIMIT {most})"
        );
        let mut connection = self.writer.lend().await?;
        let query = sqlx::query(AssertSqlSafe(text));
        let removed = query.execute(&mut *connection).await?.rows_affected();
        connection.give_back();
        Ok(removed)
    }

    async fn count(&self) -> sqlx::Result<u64> {
        let text = format!("SELECT count(*) FROM {}", self.table);
        let mut connection = self.reader().await?;
        let query = sqlx::query_scalar::<_, i64>(AssertSqlSafe(text));
        let rows = query.fetch_one(&mut *connection).await?;
        connection.give_back();
        Ok(u64::try_from(rows).unwrap_or(0))
    }

    fn doing(&self) -> Option<String> {
        let mut pools = self.readers.iter().chain([&self.writer]);
        pools.find_map(Pool::doing)
    }

    fn largest(&self) -> usize {
        LARGEST
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    use tokio::time::timeout;

    use super::*;
    use crate::store::sql::table::Table;
    use crate::store::{Put, Store, When};

    /// A caller that is alone reads on its own thread. One that asks once, and then is busy elsewhere, would hold up all others if it
    /// made the table there.
    #[tokio::test]
    async fn the_table_is_made_by_no_caller_that_is_alone() {
        let name = format!("cache-lone-{}", std::process::id());
        let file = std::env::temp_dir().join(name).with_extension("db");
        let table = TableName::new("t").unwrap();
        let table = Table::new(Sqlite::new(Some(file.clone()), &table, 1), 1, None);
        let mut alone = pin!(table.get(&[b"key"]));
        let asked = poll_fn(|context| Poll::Ready(alone.as_mut().poll(context))).await;
        assert!(asked.is_pending());
        let put = Put {
            key: b"key",
            value: &[7; 16],
            ttl: None,
            when: When::Always,
        };
        let written = timeout(BUSY, table.put(&[put])).await;
        assert_eq!(written.expect("in time").unwrap(), [Written::Yes]);
        alone.await.unwrap();
        for end in ["db", "db-wal", "db-shm"] {
            let _ = std::fs::remove_file(file.with_extension(end));
        }
    }

    #[tokio::test]
    async fn who_writes_waits_for_the_disk_and_for_others() {
        let name = format!("cache-sync-{}", std::process::id());
        let file = std::env::temp_dir().join(name).with_extension("db");
        let table = TableName::new("t").unwrap();
        let sqlite = Sqlite::new(Some(file.clone()), &table, 1);
        sqlite.create().await.unwrap();
        let mut connection = sqlite.writer.lend().await.unwrap();
        let mut pragma = Vec::new();
        for name in ["synchronous", "busy_timeout"] {
            let text = AssertSqlSafe(format!("PRAGMA {name}"));
            let query = sqlx::query_scalar::<_, i64>(text);
            pragma.push(query.fetch_one(&mut *connection).await.unwrap());
        }
        let mode = sqlx::query_scalar::<_, String>("PRAGMA journal_mode");
        let mode = mode.fetch_one(&mut *connection).await.unwrap();
        for end in ["db", "db-wal", "db-shm"] {
            let _ = std::fs::remove_file(file.with_extension(end));
        }
        // 2 is FULL.
        assert_eq!((&*pragma, &*mode), (&[2, 5_000][..], "wal"));
    }
}
