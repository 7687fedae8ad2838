//! All folders of a store, and which of them a key belongs to.

use std::hash::Hasher;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use siphasher::sip128::{Hasher128, SipHasher13};

use super::Owned;
use super::cull::Filling;
use super::folder::Folder;
use super::record;
use super::shard::{Account, Reading, Shard, read};
use crate::clock;
use crate::store::bounds::Bounds;
use crate::store::{Found, Written};
use crate::sync::Mutex;

/// How many folders there are: as many as two hexadecimal digits name.
pub(super) const SHARDS: usize = 256;

/// A process that was stopped while it held a folder must not hold up all the others for ever.
const LOCKED: Duration = Duration::from_secs(5);

/// How long to wait before a folder that another process has is asked for again.
const AGAIN: Duration = Duration::from_millis(1);

/// The folders of a store.
pub(super) struct Shards {
    path: PathBuf,
    bounds: Bounds,
    queues: Vec<std::sync::Mutex<()>>,
    pub(super) filling: Mutex<Filling>,
}

impl Shards {
    pub(super) fn new(path: PathBuf, bounds: Bounds) -> Self {
        Self {
            path,
            bounds,
            queues: (0..SHARDS).map(|_| std::sync::Mutex::default()).collect(),
            filling: Mutex::new(Filling::default()),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn bounds(&self) -> Bounds {
        self.bounds
    }

    pub(super) fn get(&self, key: &[u8], now: SystemTime) -> io::Result<Option<Found>> {
        let (shard, name) = place(key);
        let Some(folder) = self.folder(shard, false)? else {
            return Ok(None);
        };
        match read(&folder, &name, key, now)? {
            Reading::Found(found) => return Ok(Some(found)),
            Reading::Nothing | Reading::Other => {}
            // Who cannot remove it can live with it.
            Reading::Useless => drop(self.discard(shard, &name, key, now)),
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

    /// The folder of a shard; `None` if it is missing and not to be created.
    pub(super) fn folder(&self, shard: usize, create: bool) -> io::Result<Option<Folder>> {
        match Folder::root(&self.path, create) {
            Err(error) if error.kind() == ErrorKind::NotFound && !create => Ok(None),
            root => root?.inner(&format!("{shard:02x}"), create),
        }
    }

    /// Locks a shard; `None` if it is missing and not to be created.
    pub(super) fn lock(&self, shard: usize, create: bool) -> io::Result<Option<Shard<'_>>> {
        let queue = self.queues[shard % SHARDS]
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let until = clock::now().after(LOCKED);
        loop {
            match self.try_lock(shard, create) {
                Ok(Attempt::Missing) => return Ok(None),
                Ok(Attempt::Locked(folder, lock)) => {
                    return Ok(Some(Shard {
                        folder,
                        lock,
                        _queue: queue,
                    }));
                }
                // Somebody removed the folder between two steps.
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                Ok(Attempt::Taken) | Err(_) => {}
            }
            if clock::now() >= until {
                let folder = self.path.join(format!("{shard:02x}"));
                let fault = format!("another process keeps {} locked", folder.display());
                return Err(io::Error::new(ErrorKind::TimedOut, fault));
            }
            thread::sleep(AGAIN);
        }
    }

    fn try_lock(&self, shard: usize, create: bool) -> io::Result<Attempt> {
        let Some(folder) = self.folder(shard, create)? else {
            return Ok(Attempt::Missing);
        };
        let lock = folder.lock()?;
        Ok(lock.map_or(Attempt::Taken, |lock| Attempt::Locked(folder, lock)))
    }

    /// How much all folders say they hold.
    pub(super) fn sum(&self) -> io::Result<Account> {
        let mut sum = Account::default();
        for shard in 0..SHARDS {
            let folder = self.folder(shard, false)?;
            let lock = folder
                .map(|folder| folder.open(super::folder::LOCK))
                .transpose()?;
            if let Some(mut lock) = lock.flatten() {
                sum = sum.plus(Account::read(&mut lock)?.unwrap_or_default());
            }
        }
        Ok(sum)
    }
}

enum Attempt {
    Missing,
    Taken,
    Locked(Folder, std::fs::File),
}

/// The shard and the file of a key. Nothing of the key itself is in a name.
fn place(key: &[u8]) -> (usize, String) {
    let mut hasher = SipHasher13::new_with_keys(0x6669_6c65_7320_6172, 0x6520_6e61_6d65_6421);
    hasher.write(key);
    let hash = hasher.finish128().as_u128();
    (usize::from(hash.to_be_bytes()[0]), format!("{hash:032x}"))
}
