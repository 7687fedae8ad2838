//! What all of a run share: time, dice, the server, the truth, and what has happened.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::dice::Dice;
use super::link::Link;
use super::omissions::Omission;
use super::profiles::Profile;
use super::races::{Race, Races};
use super::server::Server;
use super::truth::Truth;
use crate::sync::Mutex;

/// The time of the world, in microseconds since the run began.
pub(super) type Micros = u64;

/// One life of a process: one that was killed never comes back under its number.
pub(super) type Pid = usize;

#[derive(Clone)]
pub(super) struct Fleet(Arc<Mutex<State>>);

pub(super) struct State {
    pub(super) profile: &'static Profile,
    pub(super) omitted: Option<Omission>,
    pub(super) now: Micros,
    pub(super) dice: Dice,
    pub(super) server: Server,
    /// The ends of the lines in their processes.
    pub(super) links: BTreeMap<usize, Arc<Link>>,
    pub(super) clocks: Vec<OwnClock>,
    pub(super) truth: Truth,
    pub(super) races: Races,
    /// Faults and drops are over.
    pub(super) is_calm: bool,
    /// Until when new connections of a process come to nothing.
    pub(super) cut_until: BTreeMap<Pid, Micros>,
    is_traced: bool,
    notes: Vec<String>,
    bad: Option<String>,
}

/// How the clock of a process differs from that of the world.
#[derive(Clone, Debug)]
pub(super) struct OwnClock {
    /// How many of its microseconds are a second of the world.
    pub(super) pace: u64,
    /// When it has stood still: from when on, and how much it had lost by then.
    pub(super) stood: Vec<(Micros, Micros)>,
    pub(super) born: Micros,
}

impl OwnClock {
    /// What it shows at a moment of the world, in its own microseconds.
    pub(super) fn at(&self, world: Micros) -> Micros {
        let lost = self.stood.iter().rev().find(|(from, _)| *from <= world);
        let lost = lost.map_or(0, |(_, lost)| *lost);
        (world - lost) * self.pace / 1_000_000
    }
}

impl fmt::Debug for Fleet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Fleet")
    }
}

impl Fleet {
    pub(super) fn new(
        profile: &'static Profile,
        seed: u64,
        omitted: Option<Omission>,
        is_traced: bool,
    ) -> Self {
        Self(Arc::new(Mutex::new(State {
            profile,
            omitted,
            now: 0,
            dice: Dice::new(seed),
            server: Server::default(),
            links: BTreeMap::new(),
            clocks: Vec::new(),
            truth: Truth::default(),
            races: Races::default(),
            is_calm: false,
            cut_until: BTreeMap::new(),
            is_traced,
            notes: Vec::new(),
            bad: None,
        })))
    }

    pub(super) fn with<R>(&self, look: impl FnOnce(&mut State) -> R) -> R {
        look(&mut self.0.lock())
    }

    pub(super) fn say(&self, who: impl fmt::Display, what: impl FnOnce() -> String) {
        self.with(|state| state.say(who, what));
    }

    /// Somebody has seen what must not be.
    pub(super) fn blame(&self, why: &str) {
        self.with(|state| state.blame(why));
    }

    pub(super) fn reach(&self, race: Race) {
        self.with(|state| state.races.reach(race));
    }

    pub(super) fn omits(&self, omission: Omission) -> bool {
        self.with(|state| state.omitted == Some(omission))
    }

    pub(super) fn chance(&self, of_thousand: u64) -> bool {
        self.with(|state| state.dice.chance(of_thousand))
    }
}

impl State {
    pub(super) fn say(&mut self, who: impl fmt::Display, what: impl FnOnce() -> String) {
        if !self.is_traced {
            return;
        }
        let (seconds, micros) = (self.now / 1_000_000, self.now % 1_000_000);
        self.notes
            .push(format!("{seconds:3}.{micros:06} {who}: {}", what()));
    }

    pub(super) fn is_traced(&self) -> bool {
        self.is_traced
    }

    pub(super) fn blame(&mut self, why: &str) {
        self.say("!!", || why.to_owned());
        self.bad.get_or_insert_with(|| why.to_owned());
    }

    pub(super) fn is_bad(&self) -> bool {
        self.bad.is_some()
    }

    pub(super) fn take_bad(&mut self) -> Option<(String, Vec<String>)> {
        Some((self.bad.take()?, std::mem::take(&mut self.notes)))
    }

    /// How long something takes on its way.
    pub(super) fn latency(&mut self) -> Micros {
        if self.dice.chance(20) {
            self.dice.between(1_000, 30_000)
        } else {
            let (least, most) = self.profile.latency;
            self.dice.between(least, most)
        }
    }

    /// How much time has passed for a process since this moment of the world.
    pub(super) fn passed(&self, pid: Pid, since: Micros) -> Micros {
        let clock = &self.clocks[pid];
        clock.at(self.now).saturating_sub(clock.at(since))
    }
}
