//! `SQLite`.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use cache_core::store::{Store, Written};
use cache_core::testing::conformance;
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};

use crate::tables::{read, store, told, until, write};

/// A folder that is removed with its test.
struct Place(PathBuf);

fn place() -> Place {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("cache-sqlite-{}-{number}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir(&folder).unwrap();
    Place(folder)
}

impl Place {
    fn url(&self) -> String {
        format!("sqlite://{}/cache.db", self.0.display())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn rows(place: &Place, table: &str) -> i64 {
    let mut connection = SqliteConnection::connect(&place.url()).await.unwrap();
    let text = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    sqlx::query_scalar(text)
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

crate::contract::of_a_database!();

#[tokio::test]
async fn memory_keeps_the_contract_too() {
    conformance(store("sqlite::memory:").await).await;
}

#[tokio::test]
async fn nobody_else_may_read_the_file() {
    let place = place();
    let store = store(&place.url()).await;
    write(&store, b"k", b"v").await;
    let mut files = 0;
    for file in std::fs::read_dir(&place.0).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", file.file_name());
        files += 1;
    }
    assert!(files >= 2, "the log of writes is not there");
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_said() {
    let store = store("sqlite:///nowhere/at/all/cache.db").await;
    let error = store.get(&[b"k"]).await.unwrap_err();
    assert!(told(&error).contains("No such file"), "{}", told(&error));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_said() {
    let place = place();
    std::fs::write(place.0.join("cache.db"), "text, and more of it".repeat(100)).unwrap();
    let store = store(&place.url()).await;
    let error = store.get(&[b"k"]).await.unwrap_err();
    assert!(told(&error).contains("not a database"), "{}", told(&error));
}

#[tokio::test]
async fn a_file_that_another_process_locks_is_waited_for() {
    let place = place();
    let store = store(&place.url()).await;
    write(&store, b"k", b"1").await;
    let mut other = SqliteConnection::connect(&place.url()).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();
    let store = std::sync::Arc::new(store);
    let writing = tokio::spawn({
        let store = store.clone();
        async move { write(&store, b"k", b"2").await }
    });
    until("a read beside the lock", || async {
        read(&store, b"k").await.as_deref() == Some(b"1")
    })
    .await;
    sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
    assert_eq!(writing.await.unwrap(), Written::Yes);
    assert_eq!(read(&store, b"k").await.as_deref(), Some(&b"2"[..]));
}

#[tokio::test]
async fn what_was_written_outlives_the_store() {
    let place = place();
    write(&store(&place.url()).await, b"k", b"1").await;
    assert_eq!(
        read(&store(&place.url()).await, b"k").await.as_deref(),
        Some(&b"1"[..])
    );
}

/// Two programs have the file open, an operator removes the files with these `ends`, and one of the programs goes on.
async fn removed_beside_two(ends: &[&str]) {
    let place = place();
    let (one, other) = (store(&place.url()).await, store(&place.url()).await);
    write(&one, b"k", b"old").await;
    assert_eq!(read(&other, b"k").await.as_deref(), Some(&b"old"[..]));
    for end in ends {
        std::fs::remove_file(place.0.join(format!("cache.db{end}"))).unwrap();
    }
    other.delete(&[b"k"]).await.unwrap();
    assert_eq!(read(&one, b"k").await, None, "{ends:?}");
    write(&other, b"k", b"new").await;
    assert_eq!(read(&one, b"k").await.as_deref(), Some(&b"new"[..]));
    write(&one, b"k", b"newer").await;
    assert_eq!(read(&other, b"k").await.as_deref(), Some(&b"newer"[..]));
}

#[tokio::test]
async fn a_file_that_was_removed_is_not_used_any_more() {
    removed_beside_two(&["", "-wal", "-shm"]).await;
    removed_beside_two(&[""]).await;
}

/// Replaces our file by another one, as an operator may.
#[tokio::test]
async fn a_file_that_was_replaced_is_not_used_any_more() {
    let place = place();
    let one = store(&place.url()).await;
    write(&one, b"k", b"old").await;
    assert!(read(&one, b"k").await.is_some());
    let other = self::place();
    write(&store(&other.url()).await, b"k", b"new").await;
    let mut connection = SqliteConnection::connect(&other.url()).await.unwrap();
    let all_of_it = "PRAGMA wal_checkpoint(TRUNCATE)";
    connection.execute(all_of_it).await.unwrap();
    for end in ["-wal", "-shm"] {
        std::fs::remove_file(place.0.join(format!("cache.db{end}"))).unwrap();
    }
    std::fs::rename(other.0.join("cache.db"), place.0.join("cache.db")).unwrap();
    assert_eq!(read(&one, b"k").await.as_deref(), Some(&b"new"[..]));
}

#[tokio::test]
async fn a_file_that_is_gone_is_made_again_by_the_next_call() {
    let place = place();
    let store = store(&place.url()).await;
    write(&store, b"k", b"old").await;
    for removed in [&["", "-wal", "-shm"][..], &[""]] {
        for end in removed {
            std::fs::remove_file(place.0.join(format!("cache.db{end}"))).unwrap();
        }
        assert_eq!(read(&store, b"k").await, None);
        assert_eq!(write(&store, b"k", b"new").await, Written::Yes);
        assert_eq!(read(&store, b"k").await.as_deref(), Some(&b"new"[..]));
        assert_eq!(rows(&place, "cache_entries").await, 1);
    }
}

/// Writes to a log that was removed are not visible to other programs.
#[tokio::test]
async fn a_log_that_was_removed_is_not_written_any_more() {
    let place = place();
    let store = store(&place.url()).await;
    write(&store, b"k", b"old").await;
    let mut connection = SqliteConnection::connect(&place.url()).await.unwrap();
    let all_of_it = "PRAGMA wal_checkpoint(TRUNCATE)";
    connection.execute(all_of_it).await.unwrap();
    connection.close().await.unwrap();
    for end in ["-wal", "-shm"] {
        std::fs::remove_file(place.0.join(format!("cache.db{end}"))).unwrap();
    }
    store.delete(&[b"k"]).await.unwrap();
    assert_eq!(rows(&place, "cache_entries").await, 0);
    write(&store, b"k", b"new").await;
    assert_eq!(rows(&place, "cache_entries").await, 1);
}
