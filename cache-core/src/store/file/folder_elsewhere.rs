//! Folders where the system is no Unix: by their paths, without modes.

use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The file of a folder that is locked by whoever writes in it.
const LOCK: &str = "lock";

/// A folder.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

/// What is known of a file without opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileStat {
    /// Whether it is a plain file.
    pub(super) plain: bool,
    pub(super) length: u64,
    /// When it was written, as a number that grows.
    pub(super) written: i128,
}

/// A disk, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct DiskSpace {
    /// What the smallest file takes.
    pub(super) block: u64,
    pub(super) free: u64,
}

/// Why a folder is refused.
#[derive(Debug)]
struct Unsafe;

impl fmt::Display for Unsafe {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the folder is not safe: it is a symbolic link or not a folder")
    }
}

impl std::error::Error for Unsafe {}

/// Whether the folder was refused for what it is.
pub(super) fn is_unsafe(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(<dyn std::error::Error + Send + Sync>::is::<Unsafe>)
}

fn present<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}

impl Folder {
    pub(super) fn root(path: &Path, create: bool) -> io::Result<Self> {
        if create && !path.exists() {
            fs::create_dir_all(path)?;
        }
        let there = fs::symlink_metadata(path)?;
        let refused = || io::Error::new(ErrorKind::PermissionDenied, Unsafe);
        there
            .is_dir()
            .then(|| Self(path.to_owned()))
            .ok_or_else(refused)
    }

    /// A folder inside; `None` if it is missing and not to be created.
    pub(super) fn inner(&self, name: &str, create: bool) -> io::Result<Option<Self>> {
        let path = self.0.join(name);
        if present(fs::symlink_metadata(&path))?.is_none() {
            if !create {
                return Ok(None);
            }
            fs::create_dir_all(&path)?;
        }
        Self::root(&path, false).map(Some)
    }

    pub(super) fn open(&self, name: &str) -> io::Result<Option<File>> {
        let path = self.0.join(name);
        match present(fs::symlink_metadata(&path))? {
            None => Ok(None),
            Some(there) if !there.is_file() => Err(io::Error::other(Unsafe)),
            Some(_) => present(File::open(path)),
        }
    }

    /// [`open`](Self::open), of a file in a folder inside.
    pub(super) fn open_in(&self, folder: &str, name: &str) -> io::Result<Option<File>> {
        match self.inner(folder, false)? {
            Some(inner) => inner.open(name),
            None => Ok(None),
        }
    }

    /// Whether there is nothing to look at anew. There always is.
    pub(super) fn is_root_at(&self, _: &Path) -> io::Result<bool> {
        Ok(false)
    }

    pub(super) fn create(&self, name: &str) -> io::Result<File> {
        File::create_new(self.0.join(name))
    }

    /// Opens a file to read it and write in it, and creates it where it is missing.
    pub(super) fn open_to_write(&self, name: &str) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        options.open(self.0.join(name))
    }

    /// Unknown there.
    pub(super) fn space(&self) -> io::Result<Option<DiskSpace>> {
        Ok(None)
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        present(fs::remove_file(self.0.join(name))).map(drop)
    }

    pub(super) fn look(&self, name: &str) -> io::Result<Option<FileStat>> {
        let there = present(fs::symlink_metadata(self.0.join(name)))?;
        Ok(there.as_ref().map(seen_of))
    }

    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.0)?.map(|entry| Ok(entry?.file_name().into_string().ok()));
        names.filter_map(io::Result::transpose).collect()
    }

    #[allow(clippy::incompatible_msrv, reason = "other systems ask for Rust 1.89")]
    pub(super) fn lock(&self) -> io::Result<Option<File>> {
        let file = self.open_to_write(LOCK)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }
}

pub(super) fn seen(file: &File) -> io::Result<FileStat> {
    Ok(seen_of(&file.metadata()?))
}

fn seen_of(there: &Metadata) -> FileStat {
    let written = there.modified().ok();
    let written = written.and_then(|written| written.duration_since(UNIX_EPOCH).ok());
    FileStat {
        plain: there.is_file(),
        length: there.len(),
        written: written.map_or(0, |written| {
            i128::try_from(written.as_nanos()).unwrap_or(i128::MAX)
        }),
    }
}

/// Whether what was to be opened is a link, which nobody follows.
pub(super) fn is_link(error: &io::Error) -> bool {
    is_unsafe(error)
}
