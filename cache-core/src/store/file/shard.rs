//! One folder of entries, locked: of all threads and processes only one writes in it.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::sync::MutexGuard;
use std::time::SystemTime;

use super::Owned;
use super::folder::{FileStat, Folder, is_link, seen};
use super::record::{self, Content, LifeLeft};
use super::usage::{Ledger, Usage};
use crate::store::{Found, When, Written, token_of};

/// Where a file is written before it gets its name. One is enough: the folder is locked.
const NEW: &str = "new";

/// Whether a file is named as entries are.
pub(super) fn is_entry(name: &str) -> bool {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    name.len() == 32 && name.bytes().all(digit)
}

/// What a name has under it.
pub(super) enum Reading {
    Nothing,
    /// A value of another key, or something that should not be there.
    Other,
    /// It should be removed.
    Useless,
    Found(Found),
}

/// Reads an entry in a file that was opened. Nobody need be kept from writing: files are replaced as a whole.
pub(super) fn read(
    opened: io::Result<Option<File>>,
    key: &[u8],
    now: SystemTime,
) -> io::Result<Reading> {
    let mut file = match opened {
        Ok(Some(file)) => file,
        Ok(None) => return Ok(Reading::Nothing),
        Err(error) if is_link(&error) => return Ok(Reading::Useless),
        Err(error) => return Err(error),
    };
    let seen = seen(&file)?;
    if !seen.plain {
        return Ok(Reading::Other);
    }
    Ok(match record::read(&mut file, seen.length, key)? {
        Content::Spoiled => Reading::Useless,
        Content::OfAnother => Reading::Other,
        Content::Value(life, value) => match life.left(now) {
            LifeLeft::Over => Reading::Useless,
            LifeLeft::Endless => Reading::Found(Found { value, left: None }),
            LifeLeft::For(left) => Reading::Found(Found {
                value,
                left: Some(left),
            }),
        },
    })
}

/// A folder that nobody else writes in meanwhile.
pub(super) struct LockedShard<'a> {
    pub(super) root: Folder,
    pub(super) number: usize,
    pub(super) folder: Folder,
    pub(super) _lock: File,
    /// Those of this process queue here, and only the first of them asks for the file.
    pub(super) _queue: MutexGuard<'a, ()>,
}

impl LockedShard<'_> {
    /// Writes an entry if its condition is met, and says how much more there is now.
    pub(super) fn put(
        &mut self,
        name: &str,
        put: &Owned,
        now: SystemTime,
    ) -> io::Result<(Written, Usage)> {
        let met = match put.when {
            When::Always => true,
            When::Absent => !matches!(
                read(self.folder.open(name), &put.key, now)?,
                Reading::Found(_)
            ),
            When::Is(token) => match read(self.folder.open(name), &put.key, now)? {
                Reading::Found(found) => token_of(&found.value) == Some(token),
                _ => false,
            },
        };
        if !met {
            return Ok((Written::No, Usage::default()));
        }
        let more = Usage::of(record::length(&put.key, &put.value));
        let more = more.minus(self.usage_of(name)?);
        if let Err(error) = self.replace(name, put) {
            let _ = self.folder.remove(NEW);
            return Err(error);
        }
        self.add(more);
        Ok((Written::Yes, more))
    }

    fn replace(&mut self, name: &str, put: &Owned) -> io::Result<()> {
        self.folder.remove(NEW)?;
        let mut file = self.folder.create(NEW)?;
        file.write_all(&record::header(&put.key, &put.value, put.life))?;
        file.write_all(&put.key)?;
        file.write_all(&put.value)?;
        drop(file);
        self.folder.rename(NEW, name)
    }

    /// Removes what is under a name, whatever it is, and says how much more there is now.
    pub(super) fn remove(&mut self, name: &str) -> io::Result<Usage> {
        let less = Usage::default().minus(self.usage_of(name)?);
        self.folder.remove(name)?;
        self.add(less);
        Ok(less)
    }

    /// Removes what is under the name of a key if it is still of no use.
    pub(super) fn discard(&mut self, name: &str, key: &[u8], now: SystemTime) -> io::Result<Usage> {
        match read(self.folder.open(name), key, now)? {
            Reading::Useless => self.remove(name),
            _ => Ok(Usage::default()),
        }
    }

    /// Every entry, after what a writer left that has died.
    pub(super) fn entries(&self) -> io::Result<Vec<(String, FileStat)>> {
        self.folder.remove(NEW)?;
        let mut entries = Vec::new();
        for name in self
            .folder
            .names()?
            .into_iter()
            .filter(|name| is_entry(name))
        {
            let seen = self.folder.look(&name)?;
            entries.extend(seen.filter(|seen| seen.plain).map(|seen| (name, seen)));
        }
        Ok(entries)
    }

    /// Whether the file of an entry can never be read again.
    pub(super) fn is_useless(&self, name: &str, length: u64, now: SystemTime) -> io::Result<bool> {
        let Some(mut file) = self.folder.open(name)? else {
            return Ok(false);
        };
        let header = record::read_header(&mut file, length)?;
        Ok(header.is_none_or(|header| header.life.left(now) == LifeLeft::Over))
    }

    /// Says anew how much there is.
    pub(super) fn count(&mut self, usage: Usage) {
        let _ = Ledger::open(&self.root).and_then(|mut ledger| ledger.set(self.number, usage));
    }

    fn usage_of(&self, name: &str) -> io::Result<Usage> {
        let seen = self.folder.look(name)?.filter(|seen| seen.plain);
        Ok(seen.map_or(Usage::default(), |seen| Usage::of(seen.length)))
    }

    /// A number that could not be written is put right by the next sweep; to remove must work on a disk that is full.
    fn add(&mut self, more: Usage) {
        let _ = Ledger::open(&self.root).and_then(|mut ledger| ledger.add(self.number, more));
    }
}

/// Whether the disk or the user's share of it is full, or the file larger than files may be.
pub(super) fn is_full(error: &io::Error) -> bool {
    is_out_of_room(error) || error.kind() == ErrorKind::FileTooLarge
}

/// Whether there would be room if other entries went.
pub(super) fn is_out_of_room(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded
    )
}
