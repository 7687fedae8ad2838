//! Values that are set by hand, by processes that remember a stamp which may be another by then.

use super::calls::{KEY, Process, What, entry, processes};
use super::explorer::{Bounds, Choices, Explored, Task, explore};
use super::ledger::Ledger;
use super::world::{Fault, KIND, Nature};
use crate::name::CACHE;
use crate::store::Written;
use crate::wait::block_on;

/// A call that is made at the same time as another may come before it or after it, and others act in between.
const LATE: Nature = Nature { late: 1, ..KIND };
const ORDERS: Bounds = Bounds {
    preemptions: 1,
    drops: 0,
};
const WHATS: [What; 2] = [What::Key, What::Cache];

/// A process whose sets and invalidations are noted.
#[derive(Clone, Debug)]
struct Setter {
    process: Process,
    ledger: Ledger,
}

impl Setter {
    fn task<F: Future<Output = ()>>(
        &self,
        name: &'static str,
        call: impl FnOnce(Self) -> F + 'static,
    ) -> Task {
        let setter = self.clone();
        Task::new(name, async move { call(setter).await })
    }

    async fn set(&self) {
        let Process { far, world, .. } = &self.process;
        let value = self.ledger.set(world);
        let written = far.put_values(&[entry(&value)], None).await;
        if written.is_ok_and(|written| written == [Written::Yes]) {
            world.say("it is set");
            self.ledger.is_set(value);
        }
    }

    async fn invalidate(&self, what: What) {
        let Process { far, world, .. } = &self.process;
        let number = self.ledger.invalidate(world);
        let done = match what {
            What::Cache => far.forget(&[CACHE]).await,
            _ => far.remove(&[KEY]).await,
        };
        if done.is_ok() {
            world.say("it is invalidated");
            self.ledger.is_invalidated(number);
        }
    }

    async fn look(&self) {
        let begun = self.ledger.look();
        if let Ok(seen) = self.process.see(&[]).await {
            let found = self.process.found(&seen);
            self.ledger.gives(&self.process.world, begun, found);
        }
    }
}

/// Processes of which each has set a value, and remembers the stamp.
fn setters<const N: usize>(
    names: [&'static str; N],
    nature: Nature,
    choices: Choices,
) -> [Setter; N] {
    let ledger = Ledger::default();
    processes(names, nature, choices).map(|process| {
        let ledger = ledger.clone();
        let setter = Setter { process, ledger };
        block_on(setter.process.world.quietly(setter.set()));
        setter
    })
}

/// One who sets, one who invalidates, and looks of both: at once, and after one another.
fn one_sets(what: What, nature: Nature, bounds: Bounds) -> Explored {
    explore(bounds, |choices| {
        let [a, b] = setters(["A", "B"], nature, choices);
        vec![
            a.task("A1", |a| async move {
                a.set().await;
                a.look().await;
            }),
            b.task("B1", move |b| async move {
                b.invalidate(what).await;
                b.look().await;
            }),
            a.task("A2", |a| async move { a.look().await }),
        ]
    })
}

/// Two who set.
fn two_set(what: What, nature: Nature, bounds: Bounds) -> Explored {
    explore(bounds, |choices| {
        let [a, b] = setters(["A", "B"], nature, choices);
        vec![
            a.task("A1", |a| async move { a.set().await }),
            b.task("B1", move |b| async move {
                b.invalidate(what).await;
                b.set().await;
                b.look().await;
            }),
            a.task("A2", |a| async move { a.look().await }),
        ]
    })
}

#[test]
fn what_was_set_is_there_until_it_is_invalidated_and_no_longer() {
    let bounds = Bounds {
        preemptions: 2,
        drops: 0,
    };
    for what in WHATS {
        one_sets(what, LATE, bounds).is_clean();
        two_set(what, LATE, bounds).is_clean();
    }
}

#[test]
fn so_it_is_where_calls_are_no_single_steps() {
    let fine = Nature { fine: true, ..LATE };
    for what in WHATS {
        one_sets(what, fine, ORDERS).is_clean();
        two_set(what, fine, ORDERS).is_clean();
    }
}

#[test]
fn so_it_is_where_the_store_fails_or_drops_what_it_holds() {
    for faults in [
        &[Fault::FailsBefore, Fault::FailsAfter][..],
        &[Fault::Evicts],
        &[Fault::IsFull],
    ] {
        let faulty = Nature {
            faults,
            at_most: 1,
            ..LATE
        };
        for what in WHATS {
            one_sets(what, faulty, ORDERS).is_clean();
        }
        two_set(What::Cache, faulty, ORDERS).is_clean();
    }
}

#[test]
fn so_it_is_where_the_store_goes_back_in_time() {
    let back = Nature {
        faults: &[Fault::GoesBack],
        at_most: 1,
        ..LATE
    };
    for what in WHATS {
        one_sets(what, back, ORDERS).is_clean();
    }
}

#[test]
fn so_it_is_where_callers_are_dropped() {
    let bounds = Bounds { drops: 1, ..ORDERS };
    for what in WHATS {
        one_sets(what, LATE, bounds).is_clean();
        two_set(what, LATE, bounds).is_clean();
    }
}
