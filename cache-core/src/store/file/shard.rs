//! One folder of entries, locked: of all threads and processes only one writes in it.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::sync::MutexGuard;
use std::time::SystemTime;

use super::Owned;
use super::folder::{Folder, Seen, is_link, seen};
use super::record::{self, Content, Left};
use crate::store::{Found, When, Written, token_of};

/// Where a file is written before it gets its name. One is enough: the folder is locked.
const NEW: &str = "new";

/// How many entries there are, and how many bytes they take: of a folder, or more or less than there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) entries: i64,
    pub(super) bytes: i64,
}

impl Account {
    pub(super) fn of(length: u64) -> Self {
        Self {
            entries: 1,
            bytes: i64::try_from(length).unwrap_or(i64::MAX),
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            entries: self.entries.saturating_add(other.entries),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            entries: self.entries.saturating_sub(other.entries),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    /// Reads the account that a lock file holds; `None` if it holds none.
    pub(super) fn read(lock: &mut File) -> io::Result<Option<Self>> {
        let mut bytes = [0; 16];
        lock.rewind()?;
        match lock.read_exact(&mut bytes) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let number = |at| i64::from_le_bytes(std::array::from_fn(|byte| bytes[at + byte]));
        Ok(Some(Self {
            entries: number(0),
            bytes: number(8),
        }))
    }

    fn write(self, lock: &mut File) -> io::Result<()> {
        lock.rewind()?;
        lock.write_all(&[self.entries, self.bytes].map(i64::to_le_bytes).concat())
    }
}

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

/// Reads an entry. Nobody need be kept from writing: files are replaced as a whole.
pub(super) fn read(
    folder: &Folder,
    name: &str,
    key: &[u8],
    now: SystemTime,
) -> io::Result<Reading> {
    let mut file = match folder.open(name) {
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
            Left::Over => Reading::Useless,
            Left::Endless => Reading::Found(Found { value, left: None }),
            Left::For(left) => Reading::Found(Found {
                value,
                left: Some(left),
            }),
        },
    })
}

/// A folder that nobody else writes in meanwhile.
pub(super) struct Shard<'a> {
    pub(super) folder: Folder,
    pub(super) lock: File,
    /// Those of this process queue here, and only the first of them asks for the file.
    pub(super) _queue: MutexGuard<'a, ()>,
}

impl Shard<'_> {
    /// Writes an entry if its condition is met, and says how much more there is now.
    pub(super) fn put(
        &mut self,
        name: &str,
        put: &Owned,
        now: SystemTime,
    ) -> io::Result<(Written, Account)> {
        let met = match put.when {
            When::Always => true,
            When::Absent => !matches!(read(&self.folder, name, &put.key, now)?, Reading::Found(_)),
            When::Is(token) => match read(&self.folder, name, &put.key, now)? {
                Reading::Found(found) => token_of(&found.value) == Some(token),
                _ => false,
            },
        };
        if !met {
            return Ok((Written::No, Account::default()));
        }
        let more = Account::of(record::length(&put.key, &put.value));
        let more = more.minus(self.account_of(name)?);
        match self.replace(name, put, more) {
            Ok(()) => Ok((Written::Yes, more)),
            Err(error) => {
                let _ = self.folder.remove(NEW);
                is_full(&error)
                    .then_some((Written::TooLarge, Account::default()))
                    .ok_or(error)
            }
        }
    }

    fn replace(&mut self, name: &str, put: &Owned, more: Account) -> io::Result<()> {
        self.folder.remove(NEW)?;
        let mut file = self.folder.create(NEW)?;
        file.write_all(&record::header(&put.key, &put.value, put.life))?;
        file.write_all(&put.key)?;
        file.write_all(&put.value)?;
        drop(file);
        self.add(more)?;
        self.folder.rename(NEW, name)
    }

    /// Removes what is under a name, whatever it is, and says how much more there is now.
    pub(super) fn remove(&mut self, name: &str) -> io::Result<Account> {
        let less = Account::default().minus(self.account_of(name)?);
        self.folder.remove(name)?;
        // An account that says too much is put right by the next cull; to remove must work on a disk that is full.
        let _ = self.add(less);
        Ok(less)
    }

    /// Removes what is under the name of a key if it is still of no use.
    pub(super) fn discard(
        &mut self,
        name: &str,
        key: &[u8],
        now: SystemTime,
    ) -> io::Result<Account> {
        match read(&self.folder, name, key, now)? {
            Reading::Useless => self.remove(name),
            _ => Ok(Account::default()),
        }
    }

    /// Every entry, after what a writer left that has died.
    pub(super) fn entries(&self) -> io::Result<Vec<(String, Seen)>> {
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
        Ok(header.is_none_or(|header| header.life.left(now) == Left::Over))
    }

    /// Says anew how much there is.
    pub(super) fn count(&mut self, account: Account) -> io::Result<()> {
        account.write(&mut self.lock)
    }

    fn account_of(&self, name: &str) -> io::Result<Account> {
        let seen = self.folder.look(name)?.filter(|seen| seen.plain);
        Ok(seen.map_or(Account::default(), |seen| Account::of(seen.length)))
    }

    fn add(&mut self, more: Account) -> io::Result<()> {
        // A folder without an account is new, or its lock was removed: the next cull or sweep counts it.
        let account = Account::read(&mut self.lock)?.unwrap_or_default();
        account.plus(more).write(&mut self.lock)
    }
}

/// Whether the disk, the user's share of it or the largest file is full.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
    )
}
