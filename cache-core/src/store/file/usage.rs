//! How much each folder of a store holds, as those who write in it say.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

use super::folder::Folder;

/// How many folders a store has: as many as two hexadecimal digits name.
pub(super) const SHARDS: usize = 256;

/// One file for all folders: a number in each would take a block of the disk from each.
const LEDGER: &str = "held";

/// What it holds of each.
const LENGTH: usize = 16;

/// How many entries there are, and how many bytes they take: of a folder, or more or less than there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) entries: i64,
    pub(super) bytes: i64,
}

impl Usage {
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

    /// What it takes of a disk of such blocks, at most.
    pub(super) fn on_disk(self, block: u64) -> u64 {
        let number = |number: i64| u64::try_from(number).unwrap_or(0);
        number(self.entries)
            .saturating_mul(block)
            .saturating_add(number(self.bytes))
    }

    fn read(bytes: &[u8]) -> Self {
        let number = |at: usize| {
            let bytes = bytes
                .get(at..at + 8)
                .and_then(|bytes| bytes.try_into().ok());
            bytes.map_or(0, i64::from_le_bytes)
        };
        Self {
            entries: number(0),
            bytes: number(8),
        }
    }
}

/// The usages of all folders. Each is written by whoever has locked its folder. What they say is approximate: they are
/// counted anew with each sweep, and a disk that is full takes none.
pub(super) struct Ledger(File);

impl Ledger {
    /// The ledger of the store in this folder; a new one says that it holds nothing.
    pub(super) fn open(root: &Folder) -> io::Result<Self> {
        root.open_to_write(LEDGER).map(Self)
    }

    /// What all folders say together.
    pub(super) fn sum(mut self) -> io::Result<Usage> {
        let mut bytes = Vec::with_capacity(SHARDS * LENGTH);
        let file = &mut self.0;
        file.take((SHARDS * LENGTH) as u64)
            .read_to_end(&mut bytes)?;
        let usages = bytes.chunks(LENGTH).map(Usage::read);
        Ok(usages.fold(Usage::default(), Usage::plus))
    }

    /// A folder holds so much more.
    pub(super) fn add(&mut self, shard: usize, more: Usage) -> io::Result<()> {
        let mut bytes = [0; LENGTH];
        self.go_to(shard)?;
        match self.0.read_exact(&mut bytes) {
            Err(error) if error.kind() != ErrorKind::UnexpectedEof => return Err(error),
            _ => {}
        }
        self.set(shard, Usage::read(&bytes).plus(more))
    }

    /// A folder holds so much.
    pub(super) fn set(&mut self, shard: usize, usage: Usage) -> io::Result<()> {
        self.go_to(shard)?;
        let numbers = [usage.entries, usage.bytes];
        self.0.write_all(&numbers.map(i64::to_le_bytes).concat())
    }

    fn go_to(&mut self, shard: usize) -> io::Result<u64> {
        self.0.seek(SeekFrom::Start((shard * LENGTH) as u64))
    }
}
