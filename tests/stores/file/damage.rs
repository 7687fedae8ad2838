//! Truncated, changed and planted files count as absent, and are removed.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use cache_core::Store;
use cache_core::store::{FileStore, Put, When, Written};

use super::{Scratch, get, put};

/// Several times: a process that another test has just begun has the locks of this one for a moment, and who reads does not wait.
async fn is_absent_and_removed(store: &FileStore, file: &Path, what: &str) {
    for _ in 0..1_000 {
        assert_eq!(get(store, "key").await, None, "{what}");
        if !file.exists() {
            return;
        }
    }
    panic!("it is still there: {what}");
}

#[tokio::test]
async fn a_file_torn_at_any_length_is_absent_and_removed() {
    let scratch = Scratch::new();
    let store = scratch.store();
    put(&store, "key", b"a value of some length").await;
    let file = scratch.entry();
    let whole = fs::read(&file).unwrap();
    for length in 0..whole.len() {
        fs::write(&file, &whole[..length]).unwrap();
        is_absent_and_removed(&store, &file, &format!("cut to {length}")).await;
    }
    fs::write(&file, [&whole[..], b"more"].concat()).unwrap();
    assert_eq!(get(&store, "key").await, None);
    fs::write(&file, &whole).unwrap();
    assert!(get(&store, "key").await.is_some());
}

#[tokio::test]
async fn a_flipped_bit_is_seen() {
    let scratch = Scratch::new();
    let store = scratch.store();
    put(&store, "key", b"a value of some length").await;
    let file = scratch.entry();
    let whole = fs::read(&file).unwrap();
    for at in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[at / 8] ^= 1 << (at % 8);
        fs::write(&file, bytes).unwrap();
        is_absent_and_removed(&store, &file, &format!("bit {at}")).await;
    }
}

#[tokio::test]
async fn a_spoiled_file_is_in_nobodys_way() {
    let scratch = Scratch::new();
    let store = scratch.store();
    put(&store, "key", b"value").await;
    for when in [When::Absent, When::Always] {
        fs::write(scratch.entry(), b"planted").unwrap();
        let put = Put {
            key: b"key",
            value: b"new",
            ttl: None,
            when,
        };
        assert_eq!(store.put(&[put]).await.unwrap(), [Written::Yes]);
        assert_eq!(get(&store, "key").await.unwrap(), b"new");
    }
    fs::write(scratch.entry(), b"planted").unwrap();
    store.sweep().await.unwrap();
    assert!(scratch.entries().is_empty());
}

#[tokio::test]
async fn the_file_of_another_key_is_not_taken_for_this_one() {
    let scratch = Scratch::new();
    let store = scratch.store();
    put(&store, "one", b"of one").await;
    let one = scratch.entry();
    put(&store, "other", b"of the other").await;
    let mut both = scratch.entries();
    both.retain(|file| *file != one);
    fs::copy(&one, &both[0]).unwrap();
    assert_eq!(get(&store, "other").await, None);
    assert_eq!(get(&store, "one").await.unwrap(), b"of one");
}

#[tokio::test]
async fn a_link_is_not_followed() {
    let scratch = Scratch::new();
    let store = scratch.store();
    put(&store, "key", b"value").await;
    let (file, outside) = (scratch.entry(), scratch.0.join("outside"));
    // Even if what it points to is an entry, as the store would write it.
    fs::rename(&file, &outside).unwrap();
    let whole = fs::read(&outside).unwrap();
    symlink(&outside, &file).unwrap();
    assert_eq!(get(&store, "key").await, None);
    assert!(!file.is_symlink(), "the link is removed");
    symlink(&outside, &file).unwrap();
    put(&store, "key", b"new").await;
    assert!(!file.is_symlink(), "the link is replaced");
    fs::remove_file(&file).unwrap();
    symlink(&outside, &file).unwrap();
    store.delete(&[b"key"]).await.unwrap();
    assert!(!file.is_symlink());
    assert_eq!(fs::read(&outside).unwrap(), whole, "nobody went through it");
}

#[tokio::test]
async fn a_link_in_place_of_what_is_written_is_not_followed() {
    let scratch = Scratch::new();
    let store = scratch.store();
    put(&store, "key", b"value").await;
    let outside = scratch.0.join("outside");
    fs::write(&outside, b"precious").unwrap();
    let new = scratch.entry().with_file_name("new");
    symlink(&outside, &new).unwrap();
    put(&store, "key", b"other").await;
    assert_eq!(get(&store, "key").await.unwrap(), b"other");
    let lock = scratch.entry().with_file_name("lock");
    fs::remove_file(&lock).unwrap();
    symlink(&outside, &lock).unwrap();
    assert!(store.delete(&[b"key"]).await.unwrap_err().is_store());
    assert_eq!(fs::read(&outside).unwrap(), b"precious");
}

#[tokio::test]
async fn a_folder_that_is_a_link_is_not_entered() {
    let scratch = Scratch::new();
    let store = scratch.store();
    put(&store, "key", b"value").await;
    let folder = scratch.entry().parent().unwrap().to_owned();
    let outside = scratch.0.join("outside");
    fs::rename(&folder, &outside).unwrap();
    let before = fs::read_dir(&outside).unwrap().count();
    symlink(&outside, &folder).unwrap();
    assert!(store.get(&[b"key"]).await.unwrap_err().is_store());
    assert!(store.delete(&[b"key"]).await.unwrap_err().is_store());
    assert!(store.sweep().await.unwrap_err().is_store());
    assert_eq!(fs::read_dir(&outside).unwrap().count(), before);
}

#[tokio::test]
async fn what_is_no_plain_file_holds_nobody_up() {
    let scratch = Scratch::new();
    let store = scratch.store();
    put(&store, "key", b"value").await;
    let file = scratch.entry();
    fs::remove_file(&file).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&file).status();
    assert!(made.unwrap().success());
    assert_eq!(get(&store, "key").await, None);
    put(&store, "key", b"value").await;
    assert_eq!(get(&store, "key").await.unwrap(), b"value");
}

#[tokio::test]
async fn a_folder_in_the_place_of_an_entry_is_in_nobodys_way() {
    let scratch = Scratch::new();
    let store = scratch.store();
    put(&store, "key", b"value").await;
    let file = scratch.entry();
    let plant = || {
        let _ = fs::remove_file(&file);
        fs::create_dir(&file).unwrap();
    };
    plant();
    assert_eq!(get(&store, "key").await, None);
    store.delete(&[b"key"]).await.unwrap();
    assert!(!file.exists());
    plant();
    put(&store, "key", b"new").await;
    assert_eq!(get(&store, "key").await.unwrap(), b"new");
}
