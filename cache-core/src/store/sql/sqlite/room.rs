//! A disk that is full. To remove a row is to write to the log, which must have room for it.
//!
//! What the file has taken over from the log may be written over: a log without anything of its own takes as much again as it
//! once did, whatever the disk has left. While the disk is short, each write leaves it so, and the file grows only as far as
//! leaves room for the log.

use std::path::Path;
use std::sync::atomic::Ordering;

use sqlx::{AssertSqlSafe, Executor, SqliteConnection};

use super::{NOW, Sqlite};
use crate::store::sql::driver::{Which, is_full};

/// A disk with less than this is short: several times what the log takes, and the file with it.
const SHORT: u64 = 16 << 20;

/// The most pages that a file may have.
const PAGES: u64 = 4_294_967_294;

/// What is left to the log, beside twice what is written.
const RESERVE: u64 = 128 << 10;

/// A fifth of the rows goes when room is needed.
const PART: u64 = 5;

impl Sqlite {
    /// Lets the file grow by what the disk can spare, when so many bytes are to be written.
    pub(super) async fn bound(
        &self,
        connection: &mut SqliteConnection,
        bytes: usize,
    ) -> sqlx::Result<()> {
        let Some(left) = self.file.as_ref().and_then(|file| left(file.path())) else {
            return Ok(());
        };
        let is_short = left < SHORT;
        if !self.was_short.swap(is_short, Ordering::Relaxed) && !is_short {
            return Ok(());
        }
        let most = if is_short {
            let sizes = "SELECT page_count, page_size FROM pragma_page_count, pragma_page_size";
            let (pages, size): (i64, i64) =
                sqlx::query_as(sizes).fetch_one(&mut *connection).await?;
            let reserve = RESERVE + 2 * bytes as u64;
            let more = left.saturating_sub(reserve) / u64::try_from(size).unwrap_or(1).max(1);
            u64::try_from(pages).unwrap_or(0) + more
        } else {
            PAGES
        };
        let bound = AssertSqlSafe(format!("PRAGMA max_page_count = {most}"));
        connection.execute(bound).await?;
        Ok(())
    }

    /// What was written is in the file, if the disk is short. Without the file, or while others read what was there before,
    /// it is later.
    pub(super) async fn keep_log_free(&self, connection: &mut SqliteConnection) {
        let is_short = self.file.as_ref().and_then(|file| left(file.path()));
        if is_short.is_some_and(|left| left < SHORT) {
            let _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").await;
        }
    }

    /// Removes a part of the rows: those that have expired, and then those that will soonest.
    pub(super) async fn make_room(&self, connection: &mut SqliteConnection) -> sqlx::Result<()> {
        let table = &self.table;
        let count = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let count = sqlx::query_scalar::<_, i64>(count);
        let count = count.fetch_one(&mut *connection).await?;
        let mut left = u64::try_from(count).unwrap_or(0).div_ceil(PART);
        let mut step = left;
        for which in [Which::Expired, Which::Soonest, Which::Lasting] {
            while left > 0 {
                free_log(connection).await;
                let (clause, most) = (which.clause(NOW), step.min(left));
                let text = AssertSqlSafe(format!(
                    "DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE {clause} LIMIT {most})"
                ));
                match connection.execute(text).await {
                    Ok(done) if done.rows_affected() == 0 => break,
                    Ok(done) => left = left.saturating_sub(done.rows_affected()),
                    // The log has no room for so many pages at once.
                    Err(error) if is_full(&error) && step > 1 => step /= 2,
                    Err(error) => return Err(error),
                }
            }
        }
        free_log(connection).await;
        Ok(())
    }
}

/// The next write begins at the start of the log again.
async fn free_log(connection: &mut SqliteConnection) {
    let _ = connection.execute("PRAGMA wal_checkpoint(RESTART)").await;
}

/// How many bytes the disk of a file has left.
#[cfg(unix)]
fn left(file: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(file).ok()?;
    Some(disk.f_frsize.saturating_mul(disk.f_bavail))
}

/// Unknown there.
#[cfg(not(unix))]
fn left(_: &Path) -> Option<u64> {
    None
}
