//! Folders that are held open, so that nothing is reached through a link that somebody plants between two calls.

use std::fmt;
use std::fs::{DirBuilder, File};
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Dir, FileType, FlockOperation, Mode, OFlags, Stat};
use rustix::io::Errno;

/// Nothing is followed, and nothing is left open in programs that are started.
const SAFE: OFlags = OFlags::NOFOLLOW.union(OFlags::CLOEXEC);

/// To read what may be no plain file.
const READ: OFlags = SAFE
    .union(OFlags::RDONLY)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

/// The file of a folder that is locked by whoever writes in it.
const LOCK: &str = "lock";

/// A folder, open.
#[derive(Debug)]
pub(super) struct Folder(OwnedFd);

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
struct Unsafe(&'static str);

impl fmt::Display for Unsafe {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the folder is not safe: {}", self.0)
    }
}

impl std::error::Error for Unsafe {}

fn refused(fault: &'static str) -> io::Error {
    io::Error::new(ErrorKind::PermissionDenied, Unsafe(fault))
}

/// Whether the folder was refused for what it is.
pub(super) fn is_unsafe(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(<dyn std::error::Error + Send + Sync>::is::<Unsafe>)
}

impl Folder {
    /// Opens the folder of a store, and looks whether nobody else can write in it.
    pub(super) fn root(path: &Path, create: bool) -> io::Result<Self> {
        let open = || {
            rustix::fs::open(
                path,
                SAFE | OFlags::DIRECTORY | OFlags::RDONLY,
                Mode::empty(),
            )
        };
        let opened = match open() {
            Err(Errno::NOENT) if create => {
                // Each level that is missing gets this mode, and a umask can only take from it.
                DirBuilder::new().recursive(true).mode(0o700).create(path)?;
                open()
            }
            opened => opened,
        };
        let folder = match opened {
            Err(Errno::LOOP | Errno::NOTDIR) => {
                return Err(refused("it is a symbolic link or not a folder"));
            }
            opened => opened?,
        };
        check_owner(&rustix::fs::fstat(&folder)?)?;
        Ok(Self(folder))
    }

    /// A folder inside; `None` if it is missing and not to be created.
    pub(super) fn inner(&self, name: &str, create: bool) -> io::Result<Option<Self>> {
        let flags = SAFE | OFlags::DIRECTORY | OFlags::RDONLY;
        let open = || rustix::fs::openat(&self.0, name, flags, Mode::empty());
        let opened = match open() {
            Err(Errno::NOENT) if !create => return Ok(None),
            Err(Errno::NOENT) => {
                match rustix::fs::mkdirat(&self.0, name, Mode::RWXU) {
                    Err(Errno::EXIST) => {}
                    made => made?,
                }
                open()
            }
            opened => opened,
        };
        Ok(Some(Self(opened?)))
    }

    /// Opens a file to read it. What is no plain file does not hold up the caller.
    pub(super) fn open(&self, name: &str) -> io::Result<Option<File>> {
        match rustix::fs::openat(&self.0, name, READ, Mode::empty()) {
            Err(Errno::NOENT) => Ok(None),
            opened => Ok(Some(opened?.into())),
        }
    }

    /// [`open`](Self::open), of a file in a folder inside: in one step where the system has one that follows no link on its way.
    pub(super) fn open_in(&self, folder: &str, name: &str) -> io::Result<Option<File>> {
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{ResolveFlags, openat2};

            let path = format!("{folder}/{name}");
            match openat2(
                &self.0,
                path,
                READ,
                Mode::empty(),
                ResolveFlags::NO_SYMLINKS,
            ) {
                Ok(file) => return Ok(Some(file.into())),
                Err(Errno::NOENT) => return Ok(None),
                // The system may be too old, or refuse the call; and what else is wrong, two steps say as well.
                Err(_) => {}
            }
        }
        match self.inner(folder, false)? {
            Some(inner) => inner.open(name),
            None => Ok(None),
        }
    }

    /// Whether this is still the folder of a store that lies at a path, and nobody else can write in it by now.
    pub(super) fn is_root_at(&self, path: &Path) -> io::Result<bool> {
        let there = match rustix::fs::statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => return Ok(false),
            there => there?,
        };
        let own = rustix::fs::fstat(&self.0)?;
        Ok((own.st_dev, own.st_ino) == (there.st_dev, there.st_ino) && check_owner(&there).is_ok())
    }

    /// Creates a file that is not there yet.
    pub(super) fn create(&self, name: &str) -> io::Result<File> {
        let flags = SAFE | OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        Ok(rustix::fs::openat(&self.0, name, flags, Mode::RUSR | Mode::WUSR)?.into())
    }

    /// Opens a file to read it and write in it, and creates it where it is missing.
    pub(super) fn open_to_write(&self, name: &str) -> io::Result<File> {
        let flags = SAFE | OFlags::RDWR | OFlags::CREATE;
        Ok(rustix::fs::openat(&self.0, name, flags, Mode::RUSR | Mode::WUSR)?.into())
    }

    /// What is left of the disk for this user.
    pub(super) fn space(&self) -> io::Result<Option<DiskSpace>> {
        let disk = rustix::fs::fstatvfs(&self.0)?;
        Ok(Some(DiskSpace {
            block: disk.f_frsize,
            free: disk.f_frsize.saturating_mul(disk.f_bavail),
        }))
    }

    /// Puts a file in the place of another, in one step.
    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let rename = || rustix::fs::renameat(&self.0, from, &self.0, to);
        match rename() {
            Err(Errno::ISDIR) => self.remove(to)?,
            renamed => return Ok(renamed?),
        }
        Ok(rename()?)
    }

    /// Removes a file, an empty folder, or a link and not what it points to.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        let remove = |flags| rustix::fs::unlinkat(&self.0, name, flags);
        let removed = match remove(AtFlags::empty()) {
            // For a folder, as Linux and as POSIX have it.
            Err(fault @ (Errno::ISDIR | Errno::PERM)) => {
                remove(AtFlags::REMOVEDIR).map_err(|error| match error {
                    Errno::NOTDIR => fault,
                    other => other,
                })
            }
            removed => removed,
        };
        match removed {
            Err(Errno::NOENT) => Ok(()),
            removed => Ok(removed?),
        }
    }

    pub(super) fn look(&self, name: &str) -> io::Result<Option<FileStat>> {
        match rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => Ok(None),
            seen => Ok(Some(seen_of(&seen?))),
        }
    }

    /// The names of what is inside, as far as they are text.
    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            names.extend(entry?.file_name().to_str().ok().map(str::to_owned));
        }
        Ok(names)
    }

    /// Locks the folder against all others that write in it, here and in other processes, until the file is dropped; `None`
    /// if somebody else has it.
    pub(super) fn lock(&self) -> io::Result<Option<File>> {
        let file = self.open_to_write(LOCK)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => return Ok(None),
            locked => locked?,
        }
        // Whoever removed the file meanwhile has left its next owner with another one.
        let own = rustix::fs::fstat(&file)?;
        let there = match rustix::fs::statat(&self.0, LOCK, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => return Ok(None),
            there => there?,
        };
        let same = (own.st_dev, own.st_ino) == (there.st_dev, there.st_ino);
        Ok(same.then_some(file))
    }
}

/// Refuses a folder that others own or can write in.
fn check_owner(stat: &Stat) -> io::Result<()> {
    if stat.st_uid != rustix::process::geteuid().as_raw() {
        return Err(refused("it belongs to another user"));
    }
    if stat.st_mode & 0o022 != 0 {
        return Err(refused("other users can write to it"));
    }
    Ok(())
}

pub(super) fn seen(file: &File) -> io::Result<FileStat> {
    Ok(seen_of(&rustix::fs::fstat(file)?))
}

fn seen_of(stat: &Stat) -> FileStat {
    FileStat {
        plain: FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile,
        length: u64::try_from(stat.st_size).unwrap_or(0),
        written: i128::from(stat.st_mtime) * 1_000_000_000 + i128::from(stat.st_mtime_nsec),
    }
}

/// Whether what was to be opened is a link, which nobody follows.
pub(super) fn is_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::LOOP.raw_os_error())
}
