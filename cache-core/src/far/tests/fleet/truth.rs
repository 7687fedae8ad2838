//! The data as it is, who has changed it, who knows since when, and what a call may give.

use super::races::Race;
use super::state::{Fleet, Micros, Pid, State};

/// The keys of the caches over the server, and behind them those of the caches without a store, made of the first ones.
pub(super) const KEYS: [&str; 5] = ["x", "y", "z", "made of x", "made of y"];
/// How many of them are in the caches over the server.
pub(super) const STORED: usize = 3;
pub(super) const TAGS: [&str; 2] = ["t", "u"];

/// For so long a copy may be used after it has changed elsewhere, and a step of a coarse clock longer.
const BOUND: Micros = 2_005_000;
/// What the server tells of has reached everybody after this time.
const AT_ONCE: Micros = 50_000;
/// How long past its life a value may serve those who take stale ones.
pub(super) const WINDOW: Micros = 2_000_000;
/// What lies between the end of a load and the beginning of its value's life, and is rounded on the way.
const SLACK: Micros = 40_000;

/// The keys whose values carry a tag, as bits.
pub(super) fn keys_under(tag: usize) -> u8 {
    // `y` carries both.
    [0b11_011, 0b10_110][tag]
}

/// The tags of a key.
pub(super) fn tags_of(key: usize) -> &'static [&'static str] {
    [&TAGS[..1], &TAGS[..], &TAGS[1..]][key]
}

#[derive(Debug, Default)]
pub(super) struct Truth {
    pub(super) last: u64,
    /// The version of each key.
    pub(super) data: [u64; KEYS.len()],
    pub(super) acks: Vec<Ack>,
    /// When each load began and ended, and how long its value may serve.
    pub(super) loads: Vec<Loaded>,
    /// When loads under locks began, and of which keys.
    pub(super) locked: Vec<(usize, Micros)>,
    pub(super) running: Vec<Running>,
    pub(super) is_setting: bool,
    pub(super) writer: Option<Pid>,
    pub(super) is_everywhere: bool,
    /// Who was stopped, and may have lost its locks.
    pub(super) stopped: Vec<Pid>,
    /// What processes have made of stale values.
    pub(super) tainted: Vec<(Pid, u64)>,
    /// Loads of each key that have run to their end.
    pub(super) whole_loads: u64,
    /// Calls that began after a change of what they ask for was known everywhere.
    pub(super) after_everywhere: u64,
}

/// What is known of a change.
#[derive(Clone, Debug)]
pub(super) struct Ack {
    pub(super) version: u64,
    pub(super) keys: u8,
    pub(super) by: Pid,
    pub(super) at: Micros,
    /// It failed, or was dropped: it binds its own process alone.
    pub(super) is_owed: bool,
    pub(super) is_soft: bool,
    /// No process is behind on it; it was sent then.
    pub(super) everywhere_since: Option<Micros>,
    /// How much had been sent over each line that tells of changes.
    pub(super) sent: Vec<(usize, u64)>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Loaded {
    pub(super) key: usize,
    /// The version that it has brought.
    pub(super) version: u64,
    pub(super) began: Micros,
    pub(super) ended: Option<Micros>,
    /// How long its value lives.
    pub(super) life: Micros,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    pub(super) load: usize,
    pub(super) pid: Pid,
    pub(super) key: usize,
    pub(super) is_locked: bool,
    /// Its process was stopped, and may have lost its lock.
    pub(super) is_lost: bool,
}

/// What a call that begins now may give.
#[derive(Clone, Copy, Debug)]
pub(super) struct Floor {
    key: usize,
    fresh: u64,
    stale: u64,
    began: Micros,
}

pub(super) const SERIAL: u32 = 24;

impl State {
    /// What the call of a process may give that begins now.
    pub(super) fn floor(&self, pid: Pid, key: usize) -> Floor {
        // Where nothing is kept, every call asks the store.
        let asks_store = self.profile.near == 0 && key < STORED;
        let known = |soft: bool| {
            let acks = self.truth.acks.iter();
            let about = acks.filter(|ack| ack.keys >> key & 1 == 1 && (soft || !ack.is_soft));
            let known = about.filter(|ack| self.is_known(pid, ack, asks_store));
            known.map(|ack| ack.version).max().unwrap_or(0)
        };
        Floor {
            key,
            fresh: known(true),
            stale: known(false),
            began: self.now,
        }
    }

    fn is_known(&self, pid: Pid, ack: &Ack, asks_store: bool) -> bool {
        if ack.by == pid {
            return true;
        }
        if self.profile.loses > 0 {
            return false;
        }
        let clock = &self.clocks[pid];
        let has_stood = |since: Micros| clock.stood.iter().any(|(at, _)| *at >= since);
        let lines = &self.server.lines;
        let line = lines.iter().rposition(|line| line.pid == pid);
        let is_told = self.profile.tells_at_once
            && ack.sent.iter().any(|(at, sent)| {
                // What was read before the line was there is not told of, and ends soon.
                let is_old = self.passed(pid, lines[*at].opened) >= BOUND;
                let is_read = lines[*at].heard >= *sent || self.now >= ack.at + AT_ONCE;
                Some(*at) == line && lines[*at].tracks.is_some() && is_old && is_read
            });
        let everywhere = ack.everywhere_since.is_some_and(|sent| !has_stood(sent));
        !ack.is_owed
            && (asks_store
                || everywhere
                || is_told
                || ack.at < clock.born
                || self.passed(pid, ack.at) >= BOUND)
    }
}

impl Fleet {
    pub(super) fn floor(&self, pid: Pid, key: usize) -> Floor {
        self.with(|state| {
            let mut acks = state.truth.acks.iter();
            let is_everywhere = |ack: &Ack| ack.everywhere_since.is_some();
            if acks.any(|ack| ack.keys >> key & 1 == 1 && is_everywhere(ack)) {
                state.truth.after_everywhere += 1;
            }
            state.floor(pid, key)
        })
    }

    /// A call of a process has given a value; `takes_stale` says that it accepts those. Tells whether it certainly was one.
    pub(super) fn gives(&self, pid: Pid, floor: Floor, value: u64, takes_stale: bool) -> bool {
        let (version, load) = (value >> SERIAL, value & ((1 << SERIAL) - 1));
        self.with(|state| {
            let Floor {
                key,
                fresh,
                stale,
                began,
            } = floor;
            state.say(pid, || {
                format!("got {} of version {version} (load {load})", KEYS[key])
            });
            if version < state.truth.data[key] {
                state.races.reach(Race::GaveLate);
            }
            let least = if takes_stale { stale } else { fresh };
            if version < least {
                state.blame(&format!(
                    "{pid} got {} of version {version} after {least} was acknowledged to it",
                    KEYS[key]
                ));
            }
            let load = state.truth.loads[usize::try_from(load).unwrap()];
            let Some(ended) = load.ended.filter(|_| key < STORED) else {
                return version < fresh;
            };
            let window = if takes_stale { WINDOW } else { 0 };
            let most = load.life + window;
            let age = began.saturating_sub(ended);
            // What is written late lives late.
            if state.profile.faults.is_empty() && age > most + most / 50 + SLACK {
                state.blame(&format!("{pid} got {} of {age} µs, of {most}", KEYS[key]));
            }
            let is_stale = version < fresh || age > load.life + load.life / 50 + SLACK;
            if is_stale {
                state.races.reach(Race::GaveStale);
            }
            is_stale
        })
    }

    /// A process has given a value that was made of another: of a stale one, or found as it was made before.
    pub(super) fn found(&self, pid: Pid, value: u64, is_found: bool, was_stale: bool) {
        self.with(|state| {
            if was_stale {
                state.truth.tainted.push((pid, value));
            } else if is_found && state.truth.tainted.contains(&(pid, value)) {
                state.blame("what was made of something stale is there");
            }
        });
    }
}

impl Truth {
    /// Whose change has just been acknowledged, once.
    pub(super) fn take_writer(&mut self) -> Option<Pid> {
        self.writer.take()
    }

    /// Whether something has just become known everywhere.
    pub(super) fn take_everywhere(&mut self) -> bool {
        std::mem::take(&mut self.is_everywhere)
    }

    pub(super) fn is_loading(&self, pid: Pid) -> bool {
        self.running.iter().any(|load| load.pid == pid)
    }

    pub(super) fn is_loading_under_lock(&self, pid: Pid) -> bool {
        self.running
            .iter()
            .any(|load| load.pid == pid && load.is_locked)
    }

    /// A process is stopped.
    pub(super) fn stops(&mut self, pid: Pid) {
        let ours = self.running.iter_mut().filter(|load| load.pid == pid);
        ours.for_each(|load| load.is_lost = true);
        self.stopped.push(pid);
    }
}
