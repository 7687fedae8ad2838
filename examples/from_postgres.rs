//! The database as the source: an `UPDATE` typed into psql empties the entries that it makes stale.
//!
//! Run it with `cargo run --features postgres --example from_postgres -- postgres://user@localhost/database`, change a row of
//! the table `posts`, and look.
#![allow(clippy::print_stdout, reason = "showing its answers is what it is for")]

use std::{convert::Infallible, error::Error, time::Duration};

use cache_core::{cached, invalidate_tag};
use sqlx::{Executor, PgPool, postgres::PgListener};
use tokio::time::{sleep, timeout};

/// The trigger names the tags that a change makes stale; listeners hear of them when the change is committed.
pub const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS posts (id bigint PRIMARY KEY, title text NOT NULL);
CREATE OR REPLACE FUNCTION stale_posts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'TRUNCATE' THEN PERFORM pg_notify('stale', 'posts'); RETURN NULL; END IF;
    IF TG_OP <> 'INSERT' THEN PERFORM pg_notify('stale', 'post:' || OLD.id); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM pg_notify('stale', 'post:' || NEW.id); END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER row_is_stale AFTER INSERT OR UPDATE OR DELETE ON posts
    FOR EACH ROW EXECUTE FUNCTION stale_posts();
CREATE OR REPLACE TRIGGER all_are_stale AFTER TRUNCATE ON posts EXECUTE FUNCTION stale_posts();";

/// All that is read from the table carries the tag `posts`, for changes that nobody heard of.
#[cached(key = "post:{id}", tags("post:{id}", "posts"), skip(db), ttl = "1h")]
pub async fn title(db: &PgPool, id: i64) -> sqlx::Result<Option<String>> {
    let title = sqlx::query_scalar("SELECT title FROM posts WHERE id = $1");
    title.bind(id).fetch_optional(db).await
}

/// Listens for ever, and again after each failure.
///
/// Until it listens again, entries may be stale. A server that says nothing for `patience` is asked whether it is there.
pub async fn listen(url: &str, patience: Duration) {
    loop {
        let Err(fault) = follow(url, patience).await;
        println!("not listening: {fault}");
        sleep(patience.min(Duration::from_secs(1))).await;
    }
}

async fn follow(url: &str, patience: Duration) -> Result<Infallible, Box<dyn Error + Send + Sync>> {
    let mut listener = timeout(patience, PgListener::connect(url)).await??;
    // A connection made anew in silence would hide what was missed in between.
    listener.eager_reconnect(false);
    timeout(patience, listener.listen("stale")).await??;
    // From here on nothing is missed. What was changed before, nobody knows: so everything was.
    invalidate_tag("posts").await?;
    loop {
        let Ok(change) = timeout(patience, listener.try_recv()).await else {
            timeout(patience, listener.execute("SELECT 1")).await??;
            continue;
        };
        let change = change?.ok_or("the connection is lost")?;
        invalidate_tag(change.payload()).await?;
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args()
        .nth(1)
        .ok_or("no database given; usage: from_postgres postgres://user@localhost/database")?;
    let db = PgPool::connect(&url).await?;
    db.execute(SCHEMA).await?;
    tokio::spawn(async move { listen(&url, Duration::from_secs(10)).await });
    loop {
        let title = title(&db, 1).await;
        println!("post 1: {title:?} ({} loads so far)", title::stats().loads);
        sleep(Duration::from_secs(1)).await;
    }
}
