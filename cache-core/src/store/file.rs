//! A store in a folder, which several processes of one machine may share.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use self::shards::Shards;
use super::bounds::Bounds;
use super::runtime::run_blocking;
use super::{Answer, Put, Store, When, Written};
use crate::address::{Address, decode};
use crate::clock;
use crate::error::{Error, Result};

mod boot;
mod cull;
#[cfg_attr(not(unix), path = "file/folder_elsewhere.rs")]
mod folder;
mod record;
mod shard;
mod shards;

const BOUNDS: Bounds = Bounds {
    entries: 100_000,
    bytes: 1 << 30,
};

/// Bytes in files of one folder, which is bounded: what was written least recently goes first. Processes of one machine may
/// share it.
///
/// - **The folder is private.** It and all that it needs above it are created for this user alone. A folder that is a
///   symbolic link, belongs to somebody else or can be written by others is refused. Links inside are not followed, files
///   of other names are left alone, and a file that is torn or was not written by a store counts as absent and is removed.
/// - **The bounds are approximate**: they are kept in the background, and what several processes write at once may exceed
///   them for a moment. A disk that is full is [`Written::TooLarge`].
/// - **Nothing is synced to the disk.** Under Linux what was written before the machine was last started does not count any
///   more. Elsewhere empty the folder after a crash of the machine: removed entries may be there again.
///
/// Its address is `file:///var/cache/app?max_entries=100000&max_bytes=1GiB`, where the bounds may be left out.
///
/// ```no_run
/// use cache_core::store::FileStore;
///
/// let store = FileStore::open("/var/cache/app")?.bounded(50_000, 500 << 20);
/// # drop(store);
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Clone)]
pub struct FileStore {
    shards: Arc<Shards>,
    era: u64,
}

impl FileStore {
    /// Opens a folder, and creates it where it is missing, now and whenever it is removed. A folder that cannot be created or
    /// reached is no error yet: then the calls fail, until it can.
    ///
    /// # Errors
    ///
    /// If the path is relative or has a NUL in it, or the folder is not safe: a symbolic link, another user's, or writable
    /// by others.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let fault = |fault: &str| Error::address(&format!("file://{}", path.display()), fault);
        if !path.is_absolute() {
            return Err(fault("the path is not absolute"));
        }
        if path.as_os_str().as_encoded_bytes().contains(&0) {
            return Err(fault("the path has a NUL in it"));
        }
        let shards = Shards::new(path.to_owned(), BOUNDS);
        match folder::Folder::root(path, true) {
            Err(error) if folder::is_unsafe(&error) => Err(fault(&error.to_string())),
            _ => Ok(Self {
                shards: Arc::new(shards),
                era: boot::number(),
            }),
        }
    }

    /// The same folder with other bounds: at most so many entries, which take at most so many bytes.
    #[must_use]
    pub fn bounded(self, entries: usize, bytes: u64) -> Self {
        let path = self.shards.path().to_owned();
        Self {
            shards: Arc::new(Shards::new(path, Bounds { entries, bytes })),
            ..self
        }
    }

    /// Opens `file:///path?max_entries=…&max_bytes=…`.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), or if the address names a host or is no address of a folder.
    pub(crate) async fn open_address(address: &mut Address) -> Result<Self> {
        let bounds = Bounds::take(address, BOUNDS)?;
        let fault = |fault| Error::address(&address.shown(), fault);
        let local = address
            .rest
            .strip_prefix("//localhost/")
            .or_else(|| address.rest.strip_prefix("///"))
            .ok_or_else(|| fault("a folder is written file:///path"))?;
        let local = decode(local).ok_or_else(|| fault("the path is no UTF-8"))?;
        let path = if cfg!(windows) {
            local
        } else {
            format!("/{local}")
        };
        let store = run_blocking(move || Self::open(PathBuf::from(path))).await?;
        Ok(store.bounded(bounds.entries, bounds.bytes))
    }
}

/// A [`Put`] that has no owner to wait for.
struct Owned {
    key: Vec<u8>,
    value: Vec<u8>,
    life: record::Life,
    when: When,
}

impl Owned {
    fn new(put: &Put<'_>, now: SystemTime) -> Self {
        Self {
            key: put.key.to_vec(),
            value: put.value.to_vec(),
            life: record::Life::new(put.ttl, now),
            when: put.when,
        }
    }
}

fn owned(keys: &[&[u8]]) -> Vec<Vec<u8>> {
    keys.iter().map(|key| key.to_vec()).collect()
}

impl Store for FileStore {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        let (shards, keys, now) = (self.shards.clone(), owned(keys), clock::wall());
        let found = run_blocking(move || {
            let found = keys.iter().map(|key| shards.get(key, now));
            found.collect::<std::io::Result<_>>().map_err(Error::store)
        })
        .await?;
        Ok(Answer {
            era: self.era,
            found,
        })
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        let (shards, now) = (self.shards.clone(), clock::wall());
        let puts: Vec<_> = puts.iter().map(|put| Owned::new(put, now)).collect();
        run_blocking(move || {
            let written = puts.iter().map(|put| shards.put(put, now));
            let written = written.collect::<std::io::Result<_>>();
            cull::begin_if_due(&shards);
            written.map_err(Error::store)
        })
        .await
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        let (shards, keys) = (self.shards.clone(), owned(keys));
        run_blocking(move || {
            let mut deleted = keys.iter().map(|key| shards.delete(key));
            deleted.try_for_each(|done| done).map_err(Error::store)
        })
        .await
    }

    async fn sweep(&self) -> Result<()> {
        let (shards, now) = (self.shards.clone(), clock::wall());
        run_blocking(move || cull::sweep(&shards, now).map_err(Error::store)).await
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("FileStore")
            .field("path", &self.shards.path())
            .field("bounds", &self.shards.bounds())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
