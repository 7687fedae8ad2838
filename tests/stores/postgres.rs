//! `PostgreSQL`.

use std::time::{Duration, Instant};

use cache_core::SqlStore;
use cache_core::store::{Store, Written};
use cache_tests::servers::{Server, postgres, postgres_with};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::tables::{self, read, store, told, until, with, write};

fn place() -> Server {
    postgres()
}

/// Runs a statement on a connection of its own.
async fn tell(server: &Server, text: &str) {
    let mut connection = PgConnection::connect(&server.url()).await.unwrap();
    let text = AssertSqlSafe(text.to_owned());
    sqlx::raw_sql(text).execute(&mut connection).await.unwrap();
}

async fn rows(server: &Server, table: &str) -> i64 {
    let mut connection = PgConnection::connect(&server.url()).await.unwrap();
    let text = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    sqlx::query_scalar(text)
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

crate::contract::of_a_database!();

#[tokio::test]
async fn a_call_is_one_statement_and_counts_nothing() {
    let server = postgres_with(&["-c", "log_statement=all"]);
    let store = store(&server.url()).await;
    let keys: Vec<[u8; 1]> = (0..100).map(|key| [key]).collect();
    let keys: Vec<&[u8]> = keys.iter().map(|key| &key[..]).collect();
    let puts: Vec<_> = keys
        .iter()
        .map(|key| tables::put(key, b"v", cache_core::store::When::Always))
        .collect();
    store.put(&puts).await.unwrap();
    // The sweep after the first write is over.
    store.sweep().await.unwrap();
    let log = || std::fs::read_to_string(server.folder().join("log")).unwrap();
    let before = log().len();
    store.get(&keys).await.unwrap();
    store.put(&puts).await.unwrap();
    store.delete(&keys).await.unwrap();
    tell(&server, "SELECT 'the end'").await;
    until("the log", || async { log()[before..].contains("the end") }).await;
    let log = log();
    let lines = log[before..].lines().filter(|line| {
        (line.contains("LOG:  execute") || line.contains("LOG:  statement"))
            && line.contains("cache_entries")
    });
    let lines: Vec<&str> = lines.collect();
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert!(
        lines[0].contains("SELECT") && lines[1].contains("INSERT") && lines[2].contains("DELETE")
    );
    assert!(!log[before..].contains("count("), "{log}");
}

#[tokio::test]
async fn a_crash_of_the_server_brings_nothing_back() {
    let server = postgres();
    let store = store(&server.url()).await;
    write(&store, b"deleted", b"1").await;
    write(&store, b"kept", b"1").await;
    tell(&server, "CHECKPOINT").await;
    store.delete(&[b"deleted"]).await.unwrap();
    server.kill();
    let start = Instant::now();
    let error = store.get(&[b"kept"]).await.unwrap_err();
    assert!(error.is_store(), "{}", told(&error));
    assert!(start.elapsed() < Duration::from_secs(5));
    server.start_again();
    until("the store", || async {
        store.get(&[b"kept"]).await.is_ok()
    })
    .await;
    assert_eq!(read(&store, b"deleted").await, None);
    assert_eq!(write(&store, b"kept", b"2").await, Written::Yes);
    assert_eq!(read(&store, b"kept").await.as_deref(), Some(&b"2"[..]));
}

#[tokio::test]
async fn after_a_restart_the_first_call_of_an_idle_store_passes() {
    let server = postgres();
    let store = store(&server.url()).await;
    write(&store, b"k", b"1").await;
    server.kill();
    server.start_again();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(write(&store, b"k", b"2").await, Written::Yes);
}

#[tokio::test]
async fn a_server_that_is_not_there_yet_is_no_error_of_the_constructor() {
    let server = postgres();
    server.kill();
    let store = store(&server.url()).await;
    let start = Instant::now();
    let error = store.get(&[b"k"]).await.unwrap_err();
    assert!(told(&error).contains("refused"), "{}", told(&error));
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "a refusal needs no waiting"
    );
    server.start_again();
    assert_eq!(write(&store, b"k", b"1").await, Written::Yes);
}

#[tokio::test]
async fn an_answer_that_comes_late_reaches_nobody_else() {
    let server = postgres();
    let store = store(&with(&server.url(), "pool=2")).await;
    for key in 0..20_u8 {
        write(&store, &[key], &[key]).await;
    }
    server.pause();
    for key in 0..10_u8 {
        let key = [key];
        let keys = [&key[..]];
        let call = tokio::time::timeout(Duration::from_millis(20), store.get(&keys));
        assert!(
            call.await.is_err(),
            "a server that stands still has answered"
        );
    }
    server.go_on();
    for key in 10..20_u8 {
        until("an answer", || async { store.get(&[&[key]]).await.is_ok() }).await;
        assert_eq!(read(&store, &[key]).await.as_deref(), Some(&[key][..]));
    }
}

#[tokio::test]
async fn a_table_that_was_dropped_is_made_again() {
    let server = postgres();
    let store = store(&server.url()).await;
    write(&store, b"k", b"1").await;
    tell(&server, "DROP TABLE cache_entries").await;
    assert!(store.get(&[b"k"]).await.is_err());
    assert_eq!(read(&store, b"k").await, None);
}

#[tokio::test]
async fn a_database_that_only_reads_says_so() {
    let server = postgres();
    let first = store(&server.url()).await;
    write(&first, b"k", b"1").await;
    tell(
        &server,
        "ALTER DATABASE postgres SET default_transaction_read_only = on",
    )
    .await;
    let store = store(&server.url()).await;
    assert_eq!(read(&store, b"k").await.as_deref(), Some(&b"1"[..]));
    let error = store.delete(&[b"k"]).await.unwrap_err();
    assert!(
        told(&error).contains("read-only transaction"),
        "{}",
        told(&error)
    );
}

#[tokio::test]
async fn an_account_that_may_not_create_uses_what_is_there() {
    let server = postgres();
    write(&store(&server.url()).await, b"k", b"1").await;
    tell(
        &server,
        "CREATE ROLE guest LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON cache_entries TO guest",
    )
    .await;
    let url = server.url().replace("cache@", "guest@");
    let guest = store(&url).await;
    assert_eq!(write(&guest, b"k", b"2").await, Written::Yes);
    let other = store(&with(&url, "table=other")).await;
    let error = other.get(&[b"k"]).await.unwrap_err();
    assert!(
        told(&error).contains("permission denied"),
        "{}",
        told(&error)
    );
}

#[tokio::test]
async fn what_is_wrong_with_an_address_is_said() {
    for (url, fault) in [
        ("postgres://u:secret@h/d?tabel=x", "`tabel`"),
        ("postgres://u:secret@h/d?table=", "`table=`"),
        ("postgres://u:secret@h/d?pool=0", "`pool=0`"),
        ("postgres://u:secret@h/d?max_entries=-1", "`max_entries=-1`"),
        ("postgres://u:secret@h/d?sslmode=perhaps", "perhaps"),
        ("postgres://u:secret@h/d?password=x", "`password`"),
        ("postgres://u:secret@h:port/d", "port"),
        ("mysql://u:secret@h/d?ssl-mode=perhaps", "perhaps"),
        ("mysql://u:secret@h/d?timezone=x", "`timezone`"),
        ("postgres://", "there is no host"),
        ("postgres:d", "there is no host"),
        ("postgres:///d", "there is no host"),
        ("postgres://u:secret@/d", "there is no host"),
        ("postgres://:5432/d", "there is no host"),
        ("postgres://u:secret@h", "there is no database"),
        ("postgres://u:secret@h/", "there is no database"),
        ("postgres:///?host=/run/postgresql", "there is no database"),
        ("mysql://", "there is no host"),
        ("mysql://u:secret@:3306/d", "there is no host"),
        ("mysql://u:secret@h:3306", "there is no database"),
        ("postgres://u:secret@h/d?schema=", "`schema=`"),
        (
            "postgres://u:secret@h/d?schema=pg_catalog",
            "`schema=pg_catalog`",
        ),
        ("mysql://u:secret@h/d?schema=s", "`schema`"),
        ("sqlite:///tmp/a?schema=s", "`schema`"),
        ("sqlite:///var/cache/", "folder"),
        ("sqlite:///var/cache/..", "folder"),
        ("sqlite:", "the path is missing"),
        ("sqlite:///tmp/a?mode=ro", "`mode`"),
        ("oracle://h/d", "known schemes: sqlite, postgres, mysql"),
    ] {
        let error = SqlStore::connect(url).await.unwrap_err();
        assert!(error.is_invalid_url(), "{url}: {error}");
        let error = error.to_string();
        assert!(error.contains(fault), "{url}: {error}");
        assert!(!error.contains("secret"), "{error}");
    }
    let store = store("postgres://u:secret@127.0.0.1:1/d?sslmode=prefer").await;
    assert!(!format!("{store:?}").contains("secret"), "{store:?}");
    assert!(!told(&store.get(&[b"k"]).await.unwrap_err()).contains("secret"));
}

#[tokio::test]
async fn a_table_may_be_in_a_schema() {
    let place = place();
    tell(&place, "CREATE SCHEMA \"my \"\"app\"").await;
    let own = store(&with(&place.url(), "schema=my%20%22app&table=t")).await;
    let other = store(&with(&place.url(), "table=t")).await;
    write(&own, b"k", b"own").await;
    assert_eq!(read(&other, b"k").await, None);
    write(&other, b"k", b"other").await;
    assert_eq!(read(&own, b"k").await.as_deref(), Some(&b"own"[..]));
    assert_eq!(rows(&place, "\"my \"\"app\".t").await, 1);
    own.sweep().await.unwrap();
    let missing = store(&with(&place.url(), "schema=nowhere")).await;
    let error = missing.get(&[b"k"]).await.unwrap_err();
    assert!(told(&error).contains("\"nowhere\""), "{}", told(&error));
}
