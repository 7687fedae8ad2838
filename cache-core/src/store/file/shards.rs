//! All folders of a store, and which of them a key belongs to.

use std::hash::Hasher;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::SystemTime;

use siphasher::sip128::{Hasher128, SipHasher13};

use super::Owned;
use super::filling::{Filling, Making};
use super::folder::{DiskSpace, Folder};
use super::locked::Locked;
use super::record;
use super::shard::{LockedShard, Reading, read};
use super::usage::{Ledger, SHARDS, Usage};
use crate::name::Name;
use crate::store::blocking::BlockingCalls;
use crate::store::bounds::StoreBounds;
use crate::store::{Found, Written};
use crate::sync::Mutex;

/// The calls of one store that may be under way at once. What a disk does at once is little more.
const THREADS: usize = 4;

/// How often a folder is looked for again that somebody removes between two steps. One that cannot be made is no better for
/// more.
const ATTEMPTS: usize = 8;

/// The folders of a store.
pub(super) struct Shards {
    path: PathBuf,
    bounds: StoreBounds,
    /// For those of this process, each for a few steps on the disk.
    queues: Vec<std::sync::Mutex<()>>,
    /// For those who wait for another process.
    turns: Vec<tokio::sync::Mutex<()>>,
    calls: Arc<BlockingCalls>,
    /// For those who read.
    held: Mutex<Option<Arc<Folder>>>,
    pub(super) filling: Mutex<Filling>,
    pub(super) making: Making,
    /// Whether sweeps come by themselves.
    pub(super) swept: AtomicBool,
}

impl Shards {
    pub(super) fn new(path: PathBuf, bounds: StoreBounds) -> Self {
        Self {
            path,
            bounds,
            queues: (0..SHARDS).map(|_| std::sync::Mutex::default()).collect(),
            turns: (0..SHARDS).map(|_| tokio::sync::Mutex::default()).collect(),
            calls: BlockingCalls::new(THREADS),
            held: Mutex::default(),
            filling: Mutex::new(Filling::default()),
            making: Making::default(),
            swept: AtomicBool::new(false),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn bounds(&self) -> StoreBounds {
        self.bounds
    }

    pub(super) fn calls(&self) -> &Arc<BlockingCalls> {
        &self.calls
    }

    /// The turn of those who wait until another process is done with a folder.
    pub(super) fn turn(&self, shard: usize) -> &tokio::sync::Mutex<()> {
        &self.turns[shard % SHARDS]
    }

    /// What is under each of these keys.
    pub(super) fn get(&self, keys: &[Vec<u8>], now: SystemTime) -> io::Result<Vec<Option<Found>>> {
        let Some(root) = self.held_root()? else {
            return Ok(keys.iter().map(|_| None).collect());
        };
        keys.iter().map(|key| self.find(&root, key, now)).collect()
    }

    fn find(&self, root: &Folder, key: &[u8], now: SystemTime) -> io::Result<Option<Found>> {
        let (shard, file) = place(key);
        match read(root.open_in(&name(shard), &file), key, now)? {
            Reading::Found(found) => return Ok(Some(found)),
            Reading::Nothing | Reading::Other => {}
            // Who cannot remove it can live with it.
            Reading::Useless => drop(self.discard(shard, &file, key, now)),
        }
        Ok(None)
    }

    fn discard(&self, shard: usize, name: &str, key: &[u8], now: SystemTime) -> io::Result<()> {
        if let Some(mut shard) = self.lock(shard, false)? {
            let more = shard.discard(name, key, now)?;
            drop(shard);
            self.filling.lock().add(more);
        }
        Ok(())
    }

    pub(super) fn put(&self, put: &Owned, now: SystemTime) -> io::Result<Written> {
        let (shard, name) = place(&put.key);
        let missing = || io::Error::from(ErrorKind::NotFound);
        let mut shard = self.lock(shard, true)?.ok_or_else(missing)?;
        let too_large = record::length(&put.key, &put.value) > self.bounds.bytes;
        if too_large || self.bounds.entries == 0 {
            return Ok(Written::TooLarge);
        }
        let (written, more) = shard.put(&name, put, now)?;
        drop(shard);
        if written == Written::Yes {
            self.filling
                .lock()
                .write(more, record::length(&put.key, &put.value));
        }
        Ok(written)
    }

    pub(super) fn delete(&self, key: &[u8]) -> io::Result<()> {
        let (shard, name) = place(key);
        let Some(mut shard) = self.lock(shard, false)? else {
            return Ok(());
        };
        let more = shard.remove(&name)?;
        drop(shard);
        self.filling.lock().add(more);
        Ok(())
    }

    /// The folder of the store, which is held open as long as it is the one at its path; `None` if it is missing.
    fn held_root(&self) -> io::Result<Option<Arc<Folder>>> {
        let held = self.held.lock().clone();
        if let Some(held) = held
            && held.is_root_at(&self.path)?
        {
            return Ok(Some(held));
        }
        let root = self.root(false)?.map(Arc::new);
        self.held.lock().clone_from(&root);
        Ok(root)
    }

    /// The folder of the store; `None` if it is missing and not to be created.
    fn root(&self, create: bool) -> io::Result<Option<Folder>> {
        match Folder::root(&self.path, create) {
            Err(error) if error.kind() == ErrorKind::NotFound && !create => Ok(None),
            root => root.map(Some),
        }
    }

    /// Locks a shard; `None` if it is missing and not to be created.
    ///
    /// # Errors
    ///
    /// [`Locked`], if another process has it: to be tried again.
    pub(super) fn lock(&self, shard: usize, create: bool) -> io::Result<Option<LockedShard<'_>>> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.try_lock(shard, create) {
                // Somebody removed the folder between two steps.
                Err(error) if error.kind() == ErrorKind::NotFound && attempt < ATTEMPTS => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    let fault = format!("could not create {}: {error}", self.path.display());
                    return Err(io::Error::new(ErrorKind::NotFound, fault));
                }
                locked => return locked,
            }
        }
    }

    /// The error that another process has locked a shard.
    pub(super) fn locked(&self, shard: usize) -> Locked {
        Locked::new(shard, self.path.join(name(shard)))
    }

    fn try_lock(&self, number: usize, create: bool) -> io::Result<Option<LockedShard<'_>>> {
        let queue = self.queues[number % SHARDS]
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let Some(root) = self.root(create)? else {
            return Ok(None);
        };
        let Some(folder) = root.inner(&name(number), create)? else {
            return Ok(None);
        };
        let lock = folder.lock()?.ok_or_else(|| self.locked(number))?;
        Ok(Some(LockedShard {
            root,
            number,
            folder,
            _lock: lock,
            _queue: queue,
        }))
    }

    /// How much all folders say they hold, and what is left of the disk.
    pub(super) fn sum(&self) -> io::Result<(Usage, Option<DiskSpace>)> {
        let Some(root) = self.root(false)? else {
            return Ok((Usage::default(), None));
        };
        Ok((Ledger::open(&root)?.sum()?, root.space()?))
    }
}

/// The name of the folder of a shard.
fn name(shard: usize) -> String {
    format!("{shard:02x}")
}

/// The shard and the file of a key. Nothing of the key itself is in a name.
fn place(key: &[u8]) -> (usize, String) {
    let mut hasher = SipHasher13::new_with_keys(0x6669_6c65_7320_6172, 0x6520_6e61_6d65_6421);
    hasher.write(key);
    let hash = hasher.finish128().as_u128();
    let digits = Name::from_bytes(hash.to_be_bytes()).to_digits();
    let name = digits.iter().map(|digit| char::from(*digit));
    (usize::from(hash.to_be_bytes()[0]), name.collect())
}
