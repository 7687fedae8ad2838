//! A store in a folder, which several processes of one machine may share.

use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use self::shards::Shards;
use self::work::work;
use super::bounds::StoreBounds;
use super::runtime::spawn;
use super::{Answer, Put, Store, When, Written};
use crate::address::{Address, decode};
use crate::clock;
use crate::error::{Error, Result};
use crate::sync::Mutex;

mod boot;
mod cull;
mod filling;
#[cfg_attr(not(unix), path = "file/folder_elsewhere.rs")]
mod folder;
mod locked;
mod oldest;
mod record;
mod shard;
mod shards;
mod sweep;
mod usage;
mod work;

const BOUNDS: StoreBounds = StoreBounds {
    entries: 100_000,
    bytes: 1 << 30,
};

/// A store in the files of one folder, which is bounded: the entries that were written least recently are removed first.
/// Processes of one machine may share it.
///
/// - **The folder is private.** It and all that it needs above it are created for this user alone. A folder that is a
///   symbolic link, belongs to somebody else or can be written by others is refused. Links inside are not followed, files
///   of other names are left alone, and a file that is torn or was not written by a store counts as absent and is removed.
/// - **The bounds are approximate**: they are enforced in the background, and concurrent writes of several processes may exceed
///   them for a moment. A tenth of the sum of the store's size and the free disk space stays free. On a full disk the store makes
///   room: it removes expired entries first, then those that were written least recently. A value that still does not fit is
///   [`Written::TooLarge`].
/// - **Expired entries are swept in the background** while a process writes: one of 256 subfolders each second.
/// - **If another process has locked a subfolder**, calls wait for it for two seconds at most; calls to other subfolders do not.
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
    incarnation: u64,
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
        if is_root(path) {
            return Err(fault(
                "this is the root of all folders: say which one, such as file:///var/cache/app",
            ));
        }
        if path.as_os_str().as_encoded_bytes().contains(&0) {
            return Err(fault("the path contains a NUL byte"));
        }
        let shards = Shards::new(path.to_owned(), BOUNDS);
        match folder::Folder::root(path, true) {
            Err(error) if folder::is_unsafe(&error) => Err(fault(&error.to_string())),
            _ => Ok(Self {
                shards: Arc::new(shards),
                incarnation: boot::number(),
            }),
        }
    }

    /// The same folder with other bounds: at most so many entries, which take at most so many bytes.
    #[must_use]
    pub fn bounded(self, entries: usize, bytes: u64) -> Self {
        let path = self.shards.path().to_owned();
        Self {
            shards: Arc::new(Shards::new(path, StoreBounds { entries, bytes })),
            ..self
        }
    }

    /// Opens `file:///path?max_entries=…&max_bytes=…`.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), or if the address names a host or is no address of a folder.
    pub(crate) async fn open_address(address: &mut Address) -> Result<Self> {
        let bounds = StoreBounds::take(address, BOUNDS)?;
        let fault = |fault| Error::address(&address.shown(), fault);
        let local = address
            .rest
            .strip_prefix("//localhost/")
            .or_else(|| address.rest.strip_prefix("///"))
            .ok_or_else(|| fault("a folder is written file:///path"))?;
        let local = decode(local).ok_or_else(|| fault("the path is not valid UTF-8"))?;
        let path = if cfg!(windows) {
            local
        } else {
            format!("/{local}")
        };
        let opening = spawn(async move { Self::open(PathBuf::from(path)) })?;
        let store = opening.await.map_err(Error::store)??;
        Ok(store.bounded(bounds.entries, bounds.bytes))
    }
}

/// Whether a path names the root of all folders, as `/a/..` does.
fn is_root(path: &Path) -> bool {
    let depth = path.components().fold(0_usize, |depth, part| match part {
        Component::Normal(_) => depth + 1,
        Component::ParentDir => depth.saturating_sub(1),
        _ => depth,
    });
    depth == 0
}

/// A [`Put`] that has no owner to wait for.
struct Owned {
    key: Vec<u8>,
    value: Vec<u8>,
    life: record::RecordLife,
    when: When,
}

impl Owned {
    fn new(put: &Put<'_>, now: SystemTime) -> Self {
        Self {
            key: put.key.to_vec(),
            value: put.value.to_vec(),
            life: record::RecordLife::new(put.ttl, now),
            when: put.when,
        }
    }
}

fn owned(keys: &[&[u8]]) -> Vec<Vec<u8>> {
    keys.iter().map(|key| key.to_vec()).collect()
}

/// How often room is made for one value: others may be faster to take it.
const TRIES: u32 = 4;

/// What is written, one after the other.
struct Writing {
    puts: Vec<Owned>,
    now: SystemTime,
    written: Vec<Written>,
    /// How often room has been made for the next of them.
    tries: u32,
}

impl Writing {
    /// Writes all, or as many as there is room for on the disk and tells in which turn there will be more.
    fn write(&mut self, shards: &Shards) -> io::Result<Option<u64>> {
        while let Some(put) = self.puts.get(self.written.len()) {
            let turn = shards.making.turn();
            let written = match shards.put(put, self.now) {
                Err(error) if shard::is_full(&error) => {
                    let length = record::length(&put.key, &put.value);
                    let may_help = shard::is_out_of_room(&error)
                        && shards.filling.lock().may_make_room(length);
                    if may_help && self.tries < TRIES {
                        self.tries += 1;
                        return Ok(Some(turn));
                    }
                    Written::TooLarge
                }
                written => written?,
            };
            self.tries = 0;
            self.written.push(written);
        }
        Ok(None)
    }
}

impl Store for FileStore {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        let (keys, now) = (owned(keys), clock::wall());
        let get = move |shards: &Arc<Shards>| shards.get(&keys, now);
        Ok(Answer {
            incarnation: self.incarnation,
            found: work(&self.shards, get).await?,
        })
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        sweep::begin(&self.shards);
        let now = clock::wall();
        let puts = Arc::new(Mutex::new(Writing {
            puts: puts.iter().map(|put| Owned::new(put, now)).collect(),
            now,
            written: Vec::with_capacity(puts.len()),
            tries: 0,
        }));
        loop {
            let own = puts.clone();
            let write = move |shards: &Arc<Shards>| {
                let outcome = own.lock().write(shards);
                cull::begin_if_due(shards);
                outcome
            };
            match work(&self.shards, write).await? {
                Some(turn) => cull::make_room(&self.shards, turn, now).await,
                None => return Ok(std::mem::take(&mut puts.lock().written)),
            }
        }
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        let keys = owned(keys);
        let delete = move |shards: &Arc<Shards>| {
            let mut deleted = keys.iter().map(|key| shards.delete(key));
            deleted.try_for_each(|done| done)
        };
        work(&self.shards, delete).await
    }

    async fn sweep(&self) -> Result<()> {
        sweep::all(&self.shards, clock::wall()).await
    }

    fn address(&self) -> String {
        format!("file://{}", self.shards.path().display())
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
