//! Another process has locked a folder of the store, and does not give it back.

use std::fs::{self, File};
use std::time::{Duration, Instant};

use cache_core::store::{Put, When, Written};
use cache_core::{FileStore, MemcachedStore, SqlStore, Store};
use rustix::fs::FlockOperation;

use super::{Scratch, get, put};

/// Far more than anything here takes that waits for nobody, and less than to wait for the lock once.
const SOON: Duration = Duration::from_millis(1_500);

async fn soon<T>(what: &str, call: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(SOON, call).await;
    done.unwrap_or_else(|_| panic!("{what} was held up"))
}

/// A lock of the folder of the only entry; a file that is opened again is another owner, as a process would be.
fn lock(scratch: &Scratch) -> File {
    let file = File::open(scratch.entry().with_file_name("lock")).unwrap();
    rustix::fs::flock(&file, FlockOperation::LockExclusive).unwrap();
    file
}

fn hot(store: &FileStore) -> Vec<tokio::task::JoinHandle<cache_core::Result<Vec<Written>>>> {
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
async fn it_holds_up_nobody_else() {
    let scratch = Scratch::new();
    let store = scratch.store();
    put(&store, "hot", b"value").await;
    let locked = lock(&scratch);
    let tasks = hot(&store);
    tokio::time::sleep(Duration::from_millis(50)).await;

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
    for task in tasks {
        let error = task.await.unwrap().unwrap_err();
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
    drop(locked);
    put(&store, "hot", b"new").await;
}

#[tokio::test]
async fn who_waits_goes_on_when_it_is_given_back() {
    let scratch = Scratch::new();
    let store = scratch.store();
    put(&store, "hot", b"value").await;
    let locked = lock(&scratch);
    let tasks = hot(&store);
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(locked);
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), [Written::Yes]);
    }
    assert_eq!(get(&store, "hot").await.unwrap(), b"new");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_an_error_at_once() {
    // There is no way to make a folder there, and the system says that it is missing.
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
