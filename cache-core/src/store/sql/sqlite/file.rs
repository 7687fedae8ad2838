//! The file of a database, and whether it still is the one that the connections have open: who removes or replaces it leaves
//! them with one that nobody else can find.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::sync::Mutex;

/// What `SQLite` puts beside the file.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// Where a database is kept.
#[derive(Debug)]
pub(super) struct DbFile {
    path: PathBuf,
    beside: [PathBuf; 2],
    open: Mutex<Option<DatabaseFiles>>,
}

/// A file by its device and its number there; `None` if it is missing.
type Id = Option<(u64, u64)>;

/// The file, and the log of writes and the memory that all who use it share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct DatabaseFiles {
    file: Id,
    beside: [Id; 2],
}

impl DbFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            beside: BESIDE.map(|end| {
                let mut path = path.clone().into_os_string();
                path.push(end);
                path.into()
            }),
            path,
            open: Mutex::new(None),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the names lead to the files that the connections have open.
    pub(super) fn is_open(&self) -> bool {
        let open = *self.open.lock();
        open.is_some_and(|open| open == self.look())
    }

    /// Makes an empty file that nobody else may read, if there is none, and says which file it is. What `SQLite` puts beside
    /// it has the same mode.
    pub(super) fn make(&self) -> io::Result<Id> {
        *self.open.lock() = None;
        if !self.path.try_exists()? {
            // What is left of another file would be read as a part of this one.
            for beside in &self.beside {
                match fs::remove_file(beside) {
                    Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&self.path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => Ok(id(&self.path)),
        }
    }

    /// A connection to the file `made` is open. If the name leads elsewhere by now, none is taken to be.
    pub(super) fn opened(&self, made: Id) {
        let files = self.look();
        *self.open.lock() = (files.file == made).then_some(files);
    }

    /// The file last: who removes a database removes it first.
    fn look(&self) -> DatabaseFiles {
        let [log, shared] = &self.beside;
        let beside = [id(log), id(shared)];
        DatabaseFiles {
            file: id(&self.path),
            beside,
        }
    }
}

#[cfg(unix)]
fn id(path: &Path) -> Id {
    use std::os::unix::fs::MetadataExt;
    let there = fs::metadata(path).ok()?;
    Some((there.dev(), there.ino()))
}

/// No file that is open can be removed there.
#[cfg(not(unix))]
fn id(_: &Path) -> Id {
    None
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    /// A name in a folder that goes with the test.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let name = format!("cache-db-file-{name}-{}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }

        fn file(&self) -> DbFile {
            DbFile::new(self.0.join("cache.db"))
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// Another process may still have them open, and its locks are not those of the new file.
    #[test]
    fn what_was_left_of_another_file_is_no_part_of_a_new_one() {
        let scratch = Scratch::new("left");
        let file = scratch.file();
        for path in &file.beside {
            fs::write(path, "left").unwrap();
        }
        let made = file.make().unwrap();
        assert!(made.is_some());
        assert_eq!(file.beside.each_ref().map(|path| path.exists()), [false; 2]);
        for path in &file.beside {
            fs::write(path, "its own").unwrap();
        }
        assert_eq!(file.make().unwrap(), made);
        assert_eq!(file.beside.each_ref().map(|path| path.exists()), [true; 2]);
    }

    #[test]
    fn a_file_that_was_replaced_while_it_was_opened_is_not_open() {
        let scratch = Scratch::new("replaced");
        let file = scratch.file();
        let made = file.make().unwrap();
        file.opened(made);
        assert!(file.is_open());
        let made = file.make().unwrap();
        fs::write(scratch.0.join("another"), "").unwrap();
        fs::rename(scratch.0.join("another"), file.path()).unwrap();
        file.opened(made);
        assert!(!file.is_open());
    }
}
