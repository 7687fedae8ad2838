use super::*;
use crate::wait::block_on;

/// A folder that is gone when this is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let name = format!("cache-core-{}-{name}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn open(url: &str) -> Result<FileStore> {
    let mut address = Address::parse(url)?;
    let store = block_on(FileStore::open_address(&mut address))?;
    address.finish().map(|()| store)
}

#[test]
fn its_address_is_a_path_with_bounds() {
    let scratch = Scratch::new("a folder");
    let path = scratch.0.display().to_string().replace(' ', "%20");
    let store = open(&format!("file://{path}?max_entries=7&max_bytes=2kB")).unwrap();
    assert_eq!(store.shards.path(), scratch.0);
    let bounds = store.shards.bounds();
    assert_eq!((bounds.entries, bounds.bytes), (7, 2000));
    let store = open(&format!("file://localhost{path}")).unwrap();
    assert_eq!(store.shards.bounds(), BOUNDS);
}

#[test]
fn what_is_no_folder_is_an_error_that_names_it() {
    for url in [
        "file:",
        "file:cache",
        "file://host/cache",
        "file:///%ff",
        "file:///%00",
    ] {
        assert!(open(url).unwrap_err().is_invalid_url(), "{url}");
    }
    let error = open("file:///nowhere?max_bytes=x").unwrap_err().to_string();
    assert!(error.contains("max_bytes=x"), "{error}");
    assert!(FileStore::open("relative").unwrap_err().is_invalid_url());
}

#[test]
fn the_root_of_all_folders_is_an_error_that_says_so() {
    for url in [
        "file:///",
        "file:////",
        "file:///.",
        "file:///..",
        "file:///../.",
        "file:///a/..",
        "file:///a/%2e%2e/..",
        "file://localhost/",
    ] {
        let error = open(url).unwrap_err();
        assert!(error.is_invalid_url(), "{url}");
        assert!(
            error.to_string().contains("the root of all folders"),
            "{error}"
        );
    }
}

#[test]
fn a_path_may_lead_through_the_parent_of_a_folder() {
    let scratch = Scratch::new("parents");
    assert!(open(&format!("file://{}/a/../b", scratch.0.display())).is_ok());
}

/// No full disk is at hand; the largest file that a process may write stands for it in the tests of the whole store.
#[test]
fn a_full_disk_is_too_large_and_nothing_else_is() {
    use std::io::{Error, ErrorKind};
    for full in [
        ErrorKind::StorageFull,
        ErrorKind::QuotaExceeded,
        ErrorKind::FileTooLarge,
    ] {
        assert!(shard::is_full(&Error::from(full)), "{full}");
    }
    for other in [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem] {
        assert!(!shard::is_full(&Error::from(other)), "{other}");
    }
    #[cfg(target_os = "linux")]
    for (number, full) in [(28, true), (122, true), (27, true), (5, false)] {
        assert_eq!(shard::is_full(&Error::from_raw_os_error(number)), full);
    }
}
