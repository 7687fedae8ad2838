//! The cost of a hit in a store of one machine, beside the same bytes read with nothing around them.

pub(crate) mod tasks;

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use cache_core::Cache;
use cache_core::store::{FileStore, SqlStore, Store};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use tokio::runtime::Runtime;

use crate::contest::Contest;
use tasks::asker;

const KEYS: usize = 256;
const SIZE: usize = 1_000;

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// A folder that goes with the contests.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> std::io::Result<Self> {
        let folder =
            std::env::temp_dir().join(format!("cache-bench-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The titles of the contests.
pub(crate) const TITLES: [&str; 4] = [
    "a SQLite hit of 1 KB, one task",
    "a SQLite hit of 1 KB, 64 tasks",
    "a file's hit of 1 KB, one task",
    "a file's hit of 1 KB, 64 tasks",
];

/// The contests of `SQLite` and files.
///
/// # Errors
/// If a disk or a database refuses.
pub(crate) fn contests() -> Result<Vec<Contest>, Fault> {
    let runtime = Rc::new(Runtime::new()?);
    let mut contests = Vec::new();
    for tasks in [1, 64] {
        contests.push(sqlite(&runtime, tasks)?);
        contests.push(files(&runtime, tasks)?);
    }
    Ok(contests)
}

fn title(what: &str, tasks: usize) -> String {
    match tasks {
        1 => format!("{what} hit of 1 KB, one task"),
        tasks => format!("{what} hit of 1 KB, {tasks} tasks"),
    }
}

fn sqlite(runtime: &Rc<Runtime>, tasks: usize) -> Result<Contest, Fault> {
    let scratch = Rc::new(Scratch::new(&format!("sqlite-{tasks}"))?);
    let (bare, cache) = runtime.block_on(async {
        let file = SqliteConnectOptions::new()
            .filename(scratch.0.join("bare.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal);
        let bare = SqlitePoolOptions::new()
            .test_before_acquire(false)
            .connect_with(file)
            .await?;
        sqlx::query("CREATE TABLE entries (k BLOB PRIMARY KEY NOT NULL, v BLOB NOT NULL)")
            .execute(&bare)
            .await?;
        for number in 0..KEYS {
            sqlx::query("INSERT INTO entries VALUES (?, ?)")
                .bind(key(number).into_bytes())
                .bind(value().into_bytes())
                .execute(&bare)
                .await?;
        }
        let url = format!("sqlite://{}", scratch.0.join("cache.db").display());
        let cache = filled(SqlStore::connect(&url).await?).await?;
        Ok::<_, Fault>((bare, cache))
    })?;
    let select = move |number| {
        let bare = bare.clone();
        async move {
            let select = sqlx::query_scalar::<_, Vec<u8>>("SELECT v FROM entries WHERE k = ?");
            let value = select.bind(key(number).into_bytes()).fetch_one(&bare).await;
            value.map_or(0, |value| value.len())
        }
    };
    Ok(tasks::contest(
        title("a SQLite", tasks),
        tasks,
        runtime,
        &scratch,
        vec![
            ("a bare SELECT", asker(SIZE, select)),
            (
                "Cache, near off",
                asker(SIZE, move |number| get(cache.clone(), number)),
            ),
        ],
        &["a bare SELECT"],
    ))
}

fn files(runtime: &Rc<Runtime>, tasks: usize) -> Result<Contest, Fault> {
    let scratch = Rc::new(Scratch::new(&format!("files-{tasks}"))?);
    for number in 0..KEYS {
        std::fs::write(scratch.0.join(key(number)), value())?;
    }
    let folder: Arc<Path> = scratch.0.as_path().into();
    let cache = runtime.block_on(filled(FileStore::open(scratch.0.join("cache"))?))?;
    let read = move |number| {
        let folder = folder.clone();
        async move {
            let bytes = tokio::fs::read(folder.join(key(number))).await;
            bytes.map_or(0, |bytes| bytes.len())
        }
    };
    Ok(tasks::contest(
        title("a file's", tasks),
        tasks,
        runtime,
        &scratch,
        vec![
            ("tokio::fs::read", asker(SIZE, read)),
            (
                "Cache, near off",
                asker(SIZE, move |number| get(cache.clone(), number)),
            ),
        ],
        &["tokio::fs::read"],
    ))
}

/// A cache that asks its store at each call.
async fn filled(store: impl Store) -> Result<Cache, Fault> {
    let cache = Cache::builder()
        .near(0)
        .prefix("bench")
        .store(store)
        .build();
    for number in 0..KEYS {
        cache.set(key(number), &value()).await?;
    }
    Ok(cache)
}

fn key(number: usize) -> String {
    format!("key:{}", number % KEYS)
}

fn value() -> String {
    "x".repeat(SIZE)
}

async fn get(cache: Cache, number: usize) -> usize {
    let value: Option<String> = cache.get(key(number)).await.ok().flatten();
    value.map_or(0, |value| value.len())
}
