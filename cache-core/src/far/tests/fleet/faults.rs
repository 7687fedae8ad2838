//! What goes wrong: with processes, with lines, with the server.

use std::sync::Arc;

use super::link::Link;
use super::process::Process;
use super::races::Race;
use super::run::Run;
use super::state::Micros;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A process is stopped; its clock goes on.
    Stop,
    /// The machine of a process stands still, its clock too.
    Stand,
    /// A line is cut, and nobody is told.
    Cut,
    /// A process reaches nothing for a while, and is not told.
    Part,
    /// A line is closed, and its process hears of it.
    Close,
    /// Nothing passes over a line for a while.
    Stall,
    /// A push comes twice.
    PushTwice,
    /// A key is dropped by the server.
    Evict,
    /// The table of what was read is full.
    ForgetRead,
    /// The server is emptied.
    Flush,
    /// The server begins another life, with older content.
    Restart,
    /// The server refuses scripts for a while.
    Refuse,
    /// The server is full for a while.
    Fill,
    /// A process is killed.
    Kill,
}

impl Run {
    /// Has something go wrong, now and then.
    pub(super) fn tempt_fate(&mut self) {
        let fate = self.fleet.with(|state| {
            let profile = state.profile;
            if state.is_calm || !state.dice.chance(profile.fault_rate) {
                return None;
            }
            let at = state.dice.below(usize::MAX);
            let time = match state.dice.below(3) {
                0 => state.dice.between(1_000, 100_000),
                1 => state.dice.between(100_000, 2_000_000),
                _ => state.dice.between(2_000_000, 7_000_000),
            };
            Some((state.dice.weighed(profile.faults), at, time))
        });
        let Some((fault, at, time)) = fate else {
            return;
        };
        if self.faults == 0 {
            return;
        }
        self.faults -= 1;
        let until = self.fleet.with(|state| state.now) + time;
        self.troubled_until = self.troubled_until.max(until);
        self.strike(fault, at, time);
    }

    pub(super) fn strike(&mut self, fault: Fault, at: usize, time: Micros) {
        let process = at % self.processes.len();
        let pid = self.processes[process].pid;
        self.fleet
            .say("fate", || format!("{fault:?} at {pid} for {time} µs"));
        match fault {
            Fault::Stop => self.stop(process, time, false),
            Fault::Stand => self.stop(process, time, true),
            Fault::Kill => self.kill(process),
            _ => self.strike_world(fault, pid, at, time),
        }
    }

    fn strike_world(&self, fault: Fault, pid: usize, at: usize, time: Micros) {
        self.fleet.with(|state| {
            let now = state.now;
            let mut lines = state.server.lines.iter();
            let line = lines.rposition(|line| line.pid == pid);
            match fault {
                Fault::Part => {
                    state.cut_until.insert(pid, now + time);
                }
                Fault::Evict => {
                    let keys: Vec<_> = state.server.content.keys().cloned().collect();
                    if !keys.is_empty() {
                        state.remove(&keys[at % keys.len()], None);
                    }
                }
                Fault::ForgetRead => state.forget_one_read(),
                Fault::Flush => state.flush(),
                Fault::Restart => state.restart(),
                Fault::Refuse => state.server.refuses_until = now + time,
                Fault::Fill => state.server.full_until = now + time,
                _ => {}
            }
            let Some(line) = line else { return };
            // What was sent may have arrived.
            if matches!(fault, Fault::Cut | Fault::Part | Fault::Close) && at.is_multiple_of(2) {
                while !state.server.lines[line].up.is_empty() {
                    state.execute(line);
                }
            }
            match fault {
                Fault::Cut | Fault::Part => state.server.lines[line].is_lost = true,
                Fault::Close => state.close_line(line),
                Fault::Stall => state.server.lines[line].stalled_until = now + time,
                Fault::PushTwice => {
                    let down = &mut state.server.lines[line].down;
                    let push = down.iter().rposition(|(_, item)| item.is_push());
                    if let Some(push) = push {
                        let again = down[push].clone();
                        down.insert(push, again);
                        state.server.lines[line].sent += 1;
                    }
                }
                _ => {}
            }
        });
    }

    /// Kills whose change has just been acknowledged, now and then.
    pub(super) fn tempt_writer(&mut self) {
        let writer = self.fleet.with(|state| {
            let writer = state.truth.take_writer()?;
            let is_struck = !state.is_calm && state.dice.chance(state.profile.kills_writers);
            is_struck.then_some(writer)
        });
        let mut processes = self.processes.iter();
        let process = processes.position(|process| Some(process.pid) == writer);
        if let Some(process) = process.filter(|_| self.faults > 0) {
            self.faults -= 1;
            self.fleet.reach(Race::WriterKilledAfterAck);
            self.kill(process);
        }
    }

    pub(super) fn stop(&mut self, process: usize, time: Micros, with_clock: bool) {
        let now = self.now();
        let process = &mut self.processes[process];
        if !process.is_running(now) {
            return;
        }
        self.fleet.with(|state| state.truth.stops(process.pid));
        process.stopped_until = now + time;
        process.stands_since = with_clock.then_some(now);
    }

    pub(super) fn wake(&mut self, process: usize) {
        let process = &mut self.processes[process];
        process.stopped_until = 0;
        if let Some(since) = process.stands_since.take() {
            self.fleet.with(|state| {
                let now = state.now;
                let stood = &mut state.clocks[process.pid].stood;
                let lost = stood.last().map_or(0, |(_, lost)| *lost);
                stood.push((now, lost + now - since));
            });
        }
    }

    /// Ends a process wherever it is, and begins another in its place.
    pub(super) fn kill(&mut self, process: usize) {
        self.wake(process);
        let visits = self.fleet.with(|state| state.profile.visits / 2);
        let next = Process::new(&self.fleet, visits);
        let killed = std::mem::replace(&mut self.processes[process], next);
        let pid = killed.pid;
        self.fleet.with(|state| {
            if state.truth.is_loading_under_lock(pid) {
                state.races.reach(Race::LockHolderKilled);
            }
            // What it has sent arrives.
            for line in &mut state.server.lines {
                if line.pid == pid {
                    line.tracks = None;
                }
            }
        });
        self.end_process(killed);
    }

    pub(super) fn end_process(&mut self, process: Process) {
        let pid = process.pid;
        let is_quiet = process.end();
        let links: Vec<_> = self.fleet.with(|state| {
            let ours = |(_, link): &(&usize, &Arc<Link>)| link.pid == pid;
            let lines: Vec<usize> = state.links.iter().filter(ours).map(|(at, _)| *at).collect();
            lines.iter().map(|line| state.links.remove(line)).collect()
        });
        drop(links);
        if !is_quiet {
            self.fleet
                .blame("somebody waits for the clock of a process that has ended");
        }
    }
}
