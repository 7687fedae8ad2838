//! What one server is asked in one pipeline.

use redis::cluster_routing::Slot;
use redis::{Cmd, Pipeline};

use super::request::Keys;
use super::resp::write_command;

/// Commands for one server: `PTTL key` for each key whose life is asked, `MGET keys`, the writes, `UNLINK keys`; and the places
/// of their items in the batch.
///
/// Lives are asked before values, since the two are two steps: if another value is put in between, it seems to end sooner than
/// it does and never later.
pub(super) struct CommandPipeline {
    pub(super) slot: Option<Slot>,
    read_keys: Keys,
    /// Each with whether its life is asked.
    pub(super) reads: Vec<(usize, bool)>,
    pub(super) writing: Vec<Cmd>,
    pub(super) writes: Vec<usize>,
    deleted_keys: Keys,
    pub(super) deletes: Vec<usize>,
}

impl CommandPipeline {
    pub(super) fn to(slot: Option<Slot>) -> Self {
        Self {
            slot,
            read_keys: Keys::default(),
            reads: Vec::new(),
            writing: Vec::new(),
            writes: Vec::new(),
            deleted_keys: Keys::default(),
            deletes: Vec::new(),
        }
    }

    pub(super) fn read(&mut self, place: usize, key: &[u8], life: bool) {
        self.read_keys.push(key);
        self.reads.push((place, life));
    }

    pub(super) fn write(&mut self, place: usize, command: Cmd) {
        self.writing.push(command);
        self.writes.push(place);
    }

    pub(super) fn delete(&mut self, place: usize, key: &[u8]) {
        self.deleted_keys.push(key);
        self.deletes.push(place);
    }

    /// The keys whose lives are asked.
    pub(super) fn lives(&self) -> impl Iterator<Item = &[u8]> {
        let asked = self.reads.iter().zip(self.read_keys.iter());
        asked.filter_map(|((_, life), key)| life.then_some(key))
    }

    /// How many commands there are.
    pub(super) fn count(&self) -> usize {
        let lists = usize::from(!self.reads.is_empty()) + usize::from(!self.deletes.is_empty());
        self.lives().count() + self.writing.len() + lists
    }

    /// The commands, as a server reads them.
    pub(super) fn packed(&self) -> Vec<u8> {
        let keys = self.read_keys.length() + self.deleted_keys.length();
        let mut out = Vec::with_capacity(64 + 2 * keys);
        for key in self.lives() {
            write_command(&mut out, "PTTL", 1, std::iter::once(key));
        }
        if !self.reads.is_empty() {
            write_command(&mut out, "MGET", self.reads.len(), self.read_keys.iter());
        }
        for command in &self.writing {
            command.write_packed_command(&mut out);
        }
        if !self.deletes.is_empty() {
            let keys = self.deleted_keys.iter();
            write_command(&mut out, "UNLINK", self.deletes.len(), keys);
        }
        out
    }

    /// The same commands, for the client of a cluster.
    pub(super) fn pipeline(&self) -> Pipeline {
        let mut pipeline = Pipeline::new();
        for key in self.lives() {
            pipeline.cmd("PTTL").arg(key);
        }
        if !self.reads.is_empty() {
            let keys: Vec<&[u8]> = self.read_keys.iter().collect();
            pipeline.cmd("MGET").arg(keys);
        }
        for command in &self.writing {
            pipeline.add_command(command.clone());
        }
        if !self.deletes.is_empty() {
            let keys: Vec<&[u8]> = self.deleted_keys.iter().collect();
            pipeline.cmd("UNLINK").arg(keys);
        }
        pipeline
    }
}
