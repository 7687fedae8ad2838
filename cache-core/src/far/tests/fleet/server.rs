//! The server: values with lives, conditional writes, and for each line what was read over it, of whose changes it tells.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::omissions::Omission;
use super::races::Race;
use super::shown::{shown_command, shown_reply};
use super::state::{Micros, Pid, State};
use crate::store::{Token, token_of};

#[derive(Debug, Default)]
pub(super) struct Server {
    pub(super) content: BTreeMap<Vec<u8>, Held>,
    /// What it held at some earlier time, to which a restart may go back.
    pub(super) snapshot: BTreeMap<Vec<u8>, Held>,
    pub(super) incarnation: u64,
    pub(super) lines: Vec<Line>,
    knows_script: bool,
    /// Until when it refuses scripts, and every new value.
    pub(super) refuses_until: Micros,
    pub(super) full_until: Micros,
    /// What was written over these lines by plain writes and not read over them since.
    disarmed: BTreeSet<(usize, Vec<u8>)>,
}

#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) value: Vec<u8>,
    ends: Option<Micros>,
}

/// A connection: what is on its way in both directions, each with the moment at which it arrives.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) pid: Pid,
    pub(super) opened: Micros,
    pub(super) up: VecDeque<(Micros, Command)>,
    pub(super) down: VecDeque<(Micros, Item)>,
    /// Nothing passes until then.
    pub(super) stalled_until: Micros,
    /// It was cut, and nobody was told.
    pub(super) is_lost: bool,
    /// It was closed by the server.
    pub(super) is_closed: bool,
    /// How much has been sent down, and how much of that was read.
    pub(super) sent: u64,
    pub(super) heard: u64,
    /// What was read over it, since it was asked to tell of changes.
    pub(super) tracks: Option<BTreeSet<Vec<u8>>>,
}

#[derive(Clone, Debug)]
pub(super) enum Command {
    Hello,
    Track,
    Ping,
    Pttl(Vec<u8>),
    Mget(Vec<Vec<u8>>),
    Set(PlainWrite),
    /// The script, known by its hash or spelled out.
    WriteIf(Token, PlainWrite, bool),
    Unlink(Vec<Vec<u8>>),
}

#[derive(Clone, Debug)]
pub(super) struct PlainWrite {
    pub(super) key: Vec<u8>,
    pub(super) value: Vec<u8>,
    pub(super) life: Option<Micros>,
    pub(super) if_absent: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Item {
    Reply(Reply),
    /// A change of this key, or of everything.
    Push(Option<Vec<u8>>),
}

impl Item {
    pub(super) fn is_push(&self) -> bool {
        matches!(self, Self::Push(_))
    }
}

#[derive(Clone, Debug)]
pub(super) enum Reply {
    Done,
    Nil,
    Number(i64),
    Values(Vec<Option<Vec<u8>>>),
    NoScript,
    Refused,
    Full,
}

impl State {
    pub(super) fn open_line(&mut self, pid: Pid) -> usize {
        let is_lost = (self.cut_until.get(&pid)).is_some_and(|until| self.now < *until);
        self.server.lines.push(Line {
            pid,
            opened: self.now,
            up: VecDeque::new(),
            down: VecDeque::new(),
            stalled_until: 0,
            is_lost,
            is_closed: false,
            sent: 0,
            heard: 0,
            tracks: None,
        });
        self.server.lines.len() - 1
    }

    /// Sends a command, which arrives after those before it.
    pub(super) fn send(&mut self, line: usize, command: Command) {
        let arrives = self.now + self.latency();
        let line = &mut self.server.lines[line];
        let last = line.up.back().map_or(0, |(at, _)| *at);
        line.up.push_back((arrives.max(last), command));
    }

    fn answer(&mut self, line: usize, item: Item) {
        let arrives = self.now + self.latency();
        let line = &mut self.server.lines[line];
        let last = line.down.back().map_or(0, |(at, _)| *at);
        line.sent += 1;
        line.down.push_back((arrives.max(last), item));
    }

    /// Executes the next command of a line.
    pub(super) fn execute(&mut self, line: usize) {
        let Some((_, command)) = self.server.lines[line].up.pop_front() else {
            return;
        };
        let what = self.is_traced().then(|| shown_command(&command));
        let reply = match command {
            Command::Hello => Reply::Number(i64::try_from(self.server.incarnation).unwrap()),
            Command::Track => {
                self.server.lines[line].tracks = Some(BTreeSet::new());
                Reply::Done
            }
            Command::Ping => Reply::Done,
            Command::Pttl(key) => self.pttl(line, &key),
            Command::Mget(keys) => {
                let values = keys.iter().map(|key| self.read(line, key));
                Reply::Values(values.collect())
            }
            Command::Set(write) => self.set(line, write),
            Command::WriteIf(token, write, by_hash) => self.write_if(line, token, write, by_hash),
            Command::Unlink(keys) => {
                for key in &keys {
                    self.remove(key, Some(line));
                }
                Reply::Number(0)
            }
        };
        let pid = self.server.lines[line].pid;
        self.say(format_args!("server"), || {
            let what = what.unwrap_or_default();
            format!("{what} of {pid}: {}", shown_reply(&reply))
        });
        self.answer(line, Item::Reply(reply));
    }

    fn live(&mut self, key: &[u8]) -> Option<Held> {
        let held = self.server.content.get(key)?.clone();
        if held.ends.is_some_and(|ends| ends <= self.now) {
            self.remove(key, None);
            return None;
        }
        Some(held)
    }

    fn read(&mut self, line: usize, key: &[u8]) -> Option<Vec<u8>> {
        let held = self.live(key);
        self.server.disarmed.remove(&(line, key.to_vec()));
        if let Some(tracks) = &mut self.server.lines[line].tracks {
            tracks.insert(key.to_vec());
        }
        held.map(|held| held.value)
    }

    fn pttl(&mut self, line: usize, key: &[u8]) -> Reply {
        self.read(line, key);
        Reply::Number(match self.server.content.get(key) {
            None => -2,
            Some(Held { ends: None, .. }) => -1,
            Some(Held { ends: Some(at), .. }) => {
                i64::try_from(at.saturating_sub(self.now) / 1_000).unwrap()
            }
        })
    }

    fn set(&mut self, line: usize, write: PlainWrite) -> Reply {
        let is_there = self.live(&write.key).is_some();
        if write.if_absent && is_there {
            return Reply::Nil;
        }
        if self.now < self.server.full_until {
            return Reply::Full;
        }
        self.server.disarmed.insert((line, write.key.clone()));
        self.put(line, write);
        Reply::Done
    }

    fn put(&mut self, line: usize, write: PlainWrite) {
        let PlainWrite {
            key, value, life, ..
        } = write;
        let ends = life.map(|life| self.now.saturating_add(life));
        self.server
            .content
            .insert(key.clone(), Held { value, ends });
        self.changed(&key, Some(line));
    }

    fn write_if(&mut self, line: usize, token: Token, write: PlainWrite, by_hash: bool) -> Reply {
        if self.now < self.server.refuses_until {
            return Reply::Refused;
        }
        if by_hash && !self.server.knows_script {
            self.races.reach(Race::ScriptUnknown);
            return Reply::NoScript;
        }
        self.server.knows_script = true;
        let there = self.read(line, &write.key);
        if there.and_then(|there| token_of(&there)) != Some(token) {
            return Reply::Nil;
        }
        if self.now < self.server.full_until {
            return Reply::Full;
        }
        let key = write.key.clone();
        self.put(line, write);
        if self.omitted != Some(Omission::ScriptsReadAgain) {
            self.read(line, &key);
        }
        Reply::Done
    }

    /// Removes a key, and tells of it.
    pub(super) fn remove(&mut self, key: &[u8], by: Option<usize>) {
        if self.server.content.remove(key).is_some() {
            self.changed(key, by);
        }
    }

    /// Tells all lines over which a key was read that it has changed, except the one over which it was changed, which is not
    /// told of later changes either.
    fn changed(&mut self, key: &[u8], by: Option<usize>) {
        let disarmed = self.server.disarmed.iter();
        let by_another = disarmed.filter(|(line, other)| other == key && Some(*line) != by);
        if by_another.count() > 0 {
            self.races.reach(Race::ChangeAfterOwnPlainWrite);
        }
        for line in 0..self.server.lines.len() {
            let Some(tracks) = &mut self.server.lines[line].tracks else {
                continue;
            };
            let is_lost = self.dice.chance(self.profile.loses);
            if tracks.remove(key) && by != Some(line) && !is_lost {
                self.answer(line, Item::Push(Some(key.to_vec())));
            }
        }
    }

    /// The table of what was read is full: a key leaves it, and all who have read it are told.
    pub(super) fn forget_one_read(&mut self) {
        let lines = self.server.lines.iter();
        let read: Vec<Vec<u8>> = lines
            .filter_map(|line| line.tracks.as_ref())
            .flat_map(|tracks| tracks.iter().cloned())
            .collect();
        if !read.is_empty() {
            let key = read[self.dice.below(read.len())].clone();
            self.changed(&key, None);
        }
    }

    /// Everything is gone, and all are told so.
    pub(super) fn flush(&mut self) {
        self.server.content.clear();
        for line in 0..self.server.lines.len() {
            if let Some(tracks) = &mut self.server.lines[line].tracks {
                tracks.clear();
                self.answer(line, Item::Push(None));
            }
        }
    }

    /// The server begins another life, with what it held at some earlier time.
    pub(super) fn restart(&mut self) {
        self.server.content = self.server.snapshot.clone();
        self.server.incarnation += 1;
        self.server.knows_script = false;
        self.server.disarmed.clear();
        for line in 0..self.server.lines.len() {
            self.close_line(line);
        }
    }

    /// A line is closed. What is still on its way is lost.
    pub(super) fn close_line(&mut self, line: usize) {
        let line = &mut self.server.lines[line];
        line.is_closed = true;
        line.tracks = None;
        line.up.clear();
        line.down.clear();
    }
}
