//! The store in a folder: what it keeps, which folders it trusts, and which files it leaves.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cache_core::store::{Put, When, Written};
use cache_core::testing::{Clock, conformance};
use cache_core::{FileStore, Store};

mod bounds;
mod damage;
mod full;
mod locked;
mod processes;
mod trust;

/// A folder of this test, removed on drop.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("cache-tests-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// A folder inside it, which does not exist yet.
    fn cache(&self) -> PathBuf {
        self.0.join("cache")
    }

    fn store(&self) -> FileStore {
        FileStore::open(self.cache()).unwrap()
    }

    /// The files of entries.
    fn entries(&self) -> Vec<PathBuf> {
        let mut files = files(&self.cache());
        files.retain(|file| file.file_name().unwrap().len() == 32);
        files
    }

    /// The file of the only entry.
    fn entry(&self) -> PathBuf {
        let entries = self.entries();
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries[0].clone()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Every file in a folder and in those inside it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

async fn put_for(store: &FileStore, key: &str, value: &[u8], ttl: Option<Duration>) -> Written {
    let put = Put {
        key: key.as_bytes(),
        value,
        ttl,
        when: When::Always,
    };
    store.put(&[put]).await.unwrap()[0]
}

async fn put(store: &FileStore, key: &str, value: &[u8]) {
    assert_eq!(put_for(store, key, value, None).await, Written::Yes);
}

async fn get(store: &FileStore, key: &str) -> Option<Vec<u8>> {
    let mut answer = store.get(&[key.as_bytes()]).await.unwrap();
    answer.found.remove(0).map(|found| found.value.to_vec())
}

#[tokio::test]
async fn it_keeps_the_contract() {
    let scratch = Scratch::new();
    conformance(scratch.store()).await;
    assert_eq!(scratch.entries(), [""; 0].map(PathBuf::from));
}

#[tokio::test]
async fn it_is_there_again_for_the_next_who_opens_it() {
    let scratch = Scratch::new();
    let (first, second) = (scratch.store(), scratch.store());
    put(&first, "key", b"value").await;
    drop(first);
    assert_eq!(get(&second, "key").await.unwrap(), b"value");
    let incarnation = second.get(&[]).await.unwrap().incarnation;
    assert_eq!(
        scratch.store().get(&[]).await.unwrap().incarnation,
        incarnation
    );
}

/// Removes a folder, even if the store is writing to it in the background.
fn remove_all(folder: &Path) {
    let mut tries = (0..100).map(|_| fs::remove_dir_all(folder));
    assert!(tries.any(|removed| removed.is_ok()), "{}", folder.display());
}

#[tokio::test]
async fn the_folder_may_be_removed_at_any_time() {
    let scratch = Scratch::new();
    let store = scratch.store();
    put(&store, "key", b"value").await;
    remove_all(&scratch.cache());
    assert_eq!(get(&store, "key").await, None);
    store.delete(&[b"key"]).await.unwrap();
    store.sweep().await.unwrap();
    assert!(!scratch.cache().exists(), "to remove creates no folder");
    put(&store, "key", b"again").await;
    assert_eq!(get(&store, "key").await.unwrap(), b"again");
    // Only the folder of the entry and its lock are made.
    remove_all(scratch.entry().parent().unwrap());
    assert_eq!(get(&store, "key").await, None);
    put(&store, "key", b"again").await;
    assert_eq!(get(&store, "key").await.unwrap(), b"again");
}

/// Who reads holds the folder open, and sees all the same what others do at its path.
#[tokio::test]
async fn a_folder_that_took_the_place_of_another_is_used() {
    let scratch = Scratch::new();
    let store = scratch.store();
    put(&store, "key", b"value").await;
    assert_eq!(get(&store, "key").await.unwrap(), b"value");
    fs::rename(scratch.cache(), scratch.0.join("aside")).unwrap();
    assert_eq!(get(&store, "key").await, None);
    put(&scratch.store(), "key", b"of another").await;
    assert_eq!(get(&store, "key").await.unwrap(), b"of another");
    fs::rename(scratch.cache(), scratch.0.join("aside, too")).unwrap();
    put(&scratch.store(), "key", b"of a third").await;
    assert_eq!(get(&store, "key").await.unwrap(), b"of a third");
}

#[tokio::test]
async fn a_sweep_removes_what_nobody_will_read() {
    let clock = Clock::freeze();
    let scratch = Scratch::new();
    let store = scratch.store();
    let minute = Duration::from_secs(60);
    put_for(&store, "short", b"value", Some(minute)).await;
    let left_by_the_dead = scratch.entry().with_file_name("new");
    fs::write(&left_by_the_dead, b"half a val").unwrap();
    put_for(&store, "long", b"value", Some(2 * minute)).await;
    put(&store, "endless", b"value").await;
    let foreign = scratch.cache().join("README");
    fs::write(&foreign, b"not ours").unwrap();
    store.sweep().await.unwrap();
    assert_eq!(scratch.entries().len(), 3);
    assert!(!left_by_the_dead.exists());
    clock.advance(minute);
    store.sweep().await.unwrap();
    assert_eq!(scratch.entries().len(), 2);
    clock.advance(1_000_000 * minute);
    store.sweep().await.unwrap();
    assert_eq!(scratch.entries().len(), 1);
    assert_eq!(get(&store, "endless").await.unwrap(), b"value");
    assert!(foreign.exists());
}

/// Polls, because the sweeper has a thread of its own.
async fn until_entries(scratch: &Scratch, count: usize) {
    for _ in 0..400 {
        if scratch.entries().len() == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{} entries, after ten seconds", scratch.entries().len());
}

#[tokio::test]
async fn what_has_expired_is_swept_without_a_call() {
    let clock = Clock::freeze();
    let scratch = Scratch::new();
    let store = scratch.store();
    for n in 0..40 {
        let ttl = Duration::from_secs(60 + n % 2 * 3_600);
        put_for(&store, &format!("key {n}"), b"value", Some(ttl)).await;
    }
    clock.advance(Duration::from_secs(60));
    // The sweeper does one folder in a second, and all in 256 seconds.
    clock.advance(Duration::from_secs(256));
    until_entries(&scratch, 20).await;
    // The clock jumps.
    clock.advance(Duration::from_secs(1_000_000));
    until_entries(&scratch, 0).await;
}

#[tokio::test]
async fn what_has_expired_is_removed_by_who_reads_it() {
    let clock = Clock::freeze();
    let scratch = Scratch::new();
    let store = scratch.store();
    put_for(&store, "key", b"value", Some(Duration::from_secs(60))).await;
    clock.advance(Duration::from_secs(60));
    assert_eq!(get(&store, "key").await, None);
    assert!(scratch.entries().is_empty());
}

#[tokio::test]
async fn nothing_of_a_key_is_in_a_name() {
    let scratch = Scratch::new();
    let store = scratch.store();
    for key in [
        "../../etc/passwd",
        "/etc/passwd",
        "nul\0",
        "CON",
        ".",
        "secret",
    ] {
        put(&store, key, key.as_bytes()).await;
        let entry = scratch.entry();
        let name = entry.file_name().unwrap().to_str().unwrap();
        assert!(name.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
        assert_eq!(entry.parent().unwrap().parent().unwrap(), scratch.cache());
        assert_eq!(get(&store, key).await.unwrap(), key.as_bytes());
        store.delete(&[key.as_bytes()]).await.unwrap();
    }
}

#[tokio::test]
async fn ten_thousand_entries() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let keys: Vec<_> = (0..10_000_u32).map(|n| format!("key {n}")).collect();
    for chunk in keys.chunks(500) {
        let puts: Vec<_> = chunk
            .iter()
            .map(|key| Put {
                key: key.as_bytes(),
                value: key.as_bytes(),
                ttl: None,
                when: When::Absent,
            })
            .collect();
        assert_eq!(store.put(&puts).await.unwrap(), [Written::Yes; 500]);
    }
    let asked: Vec<_> = keys.iter().map(String::as_bytes).collect();
    let found = store.get(&asked).await.unwrap().found;
    let found: Vec<_> = found
        .into_iter()
        .map(|found| found.unwrap().value)
        .collect();
    assert_eq!(found, asked);
    store.delete(&asked).await.unwrap();
    assert!(scratch.entries().is_empty());
}
