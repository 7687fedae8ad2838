//! One life of a process: its clock, its caches, its tasks.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use super::client::Client;
use super::omissions::Omission;
use super::state::{Fleet, Micros, OwnClock, Pid};
use super::visits::{Thrown, Visitor};
use crate::cache::Cache;
use crate::clock::Moment;
use crate::clock::stopped::Stopped;
use crate::spawn::simulated::{self, Spawned};
use crate::sync::{AtomicBool, Ordering};

/// The step of the coarse clock.
const STEP: Micros = 4_000;
/// Where all clocks begin, in seconds.
const BEGINNING: u64 = 1_000;

pub(super) struct Process {
    pub(super) pid: Pid,
    clock: Arc<Stopped>,
    /// What the clock shows, in microseconds.
    shown: Micros,
    pub(super) stopped_until: Micros,
    /// Since when its clock has stood still.
    pub(super) stands_since: Option<Micros>,
    pub(super) tasks: Vec<Task>,
    visitors: Vec<Visitor>,
}

pub(super) struct Task {
    pub(super) is_client: bool,
    future: Spawned,
    woken: Arc<Woken>,
    waker: Waker,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Task {
    fn new(future: Spawned, is_client: bool) -> Self {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        Self {
            is_client,
            future,
            waker: Waker::from(woken.clone()),
            woken,
        }
    }

    pub(super) fn is_awake(&self) -> bool {
        self.woken.0.load(Ordering::Relaxed)
    }
}

fn beginning() -> Moment {
    Moment::from_bits(BEGINNING << 32)
}

impl Process {
    /// A process that begins now, with clients that visit so often.
    pub(super) fn new(fleet: &Fleet, visits: usize) -> Self {
        let (pid, profile) = fleet.with(|state| {
            let pace = match state.clocks.len() {
                0 if state.profile.clocks_are_apart => 1_005_000,
                1 if state.profile.clocks_are_apart => 995_000,
                _ => state.dice.between(995_000, 1_005_000),
            };
            let born = state.now;
            state.clocks.push(OwnClock {
                pace,
                stood: Vec::new(),
                born,
            });
            (state.clocks.len() - 1, state.profile)
        });
        let mut process = Self {
            pid,
            clock: Stopped::at(beginning()),
            shown: 0,
            stopped_until: 0,
            stands_since: None,
            tasks: Vec::new(),
            visitors: Vec::new(),
        };
        process.tick(fleet.with(|state| state.clocks[pid].at(state.now)));
        let near_ttl = if fleet.omits(Omission::NearTtl) {
            Duration::from_secs(3_600)
        } else {
            Duration::from_secs(2)
        };
        let store = process.step(|| Client::new(fleet, pid));
        for pid in process.pids(fleet) {
            let cache = Cache::builder()
                .near(profile.near)
                .near_ttl(near_ttl)
                .timeout(profile.timeout);
            let visitor = Visitor {
                fleet: fleet.clone(),
                pid,
                cache: cache.store(store.clone()).build(),
                outer: Cache::builder().near(16).build(),
            };
            for _ in 0..profile.clients {
                let client = visitor.clone().client(visits);
                process.tasks.push(Task::new(Box::pin(client), true));
            }
            process.visitors.push(visitor);
        }
        process
    }

    /// The process itself; and its twin, which counts as another process with the same clock.
    fn pids(&self, fleet: &Fleet) -> Vec<Pid> {
        fleet.with(|state| {
            let mut pids = vec![self.pid];
            if state.profile.has_twins {
                let clock = state.clocks[self.pid].clone();
                pids.push(state.clocks.len());
                state.clocks.push(clock);
            }
            pids
        })
    }

    /// Does something in the time of this process; what it spawns are tasks of the process.
    pub(super) fn step<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let _clock = self.clock.enter();
        let (result, spawned) = simulated::step(work);
        let spawned = spawned.into_iter().map(|future| Task::new(future, false));
        self.tasks.extend(spawned);
        result
    }

    /// Polls a task; drops it if it has ended, or panicked as loads do.
    pub(super) fn poll(&mut self, fleet: &Fleet, at: usize) {
        let mut task = self.tasks.swap_remove(at);
        task.woken.0.store(false, Ordering::Relaxed);
        let poll = || {
            let mut context = Context::from_waker(&task.waker);
            Pin::new(&mut task.future).poll(&mut context)
        };
        let polled = self.step(|| catch_unwind(AssertUnwindSafe(poll)));
        match polled {
            Ok(Poll::Pending) => self.tasks.push(task),
            Ok(Poll::Ready(())) => self.step(|| drop(task)),
            Err(panic) => {
                if !panic.is::<Thrown>() {
                    fleet.blame("a task has panicked");
                }
                self.step(|| drop(task));
            }
        }
    }

    pub(super) fn is_running(&self, now: Micros) -> bool {
        now >= self.stopped_until
    }

    /// Has its clock show what it is to show now, by its own clock.
    pub(super) fn tick(&mut self, own: Micros) {
        if self.stands_since.is_some() {
            return;
        }
        let shows = own / STEP * STEP;
        if shows > self.shown {
            self.clock
                .advance(Duration::from_micros(shows - self.shown));
            self.shown = shows;
        }
    }

    /// When somebody in it is to be woken next, in the time of the world.
    pub(super) fn next_alarm(&self, fleet: &Fleet) -> Option<Micros> {
        let alarm = self.clock.next_alarm()?;
        let own = u64::try_from(alarm.since(beginning()).as_micros()).ok()?;
        let shown = (own + 1).div_ceil(STEP) * STEP;
        fleet.with(|state| {
            let clock = &state.clocks[self.pid];
            let lost = clock.stood.last().map_or(0, |(_, lost)| *lost);
            Some((shown * 1_000_000).div_ceil(clock.pace) + lost + 1)
        })
    }

    pub(super) fn has_clients(&self) -> bool {
        self.tasks.iter().any(|task| task.is_client)
    }

    /// What is still under way when all clients have gone.
    pub(super) fn remains(&self) -> (usize, usize) {
        let visitors = self.visitors.iter();
        let loads = visitors
            .map(|visitor| visitor.cache.near().under_way() + visitor.outer.near().under_way());
        (self.tasks.len(), loads.sum())
    }

    /// Ends it wherever it is. Tells whether nobody waits for its clock any more.
    pub(super) fn end(mut self) -> bool {
        let tasks = std::mem::take(&mut self.tasks);
        let visitors = std::mem::take(&mut self.visitors);
        self.step(|| {
            drop(tasks);
            drop(visitors);
        });
        let spawned = std::mem::take(&mut self.tasks);
        self.step(|| drop(spawned));
        self.clock.next_alarm().is_none()
    }
}
