//! Loads: what they read, and whether they are needed.

use super::races::Race;
use super::state::{Fleet, Micros, Pid, State};
use super::truth::{KEYS, Loaded, Running, SERIAL};

/// Longer than anybody waits for others' loads.
const LATELY: Micros = 20_000_000;

/// A load under way.
pub(super) struct LoadGuard {
    fleet: Fleet,
    load: usize,
    pub(super) value: u64,
}

impl State {
    /// A load is about to begin: another may have brought what it brings.
    fn check_need(&mut self, key: usize) {
        let mut loads = self.truth.loads.iter();
        let is_there = loads.any(|load| {
            let was_acknowledged = load.version == 0
                || (self.truth.acks.iter())
                    .any(|ack| ack.version == load.version && ack.at + 500_000 < load.began);
            let is_it = load.key == key && load.version == self.truth.data[key];
            is_it
                && was_acknowledged
                && load
                    .ended
                    .is_some_and(|ended| ended + load.life > self.now + 1_000_000)
        });
        if self.profile.loads_once && is_there {
            self.blame(&format!("{} is loaded again, for nothing", KEYS[key]));
        }
    }

    /// A call under a lock has ended that began then.
    pub(super) fn took(&mut self, began: Micros) {
        let took = (self.now - began) / 1_000;
        if self.profile.longest.is_some_and(|longest| took > longest) {
            self.blame(&format!("a call under a lock took {took} ms"));
        }
    }
}

impl Fleet {
    /// A load begins, of a value that lives so long.
    pub(super) fn begin_load(
        &self,
        pid: Pid,
        key: usize,
        is_locked: bool,
        life: Micros,
    ) -> LoadGuard {
        self.with(|state| {
            let load = state.truth.loads.len();
            state.check_need(key);
            state.truth.loads.push(Loaded {
                key,
                version: 0,
                began: state.now,
                ended: None,
                life,
            });
            let others = state.truth.running.iter();
            let others = others.filter(|other| {
                let both = is_locked && other.is_locked && !other.is_lost;
                both && other.key == key && other.pid != pid
            });
            let others = if state.truth.stopped.contains(&pid) {
                0
            } else {
                others.count()
            };
            state.say(pid, || format!("load {load} of {} begins", KEYS[key]));
            if others > 0 {
                state.races.reach(Race::TwoUnderLock);
                // Who has waited for three loads in vain waits no longer.
                let lately = state.now.saturating_sub(LATELY);
                let former = state.truth.locked.iter();
                let former = former.filter(|(other, at)| *other == key && *at >= lately);
                let excused = state.profile.one_under_lock;
                if excused.is_some_and(|excused| former.count() < excused) {
                    state.blame("two processes load a key at once, under its lock");
                }
            }
            if is_locked {
                let now = state.now;
                state.truth.locked.push((key, now));
            }
            state.truth.running.push(Running {
                load,
                pid,
                key,
                is_locked,
                is_lost: state.truth.stopped.contains(&pid),
            });
            LoadGuard {
                fleet: self.clone(),
                load,
                value: 0,
            }
        })
    }
}

impl LoadGuard {
    /// Reads the data.
    pub(super) fn read(&mut self, key: usize) {
        let version = self.fleet.with(|state| state.truth.data[key]);
        self.value = version << SERIAL | self.load as u64;
    }

    /// The load has its value.
    pub(super) fn end(self) -> u64 {
        self.fleet.with(|state| {
            let load = &mut state.truth.loads[self.load];
            load.ended = Some(state.now);
            load.version = self.value >> SERIAL;
            state.truth.whole_loads += 1;
        });
        self.value
    }
}

impl Drop for LoadGuard {
    fn drop(&mut self) {
        self.fleet.with(|state| {
            state.truth.running.retain(|other| other.load != self.load);
        });
    }
}
