//! Whole caches that keep nothing themselves: every call asks the store.

use std::sync::Arc;

use super::explorer::{Bounds, Explored, explore};
use super::sites::{How, Party, sites};
use super::world::{Fault, KIND, Nature};
use crate::sync::{AtomicUsize, Ordering};

const HOWS: [How; 3] = [How::Delete, How::Clear, How::Set];
const ORDERS: Bounds = Bounds {
    preemptions: 1,
    drops: 0,
};

/// Two who call in one process, a change in another.
fn two_processes(how: How, nature: Nature, bounds: Bounds) -> Explored {
    explore(bounds, |choices| {
        let [a, b] = sites(["A", "B"], 0, nature, choices);
        vec![
            a.task("A1", |a| a.call()),
            b.task("B1", move |b| b.change(how)),
            a.task("A2", |a| a.call()),
        ]
    })
}

/// The same with the change in the process of those who call.
fn one_process(how: How, nature: Nature, bounds: Bounds) -> Explored {
    explore(bounds, |choices| {
        let [a] = sites(["A"], 0, nature, choices);
        vec![
            a.task("A1", |a| a.call()),
            a.task("A2", move |a| a.change(how)),
            a.task("A3", |a| a.call()),
        ]
    })
}

#[test]
fn who_waits_for_another_gets_nothing_old() {
    let bounds = Bounds {
        preemptions: 2,
        drops: 0,
    };
    for how in HOWS {
        two_processes(how, KIND, bounds).is_clean();
        one_process(how, KIND, bounds).is_clean();
    }
}

#[test]
fn nor_where_calls_fail() {
    let broken = Nature {
        faults: &[Fault::FailsBefore, Fault::FailsAfter],
        at_most: 1,
        ..KIND
    };
    for how in HOWS {
        two_processes(how, broken, ORDERS).is_clean();
        one_process(how, broken, ORDERS).is_clean();
    }
}

#[test]
fn nor_where_the_store_drops_what_it_holds() {
    let lossy = Nature {
        faults: &[Fault::Evicts],
        at_most: 1,
        ..KIND
    };
    for how in HOWS {
        two_processes(how, lossy, ORDERS).is_clean();
    }
}

#[test]
fn nor_where_callers_are_dropped() {
    let bounds = Bounds { drops: 1, ..ORDERS };
    for how in HOWS {
        two_processes(how, KIND, bounds).is_clean();
        one_process(how, KIND, bounds).is_clean();
    }
}

/// Where stores have a thread of their own, it asks for the claim, and no explorer orders it.
#[cfg(not(feature = "runtime"))]
#[test]
fn an_entry_in_hand_brings_nothing_old() {
    for how in HOWS {
        let taken = explore(ORDERS, |choices| {
            let [a, b] = sites(["A", "B"], 0, KIND, choices);
            vec![
                a.task("A1", |a| a.take_in_hand()),
                b.task("B1", move |b| b.change(how)),
                a.task("A2", |a| a.call()),
                b.task("B2", |b| b.get()),
            ]
        });
        taken.is_clean();
    }
}

#[test]
fn no_touch_undoes_a_delete() {
    for how in HOWS {
        let touched = explore(ORDERS, |choices| {
            let [a, b] = sites(["A", "B"], 0, KIND, choices);
            a.holding(0);
            vec![
                a.task("A1", |a| a.touch()),
                b.task("B1", move |b| b.change(how)),
                b.task("B2", |b| b.get()),
            ]
        });
        touched.is_clean();
    }
}

/// So many count at once, while calls fail so often: who was told that he counted has.
fn counts(nature: Nature, bounds: Bounds) -> Explored {
    explore(bounds, |choices| {
        let [a, b] = sites(["A", "B"], 0, nature, choices);
        a.holding(0);
        let (party, told) = (Party::of(3), Arc::new(AtomicUsize::new(0)));
        let count = |name, site: &super::sites::Site| {
            let (party, told) = (party.clone(), told.clone());
            site.task(name, |site| async move {
                if site.incr().await.is_ok() {
                    told.fetch_add(1, Ordering::Relaxed);
                }
                if !party.is_last() {
                    return;
                }
                let sum = site.world.quietly(site.cache.get::<u64>("x")).await;
                let (sum, told) = (sum.unwrap().unwrap(), told.load(Ordering::Relaxed) as u64);
                if sum < told || sum > 3 {
                    site.world.blame("a count is lost");
                }
            })
        };
        vec![count("A1", &a), count("A2", &a), count("B1", &b)]
    })
}

#[test]
fn no_count_is_lost() {
    let broken = Nature {
        faults: &[Fault::FailsBefore, Fault::FailsAfter],
        at_most: 1,
        ..KIND
    };
    let bounds = Bounds {
        preemptions: 3,
        drops: 0,
    };
    counts(KIND, bounds).is_clean();
    counts(broken, ORDERS).is_clean();
}

#[test]
fn of_those_who_add_one_wins() {
    let bounds = Bounds {
        preemptions: 3,
        drops: 0,
    };
    let added = explore(bounds, |choices| {
        let [a, b] = sites(["A", "B"], 0, KIND, choices);
        let won = Arc::new(AtomicUsize::new(0));
        let add = |name, site: &super::sites::Site, value: u64| {
            let won = won.clone();
            site.task(name, move |site| async move {
                let added = site.cache.add("x", &value).await.unwrap();
                if added && won.fetch_add(1, Ordering::Relaxed) > 0 {
                    site.world.blame("two have won");
                }
                if site.cache.get::<u64>("x").await.unwrap().is_none() {
                    site.world.blame("nobody has won");
                }
            })
        };
        vec![add("A1", &a, 1), add("A2", &a, 2), add("B1", &b, 3)]
    });
    added.is_clean();
}
