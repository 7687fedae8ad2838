//! `PostgreSQL`: arrays as parameters, so that each kind of call is one statement of one text, whatever the number of keys.

use std::collections::HashSet;

use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row as _};

use super::driver::{Driver, RowRead, RowWrite, Tries, Which};
use super::name::TableName;
use super::pool::Pool;
use super::{kept, one_of};
use crate::store::{When, Written};

/// Of the statement: what waited for a lock counts from before it waited, so that it leaves what has just expired alone.
const NOW: &str = "(extract(epoch FROM statement_timestamp()) * 1000)::bigint";

/// A field holds a gigabyte, and so does the message that brings it.
const LARGEST: usize = 1_000_000_000;

/// The lock under which tables are made, so that two who make the same do not meet: `IF NOT EXISTS` alone lets one fail.
const MAKING: i64 = 0x6361_6368_655f_7462;

#[derive(Debug)]
pub(super) struct Postgres {
    pool: Pool<PgConnection>,
    table: String,
    index: String,
}

impl Postgres {
    pub(super) fn new(options: PgConnectOptions, name: &TableName, pool: usize) -> Self {
        Self {
            pool: Pool::new(options, "", pool),
            table: name.table('"'),
            index: name.index('"'),
        }
    }

    /// Writes those of a group whose condition is met, and gives back their keys.
    fn writing(&self, when: When) -> String {
        let table = &self.table;
        let new =
            "unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::bytea[]) AS new (k, v, ttl, token)";
        if let When::Is(_) = when {
            return format!(
                "UPDATE {table} AS old SET cache_value = new.v, expires_at = {NOW} + new.ttl FROM {new} \
                 WHERE old.cache_key = new.k AND substring(old.cache_value FROM 1 FOR 16) = new.token \
                 AND (old.expires_at IS NULL OR old.expires_at > {NOW}) RETURNING old.cache_key"
            );
        }
        let condition = match when {
            When::Absent => format!("WHERE old.expires_at <= {NOW}"),
            _ => String::new(),
        };
        // In the order of the keys, so that two who write the same rows wait for each other in turn.
        format!(
            "INSERT INTO {table} AS old (cache_key, cache_value, expires_at) \
             SELECT k, v, {NOW} + ttl FROM {new} ORDER BY k \
             ON CONFLICT (cache_key) DO UPDATE SET cache_value = excluded.cache_value, \
             expires_at = excluded.expires_at {condition} RETURNING cache_key"
        )
    }

    async fn write(
        &self,
        connection: &mut PgConnection,
        group: &[RowWrite],
    ) -> sqlx::Result<Vec<Written>> {
        let Some(first) = group.first() else {
            return Ok(Vec::new());
        };
        let keys: Vec<&[u8]> = group.iter().map(|row| &*row.key).collect();
        let values: Vec<&[u8]> = group.iter().map(|row| &*row.value).collect();
        let ttls: Vec<Option<i64>> = group.iter().map(|row| row.ttl).collect();
        let tokens: Vec<Option<Vec<u8>>> = group.iter().map(RowWrite::token).collect();
        let query = sqlx::query(AssertSqlSafe(self.writing(first.when)))
            .bind(keys)
            .bind(values)
            .bind(ttls)
            .bind(tokens);
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
}

impl Driver for Postgres {
    async fn create(&self) -> sqlx::Result<()> {
        let (table, index) = (&self.table, &self.index);
        let mut connection = self.pool.lend().await?;
        let look = format!("SELECT cache_key, cache_value, expires_at FROM {table} LIMIT 0");
        let there = connection.execute(AssertSqlSafe(look)).await;
        if let Err(sqlx::Error::Database(_)) = there {
            // One message of several statements is one transaction, to whose end the lock is held.
            let make = format!(
                "SELECT pg_advisory_xact_lock({MAKING}); \
                 CREATE UNLOGGED TABLE IF NOT EXISTS {table} (cache_key bytea PRIMARY KEY, \
                 cache_value bytea NOT NULL, expires_at bigint); \
                 CREATE INDEX IF NOT EXISTS {index} ON {table} (expires_at)"
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

    async fn get(&self, keys: &[Vec<u8>]) -> sqlx::Result<Vec<RowRead>> {
        let table = &self.table;
        let text = format!(
            "SELECT cache_key, cache_value, expires_at - {NOW} FROM {table} \
             WHERE cache_key = ANY($1) AND (expires_at IS NULL OR expires_at > {NOW})"
        );
        let mut connection = self.pool.lend().await?;
        let query = sqlx::query(AssertSqlSafe(text)).bind(keys);
        let rows = query.fetch_all(&mut *connection).await?;
        connection.give_back();
        rows.iter().map(kept::<PgRow>).collect()
    }

    async fn put(
        &self,
        groups: &[Vec<RowWrite>],
        written: &mut Vec<Vec<Written>>,
    ) -> sqlx::Result<()> {
        let mut connection = self.pool.lend().await?;
        for group in groups {
            let mut tries = Tries::default();
            written.push(loop {
                let done = self.write(&mut connection, group).await;
                if !tries.again(&done) {
                    break done?;
                }
            });
        }
        connection.give_back();
        Ok(())
    }

    async fn delete(&self, keys: &[Vec<u8>]) -> sqlx::Result<()> {
        let table = &self.table;
        let text = format!(
            "WITH gone AS (SELECT cache_key FROM {table} WHERE cache_key = ANY($1) ORDER BY cache_key FOR UPDATE) \
             DELETE FROM {table} AS old USING gone WHERE old.cache_key = gone.cache_key"
        );
        let mut connection = self.pool.lend().await?;
        let mut tries = Tries::default();
        loop {
            let query = sqlx::query(AssertSqlSafe(text.clone())).bind(keys);
            let done = query.execute(&mut *connection).await;
            if !tries.again(&done) {
                done?;
                break;
            }
        }
        connection.give_back();
        Ok(())
    }

    async fn remove(&self, which: Which, most: u64) -> sqlx::Result<u64> {
        let table = &self.table;
        let clause = which.clause(NOW);
        // Rows that somebody is writing are left to the next sweep.
        let text = format!(
            "DELETE FROM {table} WHERE ctid = ANY(ARRAY(\
             SELECT ctid FROM {table} WHERE {clause} LIMIT {most} FOR UPDATE SKIP LOCKED))"
        );
        let mut connection = self.pool.lend().await?;
        let query = sqlx::query(AssertSqlSafe(text));
        let removed = query.execute(&mut *connection).await?.rows_affected();
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
        LARGEST
    }
}
