//! Runs async processes in every order, and with every fault, within bounds: depth first, each run from the start.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::sync::{AtomicBool, Mutex, Ordering};
use crate::testing::Clock;

/// More runs than this, and the world is too large to be explored in a test.
const MOST_RUNS: usize = 400_000;
/// More steps than this, and a process runs in circles.
const MOST_STEPS: usize = 2_000;

/// The choices of one run: those that are given are taken again, beyond them the first of each is taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Choices(Arc<Mutex<Path>>);

#[derive(Debug, Default)]
struct Path {
    taken: Vec<(usize, usize)>,
    at: usize,
    who: &'static str,
    /// What has happened, where somebody wants to know.
    trace: Option<Vec<String>>,
    bad: Option<String>,
}

impl Choices {
    /// One of so many.
    pub(super) fn choose(&self, of: usize) -> usize {
        let mut path = self.0.lock();
        if of < 2 {
            return 0;
        }
        let at = path.at;
        path.at += 1;
        if at == path.taken.len() {
            path.taken.push((0, of));
        }
        let (taken, former) = path.taken[at];
        assert_eq!(former, of, "the same choices have led elsewhere");
        taken
    }

    /// Notes what the process that runs now has done.
    pub(super) fn say(&self, what: impl FnOnce() -> String) {
        let mut path = self.0.lock();
        let who = path.who;
        if let Some(trace) = &mut path.trace {
            trace.push(format!("{who}: {}", what()));
        }
    }

    /// The process that runs now has seen what must not be.
    pub(super) fn blame(&self, why: String) {
        self.say(|| format!("!! {why}"));
        self.0.lock().bad.get_or_insert(why);
    }

    /// The same choices once more.
    fn again(&self, traced: bool) {
        let mut path = self.0.lock();
        path.at = 0;
        path.bad = None;
        path.trace = traced.then(Vec::new);
    }

    /// The next choices in depth-first order; `false` if there are none.
    fn next(&self) -> bool {
        let mut path = self.0.lock();
        while let Some((taken, of)) = path.taken.pop() {
            if taken + 1 < of {
                path.taken.push((taken + 1, of));
                return true;
            }
        }
        false
    }
}

/// One process, or one task of a process.
pub(super) struct Task {
    name: &'static str,
    future: Pin<Box<dyn Future<Output = ()>>>,
}

impl Task {
    pub(super) fn new(name: &'static str, future: impl Future<Output = ()> + 'static) -> Self {
        Self {
            name,
            future: Box::pin(future),
        }
    }
}

/// How far a world is explored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// So often a task that could go on is made to wait for another.
    pub(super) preemptions: usize,
    /// So many tasks are dropped at one of their awaits.
    pub(super) drops: usize,
}

/// What came of exploring a world.
#[derive(Debug)]
pub(super) struct Explored {
    runs: usize,
    bad: Option<(String, Vec<String>)>,
}

impl Explored {
    /// Nothing bad has happened, in any run.
    pub(super) fn is_clean(&self) {
        assert!(self.runs > 1, "there was nothing to choose");
        if let Some((why, trace)) = &self.bad {
            panic!("{why}, in run {}\n  {}", self.runs, trace.join("\n  "));
        }
    }

    /// Something bad has happened in some run; shows how.
    pub(super) fn is_bad(&self) -> &str {
        let Some((why, trace)) = &self.bad else {
            panic!("nothing bad in {} runs", self.runs);
        };
        eprintln!("{why}, in run {}\n  {}", self.runs, trace.join("\n  "));
        why
    }
}

/// Explores the world that `make` makes anew for each run.
/// Time stands still there.
pub(super) fn explore(bounds: Bounds, mut make: impl FnMut(Choices) -> Vec<Task>) -> Explored {
    let _clock = Clock::freeze();
    let choices = Choices::default();
    let mut run = |traced: bool| {
        choices.again(traced);
        let tasks = make(choices.clone());
        run_once(bounds, &choices, tasks);
        let mut path = choices.0.lock();
        (path.bad.take(), path.trace.take().unwrap_or_default())
    };
    for runs in 1..=MOST_RUNS {
        if let (Some(_), _) = run(false) {
            let (why, trace) = run(true);
            let why = why.expect("the same choices do the same");
            let bad = Some((why, trace));
            return Explored { runs, bad };
        }
        if !choices.next() {
            return Explored { runs, bad: None };
        }
    }
    panic!("more than {MOST_RUNS} runs: a smaller world, please");
}

struct Running {
    task: Task,
    woken: Arc<Woken>,
    waker: Waker,
    begun: bool,
}

#[derive(Debug)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Running {
    fn new(task: Task) -> Self {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        Self {
            task,
            waker: Waker::from(woken.clone()),
            woken,
            begun: false,
        }
    }

    fn is_awake(&self) -> bool {
        self.woken.0.load(Ordering::Relaxed)
    }

    fn poll(&mut self) -> Poll<()> {
        self.begun = true;
        self.woken.0.store(false, Ordering::Relaxed);
        let mut context = Context::from_waker(&self.waker);
        self.task.future.as_mut().poll(&mut context)
    }
}

fn run_once(bounds: Bounds, choices: &Choices, tasks: Vec<Task>) {
    let mut running: Vec<Running> = tasks.into_iter().map(Running::new).collect();
    let Bounds {
        mut preemptions,
        mut drops,
    } = bounds;
    let mut last: Option<&'static str> = None;
    for _ in 0..MOST_STEPS {
        if running.is_empty() || choices.0.lock().bad.is_some() {
            return;
        }
        let awake = |at: &usize| running[*at].is_awake();
        let mut options: Vec<usize> = (0..running.len()).filter(awake).collect();
        if options.is_empty() {
            choices.blame("everybody waits for somebody".to_owned());
            return;
        }
        let goes_on = |at: &usize| last == Some(running[*at].task.name);
        let former = options.iter().position(goes_on);
        if let Some(former) = former {
            options.swap(0, former);
            options.truncate(if preemptions == 0 { 1 } else { options.len() });
        }
        let choice = choices.choose(options.len());
        preemptions -= usize::from(former.is_some() && choice > 0);
        let at = options[choice];
        last = Some(running[at].task.name);
        choices.0.lock().who = running[at].task.name;
        if drops > 0 && running[at].begun && choices.choose(2) == 1 {
            drops -= 1;
            choices.say(|| "is dropped".to_owned());
            drop(running.remove(at));
        } else if running[at].poll().is_ready() {
            running.remove(at);
        }
    }
    choices.blame("no end".to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two who add to a number, each in two steps.
    fn adders(preemptions: usize) -> Explored {
        let bounds = Bounds {
            preemptions,
            drops: 0,
        };
        explore(bounds, |choices| {
            let number = Arc::new(Mutex::new((0, 0)));
            let adder = |name| {
                let (number, choices) = (number.clone(), choices.clone());
                Task::new(name, async move {
                    let there = number.lock().0;
                    super::super::world::step().await;
                    let mut number = number.lock();
                    *number = (there + 1, number.1 + 1);
                    if number.1 == 2 && number.0 != 2 {
                        choices.blame("one is lost".to_owned());
                    }
                })
            };
            vec![adder("a"), adder("b")]
        })
    }

    #[test]
    fn finds_what_takes_a_preemption() {
        adders(0).is_clean();
        assert_eq!(adders(1).is_bad(), "one is lost");
    }
}
