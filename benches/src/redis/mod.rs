//! The cost of hits in Redis, of values of 1 KB: by turns through the bare client and through a cache.

mod server;

use std::rc::Rc;

use cache_core::{Cache, RedisStore};
use redis::aio::MultiplexedConnection;
use tokio::runtime::Runtime;

use crate::contest::Contest;
use crate::stores::tasks::{self, asker};
use server::Server;

const KEYS: usize = 256;
const SIZE: usize = 1_000;
/// Keys of one call that asks for many.
const MANY: usize = 50;

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// The contests; none if `redis-server` is not installed.
///
/// # Errors
/// If the server gives an unexpected answer.
pub(crate) fn contests() -> Result<Vec<Contest>, Fault> {
    let Some(server) = Server::start() else {
        return Ok(Vec::new());
    };
    let runtime = Rc::new(Runtime::new()?);
    let url = server.url();
    let (bare, far, near) = runtime.block_on(async {
        let bare = redis::Client::open(url.as_str())?
            .get_multiplexed_async_connection()
            .await?;
        let far = cache(&url, 0).await?;
        let near = cache(&url, 10_000).await?;
        fill(bare.clone(), &far).await?;
        Ok::<_, Fault>((bare, far, near))
    })?;
    // The server ends with the contests.
    let server = Rc::new(server);
    let mut contests = Vec::new();
    for (title, count) in [("64 tasks", 64), ("one task", 1)] {
        let (bare, far, near) = (bare.clone(), far.clone(), near.clone());
        contests.push(tasks::contest(
            format!("a Redis hit of 1 KB, {title}"),
            count,
            &runtime,
            &server,
            vec![
                (
                    "the bare client",
                    asker(SIZE, move |number| get_bare(bare.clone(), key(number))),
                ),
                (
                    "Cache, near off",
                    asker(SIZE, move |number| get(far.clone(), key(number))),
                ),
                (
                    "Cache, near on",
                    asker(SIZE, move |number| get(near.clone(), key(number))),
                ),
            ],
            &["the bare client"],
        ));
    }
    for (title, count) in [("64 tasks", 64), ("one task", 1)] {
        let (bare, far) = (bare.clone(), far.clone());
        contests.push(tasks::contest(
            format!("{MANY} Redis hits of 1 KB in one call, {title}"),
            count,
            &runtime,
            &server,
            vec![
                (
                    "a bare MGET",
                    asker(MANY * SIZE, move |number| {
                        get_many_bare(bare.clone(), number)
                    }),
                ),
                (
                    "Cache::get_many, near off",
                    asker(MANY * SIZE, move |number| get_many(far.clone(), number)),
                ),
            ],
            &["a bare MGET"],
        ));
    }
    Ok(contests)
}

async fn cache(url: &str, near: usize) -> Result<Cache, Fault> {
    let store = RedisStore::connect(url).await?;
    let cache = Cache::builder().near(near).near_ttl("10m").prefix("bench");
    Ok(cache.store(store).build())
}

fn key(number: usize) -> String {
    format!("key:{}", number % KEYS)
}

fn value() -> String {
    "x".repeat(SIZE)
}

async fn fill(mut bare: MultiplexedConnection, cache: &Cache) -> Result<(), Fault> {
    for number in 0..KEYS {
        let () = redis::cmd("SET")
            .arg(key(number))
            .arg(value())
            .query_async(&mut bare)
            .await?;
        cache.set(key(number), &value()).await?;
    }
    Ok(())
}

async fn get_bare(mut bare: MultiplexedConnection, key: String) -> usize {
    let value: Vec<u8> = redis::cmd("GET")
        .arg(key)
        .query_async(&mut bare)
        .await
        .unwrap_or_default();
    value.len()
}

async fn get(cache: Cache, key: String) -> usize {
    let value: Option<String> = cache.get(key).await.ok().flatten();
    value.map_or(0, |value| value.len())
}

fn keys(number: usize) -> impl Iterator<Item = String> {
    (number * MANY..(number + 1) * MANY).map(key)
}

async fn get_many_bare(mut bare: MultiplexedConnection, number: usize) -> usize {
    let mut command = redis::cmd("MGET");
    for key in keys(number) {
        command.arg(key);
    }
    // Strings, as the cache gives them.
    let values: Vec<String> = command.query_async(&mut bare).await.unwrap_or_default();
    values.iter().map(String::len).sum()
}

async fn get_many(cache: Cache, number: usize) -> usize {
    let values: Vec<Option<String>> = cache.get_many(keys(number)).await.unwrap_or_default();
    values.iter().flatten().map(String::len).sum()
}
