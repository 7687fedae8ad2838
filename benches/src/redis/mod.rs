//! The cost of a hit in Redis: a value of 1 KB and 64 tasks, by turns through the bare client and through a cache.

mod server;

use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use cache_core::{Cache, RedisStore};
use redis::aio::MultiplexedConnection;
use tokio::runtime::Runtime;

use crate::contest::{Contender, Contest};
use server::Server;

/// How long a sample lasts.
const SAMPLE: Duration = Duration::from_millis(500);
const TASKS: usize = 64;
const KEYS: usize = 256;

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// The contest; none if `redis-server` is not installed.
///
/// # Errors
/// If the server gives an unexpected answer.
pub(crate) fn contest() -> Result<Option<Contest>, Fault> {
    let Some(server) = Server::start() else {
        return Ok(None);
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
    // The server ends with the contest.
    let server = Rc::new(server);
    let contender = |name, ask: Asker| {
        let (runtime, server) = (runtime.clone(), server.clone());
        Contender {
            name,
            sample: Box::new(move || {
                let _up = &server;
                let answers = runtime.block_on(sample(&ask));
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "a count of some hundred thousand"
                )]
                let rate = answers as f64 / SAMPLE.as_secs_f64();
                vec![rate]
            }),
        }
    };
    Ok(Some(Contest {
        title: "a Redis hit of 1 KB, 64 tasks".to_owned(),
        rounds: 11,
        units: &["hits a second"],
        baselines: &["the bare client"],
        contenders: vec![
            contender(
                "the bare client",
                asker(move |key| get_bare(bare.clone(), key)),
            ),
            contender("Cache, near off", asker(move |key| get(far.clone(), key))),
            contender("Cache, near on", asker(move |key| get(near.clone(), key))),
        ],
    }))
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
    "x".repeat(1_000)
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

/// One task that makes calls until it is told to stop, and counts them.
type Asker = Arc<dyn Fn(usize, Arc<AtomicBool>, Arc<AtomicU64>) -> Asking + Send + Sync>;
type Asking = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

fn asker<F>(ask: impl Fn(String) -> F + Send + Sync + 'static) -> Asker
where
    F: Future<Output = usize> + Send + 'static,
{
    let ask = Arc::new(ask);
    Arc::new(move |task, stop, answers| {
        let ask = ask.clone();
        Box::pin(async move {
            let mut number = task * 7;
            while !stop.load(Ordering::Relaxed) {
                // Hits that never wait would starve the other tasks.
                for _ in 0..16 {
                    assert_eq!(ask(key(number)).await, 1_000, "a hit has its value");
                    number += 1;
                }
                answers.fetch_add(16, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        })
    })
}

async fn sample(ask: &Asker) -> u64 {
    let (stop, answers) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| tokio::spawn(ask(task, stop.clone(), answers.clone())))
        .collect();
    tokio::time::sleep(SAMPLE).await;
    stop.store(true, Ordering::Relaxed);
    let counted = answers.load(Ordering::Relaxed);
    for task in tasks {
        if let Err(error) = task.await {
            std::panic::resume_unwind(error.into_panic());
        }
    }
    counted
}
