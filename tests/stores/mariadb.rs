//! `MariaDB`.

use cache_core::store::{Store, When, Written};
use cache_tests::servers::{Server, mariadb};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection};

use crate::tables::{self, read, store, until, write};

fn place() -> Server {
    mariadb()
}

async fn rows(server: &Server, table: &str) -> i64 {
    let mut connection = MySqlConnection::connect(&server.url()).await.unwrap();
    let text = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    sqlx::query_scalar(text)
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

crate::contract::of_a_database!();

/// How many statements of this kind the server has run.
async fn statements(server: &Server, kind: &str) -> u64 {
    let mut connection = MySqlConnection::connect(&server.url()).await.unwrap();
    let text = format!(
        "SELECT CAST(variable_value AS UNSIGNED) FROM information_schema.global_status WHERE variable_name = 'Com_{kind}'"
    );
    sqlx::query_scalar(AssertSqlSafe(text))
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_call_is_one_statement() {
    let server = mariadb();
    let store = store(&server.url()).await;
    let keys: Vec<[u8; 1]> = (0..100).map(|key| [key]).collect();
    let keys: Vec<&[u8]> = keys.iter().map(|key| &key[..]).collect();
    let puts: Vec<_> = keys
        .iter()
        .map(|key| tables::put(key, b"v", When::Always))
        .collect();
    store.put(&puts).await.unwrap();
    store.sweep().await.unwrap();
    let before = [
        statements(&server, "select").await,
        statements(&server, "insert").await,
        statements(&server, "delete").await,
    ];
    store.get(&keys).await.unwrap();
    store.put(&puts).await.unwrap();
    store.delete(&keys).await.unwrap();
    // The test itself makes three queries: two before, for inserts and deletes, and this one.
    assert_eq!(statements(&server, "select").await, before[0] + 4);
    assert_eq!(statements(&server, "insert").await, before[1] + 1);
    assert_eq!(statements(&server, "delete").await, before[2] + 1);
}

#[tokio::test]
async fn what_the_server_does_not_take_is_too_large() {
    let server = mariadb();
    let store = store(&server.url()).await;
    let large = vec![1; 20 << 20];
    let puts = [
        tables::put(b"large", &large, When::Always),
        tables::put(b"small", b"1", When::Always),
    ];
    let written = store.put(&puts).await.unwrap();
    assert_eq!(written, [Written::TooLarge, Written::Yes]);
    assert_eq!(read(&store, b"small").await.as_deref(), Some(&b"1"[..]));
}

#[tokio::test]
async fn a_crash_of_the_server_is_recovered_from() {
    let server = mariadb();
    // This is its default, which the test servers turn off.
    let mut connection = MySqlConnection::connect(&server.url()).await.unwrap();
    let text = "SET GLOBAL innodb_flush_log_at_trx_commit = 1";
    sqlx::raw_sql(text).execute(&mut connection).await.unwrap();
    drop(connection);
    let store = store(&server.url()).await;
    write(&store, b"deleted", b"1").await;
    write(&store, b"kept", b"1").await;
    store.delete(&[b"deleted"]).await.unwrap();
    server.kill();
    assert!(store.get(&[b"kept"]).await.unwrap_err().is_store());
    server.start_again();
    until("the store", || async {
        store.get(&[b"kept"]).await.is_ok()
    })
    .await;
    assert_eq!(read(&store, b"deleted").await, None);
    assert_eq!(read(&store, b"kept").await.as_deref(), Some(&b"1"[..]));
}
