//! One run: who acts next, until all clients have gone.

use super::omissions::Omission;
use super::process::Process;
use super::profiles::Profile;
use super::races::{Race, Races};
use super::server::{Item, Line};
use super::shown::shown_key;
use super::state::{Fleet, Micros};
use crate::rule::LeftOut;

/// More steps than this, and somebody runs in circles.
const MOST_STEPS: usize = 60_000;
/// Nothing goes wrong later than this.
const TROUBLE: Micros = 30_000_000;
/// When nothing goes wrong any more, all clients have gone after this time.
const PATIENCE: Micros = 150_000_000;
/// When they have gone, what runs behind them has ended after this time.
const AFTERWARDS: Micros = 45_000_000;

/// What a run has come to.
pub(super) struct Ran {
    pub(super) bad: Option<(String, Vec<String>)>,
    pub(super) races: Races,
    pub(super) steps: usize,
    pub(super) after_everywhere: u64,
}

pub(super) struct Run {
    pub(super) fleet: Fleet,
    pub(super) processes: Vec<Process>,
    /// So many things may still go wrong.
    pub(super) faults: usize,
    /// Until when the faults so far last.
    pub(super) troubled_until: Micros,
    steps: usize,
}

/// What may happen next.
#[derive(Clone, Copy)]
enum Action {
    Poll(usize, usize),
    Execute(usize),
    Hear(usize, usize),
}

/// Runs a seed; once more where something bad has happened, to tell how it came to that.
pub(super) fn run(profile: &'static Profile, seed: u64, omitted: Option<Omission>) -> Ran {
    let ran = run_once(profile, seed, omitted, false);
    if ran.bad.is_none() {
        return ran;
    }
    let again = run_once(profile, seed, omitted, true);
    if again.bad.is_some() { again } else { ran }
}

fn run_once(
    profile: &'static Profile,
    seed: u64,
    omitted: Option<Omission>,
    is_traced: bool,
) -> Ran {
    let _without = LeftOut::of(omitted.and_then(Omission::rule));
    let fleet = Fleet::new(profile, seed, omitted, is_traced);
    let processes = (0..profile.processes).map(|_| Process::new(&fleet, profile.visits));
    let mut run = Run {
        processes: processes.collect(),
        fleet: fleet.clone(),
        faults: profile.most_faults,
        // Where nothing goes wrong, loads may fail all the same.
        troubled_until: if profile.most_faults > 0 { 0 } else { TROUBLE },
        steps: 0,
    };
    run.go();
    let steps = run.steps;
    run.end();
    fleet.with(|state| Ran {
        bad: state.take_bad(),
        races: std::mem::take(&mut state.races),
        steps,
        after_everywhere: state.truth.after_everywhere,
    })
}

impl Run {
    /// Until all clients have gone.
    fn go(&mut self) {
        let mut calm_since = None;
        loop {
            let (now, is_bad) = self.fleet.with(|state| (state.now, state.is_bad()));
            if is_bad {
                return;
            }
            self.steps += 1;
            if self.steps > MOST_STEPS {
                return self.fleet.blame("no end");
            }
            if !self.processes.iter().any(Process::has_clients) {
                break;
            }
            self.tempt_fate();
            let is_over = self.faults == 0 && now > self.troubled_until;
            if calm_since.is_none() && (is_over || now > TROUBLE) {
                calm_since = Some(now);
                self.calm();
            }
            if calm_since.is_some_and(|since| now > since + PATIENCE) {
                return self.fleet.blame("a client waits for ever");
            }
            self.act();
            self.tempt_writer();
        }
        self.settle();
    }

    /// Nothing goes wrong any more.
    fn calm(&mut self) {
        self.fleet.say("fate", || "all is calm".to_owned());
        self.fleet.with(|state| {
            state.is_calm = true;
            state.cut_until.clear();
            state.server.refuses_until = 0;
            state.server.full_until = 0;
            for line in &mut state.server.lines {
                line.stalled_until = 0;
            }
        });
        for at in 0..self.processes.len() {
            self.wake(at);
        }
    }

    pub(super) fn now(&self) -> Micros {
        self.fleet.with(|state| state.now)
    }

    /// What may happen now happens, or else time goes on until something may.
    fn act(&mut self) {
        let actions = self.actions();
        let lets_time_pass = self.fleet.chance(20);
        if actions.is_empty() || lets_time_pass {
            return self.pass_time(actions.is_empty());
        }
        let action = self
            .fleet
            .with(|state| actions[state.dice.below(actions.len())]);
        match action {
            Action::Poll(process, task) => {
                let fleet = self.fleet.clone();
                self.processes[process].poll(&fleet, task);
                self.count_everywhere();
            }
            Action::Execute(line) => self.fleet.with(|state| state.execute(line)),
            Action::Hear(process, line) => self.hear(process, line),
        }
        self.pass(|state_now, dice| state_now + dice);
    }

    /// Counts who is behind while it is known everywhere.
    fn count_everywhere(&self) {
        let now = self.now();
        let stopped = self.processes.iter().any(|it| !it.is_running(now));
        self.fleet.with(|state| {
            if !state.truth.take_everywhere() {
                return;
            }
            if stopped {
                state.races.reach(Race::EverywhereWhileStopped);
            }
            let is_cut = |line: &Line| line.is_lost && !line.is_closed;
            if state.server.lines.iter().any(is_cut) {
                state.races.reach(Race::EverywhereWhileCut);
            }
        });
    }

    fn actions(&self) -> Vec<Action> {
        let now = self.now();
        let mut actions = Vec::new();
        for (at, process) in self.processes.iter().enumerate() {
            if process.is_running(now) {
                let awake = process.tasks.iter().enumerate();
                let awake = awake.filter(|(_, task)| task.is_awake());
                actions.extend(awake.map(|(task, _)| Action::Poll(at, task)));
            }
        }
        self.fleet.with(|state| {
            for (at, line) in state.server.lines.iter().enumerate() {
                let passes = !line.is_lost && now >= line.stalled_until;
                let has_come = |moment: Option<&Micros>| moment.is_some_and(|at| *at <= now);
                if passes && has_come(line.up.front().map(|(at, _)| at)) {
                    actions.push(Action::Execute(at));
                }
                let is_heard = passes && has_come(line.down.front().map(|(at, _)| at));
                let is_closed = line.is_closed && !line.is_lost && state.links.contains_key(&at);
                if !(is_heard || is_closed) {
                    continue;
                }
                let mut processes = self.processes.iter();
                let process = processes.position(|process| process.pid == line.pid);
                if let Some(process) = process
                    && self.processes[process].is_running(now)
                {
                    actions.push(Action::Hear(process, at));
                }
            }
        });
        actions
    }

    /// A process reads what has arrived next over a line, or that it was closed.
    fn hear(&mut self, process: usize, line: usize) {
        let process = &mut self.processes[process];
        let (listener, item) = self.fleet.with(|state| {
            let item = state.server.lines[line].down.pop_front();
            state.server.lines[line].heard += u64::from(item.is_some());
            let listener = match &item {
                Some(_) => state.links.get(&line).cloned(),
                None => state.links.remove(&line),
            };
            if let Some((_, Item::Push(key))) = &item {
                let key = key.as_ref().map(|key| shown_key(key));
                state.say(process.pid, || format!("hears of a change of {key:?}"));
                if state.truth.is_loading(process.pid) {
                    state.races.reach(Race::PushDuringLoad);
                }
            }
            (listener, item)
        });
        if let Some(listener) = listener {
            process.step(|| match item {
                Some((_, item)) => listener.hear(item),
                None => listener.closed(),
            });
        }
    }

    fn pass(&mut self, to: impl FnOnce(Micros, Micros) -> Micros) {
        let fleet = self.fleet.clone();
        let now = fleet.with(|state| {
            let short = state.dice.between(1, 40);
            state.now = to(state.now, short);
            if state.dice.chance(10) {
                state.server.snapshot = state.server.content.clone();
            }
            for process in &mut self.processes {
                process.tick(state.clocks[process.pid].at(state.now));
            }
            state.now
        });
        for at in 0..self.processes.len() {
            let process = &self.processes[at];
            if process.stands_since.is_some() && process.is_running(now) {
                self.wake(at);
            }
        }
    }

    /// Time goes on: a little, or if nothing may happen now, until something may.
    fn pass_time(&mut self, is_idle: bool) {
        let next = if is_idle { self.next_event() } else { None };
        self.pass(|now, short| match next {
            Some(next) => next.max(now + 1) + if short < 5 { short * 2_000 } else { 0 },
            None => now + short * 50,
        });
    }

    fn next_event(&self) -> Option<Micros> {
        let now = self.now();
        let mut events: Vec<Micros> = Vec::new();
        for process in &self.processes {
            if process.is_running(now) {
                events.extend(process.next_alarm(&self.fleet));
            } else {
                events.push(process.stopped_until);
            }
        }
        self.fleet.with(|state| {
            for line in state.server.lines.iter().filter(|line| !line.is_lost) {
                let first = line.up.front().map(|(at, _)| *at);
                let answer = line.down.front().map(|(at, _)| *at);
                let is_read = self
                    .processes
                    .iter()
                    .any(|process| process.pid == line.pid && process.is_running(now));
                let answer = answer.filter(|_| is_read);
                let moments = first.into_iter().chain(answer);
                events.extend(moments.map(|at| at.max(line.stalled_until)));
            }
        });
        events.into_iter().min()
    }

    /// All clients have gone: what runs behind them ends, and nothing is left of it.
    fn settle(&mut self) {
        self.calm();
        let until = self.now() + AFTERWARDS;
        while let Some(left) = self.leftover() {
            if self.fleet.with(|state| state.is_bad()) {
                return;
            }
            self.steps += 1;
            if self.steps > MOST_STEPS || self.now() > until {
                return self.fleet.blame(&left);
            }
            self.act();
        }
    }

    /// What is under way though no client is there.
    fn leftover(&self) -> Option<String> {
        self.processes.iter().find_map(|process| {
            let (tasks, loads) = process.remains();
            // Two of them serve and ping.
            let is_left = tasks > 2 || loads > 0;
            is_left.then(|| {
                format!(
                    "{tasks} tasks and {loads} loads are left in {}",
                    process.pid
                )
            })
        })
    }

    fn end(mut self) {
        for process in std::mem::take(&mut self.processes) {
            self.end_process(process);
        }
    }
}
