//! Another process holds the lock of a folder of the store.

use std::fs::{self, File};
use std::time::{Duration, Instant};

use cache_core::store::{Put, When, Written};
use cache_core::{FileStore, MemcachedStore, SqlStore, Store};
use rustix::fs::FlockOperation;

use super::{Scratch, get, put};

/// Much longer than a call that does not wait, and shorter than the wait for the lock.
const SOON: Duration = Duration::from_millis(1_500);

async fn soon<T>(what: &str, call: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(SOON, call).await;
    done.unwrap_or_else(|_| panic!("{what} was delayed"))
}

/// Sixty-four writes to a locked folder: returns the lock, and the writes, which have begun. A file that is opened again is
/// another owner of locks, as another process is.
async fn writes_to_a_locked_folder(scratch: &Scratch, store: &FileStore) -> (File, Vec<Write>) {
    put(store, "hot", b"value").await;
    let lock = File::open(scratch.entry().with_file_name("lock")).unwrap();
    rustix::fs::flock(&lock, FlockOperation::LockExclusive).unwrap();
    let writes = hot(store);
    tokio::time::sleep(Duration::from_millis(50)).await;
    (lock, writes)
}

type Write = tokio::task::JoinHandle<cache_core::Result<Vec<Written>>>;

fn hot(store: &FileStore) -> Vec<Write> {
    let tasks = (0..64).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            let put = Put {
                key: b"hot",
                value: b"new",
                ttl: None,
                when: When::Always,
            };
            store.put(&[put]).await
        })
    });
    tasks.collect()
}

#[tokio::test]
async fn a_locked_folder_delays_no_other_call() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let (lock, writes) = writes_to_a_locked_folder(&scratch, &store).await;

    soon("a read", get(&store, "hot")).await.unwrap();
    soon("a neighbour", put(&store, "other", b"value")).await;
    let another = Scratch::new();
    soon("another store", put(&another.store(), "key", b"value")).await;
    let file = format!("sqlite://{}/cache.db", another.0.display());
    let database = SqlStore::connect(&file).await.unwrap();
    soon("a database", database.get(&[b"key"])).await.unwrap();
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    let named = MemcachedStore::connect(&format!("memcached://localhost:{port}"))
        .await
        .unwrap();
    let asking = tokio::spawn(async move { named.get(&[b"key"]).await });
    soon("the look-up of a name", server.accept())
        .await
        .unwrap();
    asking.abort();

    let begun = Instant::now();
    for write in writes {
        let error = write.await.unwrap().unwrap_err();
        assert!(
            crate::tables::told(&error).contains("locked"),
            "{}",
            crate::tables::told(&error)
        );
    }
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "each waited in turn"
    );
    drop(lock);
    put(&store, "hot", b"new").await;
}

#[tokio::test]
async fn waiting_writes_go_on_when_the_lock_is_released() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let (lock, writes) = writes_to_a_locked_folder(&scratch, &store).await;
    drop(lock);
    for write in writes {
        assert_eq!(write.await.unwrap().unwrap(), [Written::Yes]);
    }
    assert_eq!(get(&store, "hot").await.unwrap(), b"new");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_an_error_at_once() {
    // No folder can be made there, and the system says that it is missing.
    let store = FileStore::open("/proc/no-folder-of-a-cache/inside").unwrap();
    let put = Put {
        key: b"key",
        value: b"value",
        ttl: None,
        when: When::Always,
    };
    let error = soon("a put", store.put(&[put])).await.unwrap_err();
    let told = crate::tables::told(&error);
    assert!(told.contains("no-folder-of-a-cache"), "{told}");
    assert_eq!(get(&store, "key").await, None);
    assert!(!fs::exists("/proc/no-folder-of-a-cache").unwrap());
}
