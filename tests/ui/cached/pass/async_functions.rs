//! Async functions: the handle is async too, but for `stats`.

#![deny(warnings)]

use cache_core::cached;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

static RUNS: AtomicU32 = AtomicU32::new(0);

struct Db;
#[derive(Debug, PartialEq)]
struct NotClone;

#[cached(key = "user:{id}:posts:{page}", ttl = "5m", skip(db))]
async fn user_posts(db: &Db, id: u64, page: u32) -> Result<Vec<String>, NotClone> {
    let Db = db;
    RUNS.fetch_add(1, Relaxed);
    tokio::task::yield_now().await;
    if id == 0 {
        Err(NotClone)?;
    }
    Ok(vec![format!("{id}/{page}")])
}

#[cached(cache_err = "30s", ttl = 60)]
async fn kept_errors(id: u64) -> Result<u64, String> {
    RUNS.fetch_add(1, Relaxed);
    Err(format!("no {id}"))
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(assert_send(user_posts(&Db, 7, 1)).await, Ok(vec!["7/1".to_owned()]));
    assert_eq!(user_posts(&Db, 7, 1).await, Ok(vec!["7/1".to_owned()]));
    assert_eq!(RUNS.load(Relaxed), 1);
    assert_eq!(user_posts::peek(&7, &1).await, Some(vec!["7/1".to_owned()]));
    let by_hand: Option<Vec<String>> = cache_core::cache().get("user:7:posts:1").await.unwrap();
    assert_eq!(by_hand, Some(vec!["7/1".to_owned()]));
    user_posts::invalidate(&7, &1).await;
    assert_eq!(user_posts::peek(&7, &1).await, None);
    assert_eq!(user_posts::refresh(&Db, 7, 1).await, Ok(vec!["7/1".to_owned()]));
    assert_eq!(user_posts::uncached(&Db, 7, 2).await, Ok(vec!["7/2".to_owned()]));

    assert_eq!(user_posts(&Db, 0, 1).await, Err(NotClone));
    assert_eq!(user_posts::peek(&0, &1).await, None);

    assert_eq!(kept_errors(3).await, Err("no 3".to_owned()));
    let runs = RUNS.load(Relaxed);
    assert_eq!(kept_errors(3).await, Err("no 3".to_owned()));
    assert_eq!(RUNS.load(Relaxed), runs);
    assert_eq!(kept_errors::peek(&3).await, Some(Err("no 3".to_owned())));
    kept_errors::clear().await;
    assert_eq!(kept_errors::peek(&3).await, None);
    assert_eq!(kept_errors::stats().hits, 1);
}
