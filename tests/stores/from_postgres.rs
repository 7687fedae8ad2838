//! The example in which `PostgreSQL` says what is stale, against the real server.

use std::time::Duration;

use cache_tests::proxy::Proxy;
use cache_tests::servers::postgres;
use sqlx::{AssertSqlSafe, Executor, PgPool};

use self::example::{SCHEMA, listen, title};
use crate::tables::until;

#[allow(
    dead_code,
    unreachable_pub,
    reason = "a program, of which the test calls a part"
)]
#[path = "../../examples/from_postgres.rs"]
mod example;

const PATIENCE: Duration = Duration::from_millis(300);

async fn say(db: &PgPool, text: &str) {
    db.execute(AssertSqlSafe(text.to_owned())).await.unwrap();
}

/// A change that the trigger does not report.
async fn change_silently(db: &PgPool, id: i64, title: &str) {
    say(
        db,
        &format!(
            "BEGIN; SET LOCAL session_replication_role = replica;
             UPDATE posts SET title = '{title}' WHERE id = {id}; COMMIT"
        ),
    )
    .await;
}

async fn shown(db: &PgPool, id: i64) -> String {
    title(db, id).await.unwrap().unwrap_or_default()
}

async fn becomes(db: &PgPool, id: i64, wanted: &str) {
    until(wanted, async || shown(db, id).await == wanted).await;
}

/// One test, because separate ones would remove each other's entries.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_in_the_database_empties_what_it_makes_stale() {
    let server = postgres();
    let proxy = Proxy::to(server.port());
    let db = PgPool::connect_lazy(&server.url()).unwrap();
    say(&db, SCHEMA).await;
    say(&db, "INSERT INTO posts VALUES (1, 'one'), (2, 'two')").await;
    let url = server.url_through(&proxy);
    let listener = tokio::spawn(async move { listen(&url, PATIENCE).await });

    // A change is seen, whether it listens already or not.
    assert_eq!(shown(&db, 1).await, "one");
    say(&db, "UPDATE posts SET title = 'uno' WHERE id = 1").await;
    becomes(&db, 1, "uno").await;

    // Now it listens. An update removes its own entry, and no other.
    assert_eq!(shown(&db, 2).await, "two");
    change_silently(&db, 2, "kept").await;
    say(&db, "UPDATE posts SET title = 'eins' WHERE id = 1").await;
    becomes(&db, 1, "eins").await;
    assert_eq!(shown(&db, 2).await, "two");

    // A rollback removes nothing; inserts, changes of ids and deletes are changes.
    assert_eq!(shown(&db, 3).await, "");
    say(
        &db,
        "BEGIN; UPDATE posts SET title = 'no' WHERE id = 2; ROLLBACK",
    )
    .await;
    say(&db, "INSERT INTO posts VALUES (3, 'three')").await;
    becomes(&db, 3, "three").await;
    assert_eq!(shown(&db, 2).await, "two");
    assert_eq!(shown(&db, 4).await, "");
    say(&db, "UPDATE posts SET id = 4 WHERE id = 3").await;
    becomes(&db, 4, "three").await;
    becomes(&db, 3, "").await;
    say(&db, "DELETE FROM posts WHERE id = 4").await;
    becomes(&db, 4, "").await;

    // The server dies and comes back; changes before the listener is back are not reported.
    proxy.hold();
    server.kill();
    server.start_again();
    say(&db, "UPDATE posts SET title = 'unheard' WHERE id = 2").await;
    assert_eq!(shown(&db, 2).await, "two");
    proxy.cut();
    proxy.release();
    becomes(&db, 2, "unheard").await;

    // A dead connection is detected by a query.
    proxy.hold();
    say(&db, "UPDATE posts SET title = 'held' WHERE id = 1").await;
    change_silently(&db, 2, "silent").await;
    // The only sign that it gave up is that it ended.
    tokio::time::sleep(PATIENCE * 3).await;
    proxy.release();
    becomes(&db, 1, "held").await;
    becomes(&db, 2, "silent").await;

    // A `TRUNCATE` is a change of every row.
    say(&db, "TRUNCATE posts").await;
    becomes(&db, 1, "").await;
    becomes(&db, 2, "").await;
    assert!(!listener.is_finished());
    listener.abort();
}
