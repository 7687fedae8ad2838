//! The error that another process has locked a folder.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

/// Another process has locked a folder.
#[derive(Debug)]
pub(super) struct Locked {
    shard: usize,
    folder: PathBuf,
}

impl Locked {
    pub(super) fn new(shard: usize, folder: PathBuf) -> Self {
        Self { shard, folder }
    }
}

impl fmt::Display for Locked {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "another process keeps {} locked",
            self.folder.display()
        )
    }
}

impl std::error::Error for Locked {}

impl From<Locked> for io::Error {
    fn from(locked: Locked) -> Self {
        Self::new(ErrorKind::WouldBlock, locked)
    }
}

/// The folder that another process has locked, if that is the error.
pub(super) fn locked<T>(outcome: &io::Result<T>) -> Option<usize> {
    let error = outcome.as_ref().err()?.get_ref()?;
    error.downcast_ref::<Locked>().map(|locked| locked.shard)
}
