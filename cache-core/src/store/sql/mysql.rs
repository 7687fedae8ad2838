//! `MySQL` and `MariaDB`. Of a statement over many rows they say only how many they changed, so that a row with a condition
//! has a statement of its own.

use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::mysql::{MySqlConnectOptions, MySqlRow};
use sqlx::{AssertSqlSafe, Executor, MySqlConnection};

use super::driver::{Driver, RowRead, RowWrite, Tries, Which};
use super::lists;
use super::name::TableName;
use super::pool::Pool;
use super::{kept, one_of};
use crate::store::{When, Written};

/// The zone of the session is UTC, so that no hour comes twice.
const NOW: &str = "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)";

/// Without locks on what lies between rows, which make those who write neighbours wait for each other.
const OPENING: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";

/// What a message holds beside its value.
const AROUND: usize = 4 * 1_024;

/// What every server takes.
const AT_LEAST: usize = 1 << 20;

#[derive(Debug)]
pub(super) struct MySql {
    pool: Pool<MySqlConnection>,
    table: String,
    /// How long a message the server takes.
    longest: AtomicUsize,
}

impl MySql {
    pub(super) fn new(options: MySqlConnectOptions, name: &TableName, pool: usize) -> Self {
        let options = options.timezone(Some("+00:00".to_owned()));
        Self {
            pool: Pool::new(options, OPENING, pool),
            table: name.table('`'),
            longest: AtomicUsize::new(AT_LEAST),
        }
    }

    /// Writes all of these.
    async fn replace(
        &self,
        connection: &mut MySqlConnection,
        group: &[RowWrite],
    ) -> sqlx::Result<()> {
        let table = &self.table;
        let new = vec![format!("(?, ?, {NOW} + ?)"); group.len()].join(", ");
        let text = format!(
            "INSERT INTO {table} (cache_key, cache_value, expires_at) VALUES {new} \
             ON DUPLICATE KEY UPDATE cache_value = VALUES(cache_value), expires_at = VALUES(expires_at)"
        );
        let mut query = sqlx::query(AssertSqlSafe(text));
        for row in group {
            query = query.bind(&*row.key).bind(&*row.value).bind(row.ttl);
        }
        query.execute(connection).await?;
        Ok(())
    }

    /// Writes a row where there is none. `ON DUPLICATE KEY UPDATE` could do both of this in one, and would count one row
    /// whether it wrote or not.
    async fn insert(&self, connection: &mut MySqlConnection, row: &RowWrite) -> sqlx::Result<bool> {
        let table = &self.table;
        let insert = format!(
            "INSERT IGNORE INTO {table} (cache_key, cache_value, expires_at) VALUES (?, ?, {NOW} + ?)"
        );
        let query = sqlx::query(AssertSqlSafe(insert));
        let query = query.bind(&*row.key).bind(&*row.value).bind(row.ttl);
        if query.execute(&mut *connection).await?.rows_affected() > 0 {
            return Ok(true);
        }
        let expired = format!("expires_at <= {NOW}");
        self.update(connection, row, &expired, None).await
    }

    /// Writes over a row that meets a condition. The count is of the rows that met it, changed or not: so sqlx asks for it.
    async fn update(
        &self,
        connection: &mut MySqlConnection,
        row: &RowWrite,
        condition: &str,
        token: Option<&[u8]>,
    ) -> sqlx::Result<bool> {
        let table = &self.table;
        let text = format!(
            "UPDATE {table} SET cache_value = ?, expires_at = {NOW} + ? WHERE cache_key = ? AND {condition}"
        );
        let query = sqlx::query(AssertSqlSafe(text));
        let query = query.bind(&*row.value).bind(row.ttl).bind(&*row.key);
        let query = match token {
            Some(token) => query.bind(token),
            None => query,
        };
        Ok(query.execute(connection).await?.rows_affected() > 0)
    }

    async fn write(
        &self,
        connection: &mut MySqlConnection,
        rows: &[RowWrite],
    ) -> sqlx::Result<Vec<Written>> {
        let Some(row) = rows.first() else {
            return Ok(Vec::new());
        };
        let written = match row.when {
            When::Always => {
                self.replace(connection, rows).await?;
                true
            }
            When::Absent => self.insert(connection, row).await?,
            When::Is(token) => {
                let is = format!(
                    "LEFT(cache_value, 16) = ? AND (expires_at IS NULL OR expires_at > {NOW})"
                );
                self.update(connection, row, &is, Some(&token.0)).await?
            }
        };
        Ok(vec![one_of(written); rows.len()])
    }

    async fn write_group(
        &self,
        connection: &mut MySqlConnection,
        group: &[RowWrite],
    ) -> sqlx::Result<Vec<Written>> {
        let together = match group.first().map(|row| row.when) {
            Some(When::Always) => group.len(),
            _ => 1,
        };
        let mut all = Vec::with_capacity(group.len());
        for rows in group.chunks(together) {
            let mut tries = Tries::default();
            all.extend(loop {
                let done = self.write(connection, rows).await;
                if !tries.again(&done) {
                    break done?;
                }
            });
        }
        Ok(all)
    }
}

impl Driver for MySql {
    async fn create(&self) -> sqlx::Result<()> {
        let table = &self.table;
        let mut connection = self.pool.lend().await?;
        let longest = sqlx::query_scalar::<_, u64>("SELECT @@max_allowed_packet")
            .fetch_one(&mut *connection)
            .await?;
        let longest = usize::try_from(longest).unwrap_or(usize::MAX);
        self.longest.store(longest, Ordering::Relaxed);
        let look = format!("SELECT cache_key, cache_value, expires_at FROM {table} LIMIT 0");
        let there = connection.execute(AssertSqlSafe(look)).await;
        if let Err(sqlx::Error::Database(_)) = there {
            let make = format!(
                "CREATE TABLE IF NOT EXISTS {table} (cache_key VARBINARY(255) NOT NULL PRIMARY KEY, \
                 cache_value LONGBLOB NOT NULL, expires_at BIGINT, INDEX (expires_at)) ENGINE = InnoDB"
            );
            connection.execute(AssertSqlSafe(make)).await?;
        } else {
            there?;
        }
        connection.give_back();
        Ok(())
    }

    async fn get(&self, keys: &[Vec<u8>]) -> sqlx::Result<Vec<RowRead>> {
        let table = &self.table;
        let mut connection = self.pool.lend().await?;
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
                all.push(kept::<MySqlRow>(row)?);
            }
        }
        connection.give_back();
        Ok(all)
    }

    async fn put(
        &self,
        groups: &[Vec<RowWrite>],
        written: &mut Vec<Vec<Written>>,
    ) -> sqlx::Result<()> {
        let mut connection = self.pool.lend().await?;
        for group in groups {
            written.push(self.write_group(&mut connection, group).await?);
        }
        connection.give_back();
        Ok(())
    }

    async fn delete(&self, keys: &[Vec<u8>]) -> sqlx::Result<()> {
        let table = &self.table;
        let mut connection = self.pool.lend().await?;
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
                    done?;
                    break;
                }
            }
        }
        connection.give_back();
        Ok(())
    }

    async fn remove(&self, which: Which, most: u64) -> sqlx::Result<u64> {
        let (table, clause) = (&self.table, which.clause(NOW));
        let text = format!("DELETE FROM {table} WHERE {clause} LIMIT {most}");
        let mut connection = self.pool.lend().await?;
        let mut tries = Tries::default();
        let removed = loop {
            let query = sqlx::query(AssertSqlSafe(text.clone()));
            let done = query.execute(&mut *connection).await;
            if !tries.again(&done) {
                break done?.rows_affected();
            }
        };
        connection.give_back();
        Ok(removed)
    }

    async fn count(&self) -> sqlx::Result<u64> {
        let text = format!("SELECT count(*) FROM {}", self.table);
        let mut connection = self.pool.lend().await?;
        let query = sqlx::query_scalar::<_, i64>(AssertSqlSafe(text));
        let rows = query.fetch_one(&mut *connection).await?;
        connection.give_back();
        Ok(u64::try_from(rows).unwrap_or(0))
    }

    fn doing(&self) -> Option<String> {
        self.pool.doing()
    }

    fn largest(&self) -> usize {
        self.longest.load(Ordering::Relaxed).saturating_sub(AROUND)
    }
}
