//! Which folders the store trusts.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use cache_core::FileStore;

use super::processes::Child;
use super::{Scratch, files};

fn refusal(path: &Path) -> String {
    let error = FileStore::open(path).unwrap_err();
    assert!(error.is_invalid_url(), "{error}");
    error.to_string()
}

#[test]
fn a_link_is_refused() {
    let scratch = Scratch::new();
    drop(scratch.store());
    let link = scratch.0.join("link");
    symlink(scratch.cache(), &link).unwrap();
    assert!(refusal(&link).contains("symbolic link"));
    let file = scratch.0.join("file");
    fs::write(&file, b"").unwrap();
    assert!(refusal(&file).contains("not a folder"));
}

#[test]
fn a_folder_that_others_can_write_in_is_refused() {
    let scratch = Scratch::new();
    drop(scratch.store());
    for mode in [0o777, 0o1777, 0o770, 0o702] {
        fs::set_permissions(scratch.cache(), Permissions::from_mode(mode)).unwrap();
        let refusal = refusal(&scratch.cache());
        assert!(
            refusal.contains("other users can write"),
            "{mode:o}: {refusal}"
        );
    }
}

#[test]
fn the_folder_of_another_user_is_refused() {
    let scratch = Scratch::new();
    let refusal = if rustix::process::geteuid().is_root() {
        drop(scratch.store());
        chown(scratch.cache(), Some(65_534), None).unwrap();
        refusal(&scratch.cache())
    } else {
        refusal(Path::new("/"))
    };
    assert!(refusal.contains("another user"), "{refusal}");
}

#[tokio::test]
async fn a_folder_that_became_unsafe_is_not_used() {
    let scratch = Scratch::new();
    let store = scratch.store();
    super::put(&store, "key", b"value").await;
    assert!(super::get(&store, "key").await.is_some());
    fs::set_permissions(scratch.cache(), Permissions::from_mode(0o777)).unwrap();
    let get = cache_core::Store::get(&store, &[b"key"]).await;
    assert!(get.unwrap_err().is_store());
}

#[test]
fn everything_is_created_for_this_user_alone() {
    let scratch = Scratch::new();
    let deep = scratch.0.join("one/two/cache");
    Child::new("fill", &deep).under("umask 0").run();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    for folder in ["one", "one/two", "one/two/cache"] {
        assert_eq!(mode(&scratch.0.join(folder)), 0o700, "{folder}");
    }
    let files = files(&deep);
    assert_eq!(
        files.len(),
        3,
        "an entry, a lock and what is held: {files:?}"
    );
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
        assert_eq!(mode(file.parent().unwrap()), 0o700, "{}", file.display());
    }
}

/// Root can write everything, so a process of another user tries.
#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    let scratch = Scratch::new();
    fs::set_permissions(&scratch.0, Permissions::from_mode(0o777)).unwrap();
    Child::new("read-only", &scratch.cache()).of_nobody().run();
}
