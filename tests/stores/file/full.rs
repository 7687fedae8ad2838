//! A full disk: a small one, mounted for a process of its own.

use std::fs;
use std::path::Path;
use std::time::Duration;

use cache_core::store::{Put, When, Written};
use cache_core::testing::Clock;
use cache_core::{Cache, FileStore, Store};

use super::processes::Child;
use super::{Scratch, get, put_for};

const SECOND: Duration = Duration::from_secs(1);

fn on_a_small_disk(part: &str) {
    let scratch = Scratch::new();
    fs::create_dir(scratch.cache()).unwrap();
    Child::new(part, &scratch.cache())
        .under("mount -t tmpfs -o size=1m,mode=700 tmpfs \"$CACHE_TESTS_FILE_FOLDER\" || exit 1")
        .with_mounts_of_its_own()
        .run();
}

/// How many of a thousand values were stored.
async fn stored(store: &FileStore, round: &str, ttl: Option<Duration>) -> usize {
    let mut stored = 0;
    for n in 0..1_000 {
        let written = put_for(store, &format!("{round} {n}"), &[7; 1_000], ttl).await;
        stored += usize::from(written == Written::Yes);
    }
    stored
}

#[test]
fn room_is_made_on_a_full_disk() {
    on_a_small_disk("small-disk");
}

pub(super) async fn small_disk(store: &FileStore) {
    let clock = Clock::freeze();
    assert_eq!(stored(store, "expires", Some(SECOND)).await, 1_000);
    clock.advance(3 * SECOND);
    assert_eq!(stored(store, "lasts", None).await, 1_000);
    assert!(get(store, "lasts 999").await.is_some());
    let written = put_for(store, "larger than the disk", &vec![7; 2 << 20], None).await;
    assert_eq!(written, Written::TooLarge);
    assert!(
        get(store, "lasts 999").await.is_some(),
        "nothing went for it"
    );
}

#[test]
fn a_part_of_the_disk_stays_free() {
    on_a_small_disk("leaves-room");
}

pub(super) async fn leaves_room(store: &FileStore, folder: &Path) {
    let free = || {
        let disk = rustix::fs::statvfs(folder).unwrap();
        disk.f_bavail * disk.f_frsize
    };
    // Each takes one of 256 blocks.
    for n in 0..235 {
        put_for(store, &format!("key {n}"), &[7; 1_000], None).await;
    }
    for _ in 0..400 {
        if free() >= 100_000 {
            assert!(get(store, "key 234").await.is_some());
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{} bytes are left, after ten seconds", free());
}

#[test]
fn a_cleared_cache_has_room_on_a_full_disk() {
    on_a_small_disk("cleared");
}

pub(super) async fn cleared(store: FileStore) {
    let cache = Cache::builder().near(0).store(store).build();
    for round in 0..3 {
        for n in 0..500 {
            cache
                .set(format!("{round} {n}"), &[7_u8; 1_000][..].to_vec())
                .await
                .unwrap();
        }
        cache.clear().await.unwrap();
    }
}

#[test]
fn a_disk_that_others_have_filled_is_used_again_when_it_has_room() {
    on_a_small_disk("filled-by-others");
}

pub(super) async fn filled_by_others(store: &FileStore, folder: &Path) {
    for n in 0..50 {
        put_for(store, &format!("own {n}"), &[7; 1_000], None).await;
    }
    let others = folder.join("others");
    let filled = fs::write(&others, vec![7; 2 << 20]);
    assert!(filled.is_err(), "the disk is not full");
    for n in 0..50 {
        store
            .delete(&[format!("own {n}").as_bytes()])
            .await
            .unwrap();
        assert_eq!(get(store, &format!("own {n}")).await, None);
    }
    // Deleted entries leave room for others.
    let mut file = fs::OpenOptions::new().append(true).open(&others).unwrap();
    while std::io::Write::write(&mut file, &[7; 4_096]).is_ok_and(|written| written > 0) {}
    for n in 0..20 {
        let written = put_for(store, &format!("new {n}"), &[7; 1_000], None).await;
        assert_eq!(written, Written::TooLarge);
    }
    drop(file);
    fs::remove_file(&others).unwrap();
    assert_eq!(stored(store, "again", None).await, 1_000);
}

#[test]
fn many_may_find_the_disk_full_at_once() {
    on_a_small_disk("crowd");
}

pub(super) async fn crowd(store: &FileStore) {
    let mut tasks = Vec::new();
    for task in 0..16 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let mut stored = 0;
            for n in 0..100 {
                let written = put_for(&store, &format!("{task} {n}"), &[7; 3_000], None).await;
                stored += usize::from(written == Written::Yes);
            }
            stored
        }));
    }
    let mut all = 0;
    for task in tasks {
        all += task.await.unwrap();
    }
    assert!(all > 1_500, "{all} of 1,600");
}

#[test]
fn a_database_makes_room_on_a_full_disk_and_deletes_without_any() {
    on_a_small_disk("database");
}

pub(super) async fn database(folder: &Path) {
    let store = crate::tables::store(&format!("sqlite://{}/cache.db", folder.display())).await;
    let write = async |n: usize, ttl| {
        let key = format!("key {n}").into_bytes();
        let put = Put {
            ttl,
            ..crate::tables::put(&key, &[7; 2_000], When::Always)
        };
        store.put(&[put]).await.unwrap()[0]
    };
    for n in 0..1_000 {
        assert_eq!(write(n, Some(60 * SECOND)).await, Written::Yes, "{n}");
    }
    assert!(crate::tables::read(&store, b"key 999").await.is_some());

    let others = folder.join("others");
    assert!(
        fs::write(&others, vec![7; 2 << 20]).is_err(),
        "the disk is not full"
    );
    let mut there = Vec::new();
    for n in 0..1_000 {
        let key = format!("key {n}");
        if crate::tables::read(&store, key.as_bytes()).await.is_some() {
            there.push(key);
        }
    }
    assert!(there.len() > 10, "{}", there.len());
    let (one_by_one, together) = there.split_at(there.len() / 4);
    for key in one_by_one {
        store.delete(&[key.as_bytes()]).await.unwrap();
    }
    let keys: Vec<_> = together.iter().map(String::as_bytes).collect();
    store.delete(&keys).await.unwrap();
    for key in &there {
        assert_eq!(crate::tables::read(&store, key.as_bytes()).await, None);
    }
    fs::remove_file(&others).unwrap();
    assert_eq!(write(0, None).await, Written::Yes);
}
