//! Changes of the data: who makes them, and how they end.

use super::races::Race;
use super::state::{Fleet, Micros, Pid};
use super::truth::{Ack, KEYS, SERIAL};

/// A change under way: dropped, it is owed.
pub(super) struct Change {
    fleet: Fleet,
    pid: Pid,
    keys: u8,
    version: u64,
    is_soft: bool,
    is_done: bool,
    sent: Micros,
}

/// The right to set something.
pub(super) struct Turn(Fleet);

impl Fleet {
    /// Changes the data of these keys.
    pub(super) fn change(&self, pid: Pid, keys: u8, is_soft: bool) -> Change {
        let (version, sent) = self.with(|state| {
            state.truth.last += 1;
            let version = state.truth.last;
            for key in 0..KEYS.len() {
                if keys >> key & 1 == 1 {
                    state.truth.data[key] = version;
                }
            }
            state.say(pid, || format!("changes {keys:05b} to version {version}"));
            (version, state.now)
        });
        Change {
            fleet: self.clone(),
            pid,
            keys,
            version,
            is_soft,
            is_done: false,
            sent,
        }
    }

    /// The right to set something, which one at a time has; `None` if another has it.
    pub(super) fn take_turn(&self) -> Option<Turn> {
        let is_taken = self.with(|state| std::mem::replace(&mut state.truth.is_setting, true));
        (!is_taken).then(|| Turn(self.clone()))
    }

    /// A process has put a value in the place of whatever was there: it gives nothing older any more.
    pub(super) fn is_set(&self, pid: Pid, key: usize, value: u64) {
        self.with(|state| {
            let at = state.now;
            state.truth.acks.push(Ack {
                version: value >> SERIAL,
                keys: 1 << key,
                by: pid,
                at,
                is_owed: true,
                is_soft: false,
                everywhere_since: None,
                sent: Vec::new(),
            });
        });
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.with(|state| state.truth.is_setting = false);
    }
}

impl Change {
    /// The stores have acknowledged it; `everywhere` says that no process is behind on it.
    pub(super) fn acknowledge(mut self, everywhere: bool) {
        self.is_done = true;
        self.note(everywhere);
    }

    fn note(&self, everywhere: bool) {
        let Self {
            pid,
            keys,
            version,
            is_soft,
            sent: began,
            ..
        } = *self;
        self.fleet.with(|state| {
            let how = if self.is_done { "acknowledged" } else { "owed" };
            state.say(pid, || {
                let reach = if everywhere { " everywhere" } else { "" };
                format!("version {version} is {how}{reach}")
            });
            let race = if is_soft {
                Race::ExpiredDuringLoad
            } else {
                Race::InvalidatedDuringLoad
            };
            if !self.is_done {
                state.races.reach(Race::Owed);
            } else if state.truth.running.iter().any(|load| load.pid != pid) {
                state.races.reach(race);
            }
            let lines = state.server.lines.iter().enumerate();
            let telling = lines.filter(|(_, line)| line.tracks.is_some());
            let sent = telling.map(|(at, line)| (at, line.sent)).collect();
            let at = state.now;
            state.truth.is_everywhere |= everywhere;
            state.truth.writer = self.is_done.then_some(pid);
            state.truth.acks.push(Ack {
                version,
                keys,
                by: pid,
                at,
                is_owed: !self.is_done,
                is_soft,
                everywhere_since: everywhere.then_some(began),
                sent,
            });
        });
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        if !self.is_done {
            self.note(false);
        }
    }
}
