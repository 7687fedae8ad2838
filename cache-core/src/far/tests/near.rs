//! Whole caches that keep copies: strict for what their own process does, and late by the near ttl at most for others.

use super::explorer::{Bounds, Explored, Task, explore};
use super::sites::{How, NEAR_TTL, Site, sites, time};
use super::world::{Fault, KIND, Nature, step};

const HOWS: [How; 3] = [How::Delete, How::Clear, How::Set];
const ORDERS: Bounds = Bounds {
    preemptions: 1,
    drops: 0,
};
const KEEPING: Nature = Nature {
    near_ttl: NEAR_TTL,
    ..KIND
};
const BROKEN: Nature = Nature {
    faults: &[Fault::FailsBefore, Fault::FailsAfter],
    at_most: 1,
    ..KEEPING
};

/// One who calls, a change in the same process, and one who looks twice.
fn one_process(how: How, nature: Nature, bounds: Bounds) -> Explored {
    explore(bounds, |choices| {
        let [a] = sites(["A"], 16, nature, choices);
        vec![
            a.task("A1", |a| a.call()),
            a.task("A2", move |a| a.change(how)),
            a.task("A3", |a| async move {
                a.clone().get().await;
                step().await;
                a.get().await;
            }),
        ]
    })
}

/// A change elsewhere, while time goes on.
fn two_processes(
    nature: Nature,
    bounds: Bounds,
    held: Option<u64>,
    first: fn(&Site) -> Task,
    how: How,
) -> Explored {
    explore(bounds, |choices| {
        let [a, b] = sites(["A", "B"], 16, nature, choices);
        if let Some(held) = held {
            b.holding(held);
        }
        vec![
            first(&a),
            b.task("B1", move |b| b.change(how)),
            time(nature),
            a.task("A2", |a| a.get()),
        ]
    })
}

#[test]
fn no_copy_is_older_than_what_its_own_process_did() {
    let bounds = Bounds {
        preemptions: 2,
        drops: 0,
    };
    for how in HOWS {
        one_process(how, KEEPING, bounds).is_clean();
    }
}

#[test]
fn nor_where_calls_fail() {
    for how in HOWS {
        one_process(how, BROKEN, ORDERS).is_clean();
    }
}

#[test]
fn nor_where_callers_are_dropped() {
    let bounds = Bounds { drops: 1, ..ORDERS };
    for how in HOWS {
        one_process(how, KEEPING, bounds).is_clean();
    }
}

#[test]
fn a_loaded_copy_is_late_by_the_near_ttl_at_most() {
    let bounds = Bounds {
        preemptions: 2,
        drops: 0,
    };
    let call = |a: &Site| a.task("A1", |a| a.call());
    for how in HOWS {
        two_processes(KEEPING, bounds, None, call, how).is_clean();
    }
    two_processes(BROKEN, ORDERS, None, call, How::Delete).is_clean();
}

#[test]
fn a_copy_that_was_read_is_late_by_the_near_ttl_at_most() {
    let fine = Nature {
        fine: true,
        ..KEEPING
    };
    let get = |a: &Site| a.task("A1", |a| a.get());
    for how in HOWS {
        two_processes(fine, ORDERS, Some(0), get, how).is_clean();
    }
}

/// Where stores have a thread of their own, it asks for the claim, and no explorer orders it.
#[cfg(not(feature = "runtime"))]
#[test]
fn so_is_one_from_an_entry_in_hand() {
    let take = |a: &Site| a.task("A1", |a| a.take_in_hand());
    for how in HOWS {
        two_processes(KEEPING, ORDERS, None, take, how).is_clean();
        two_processes(KEEPING, ORDERS, Some(0), take, how).is_clean();
    }
}
