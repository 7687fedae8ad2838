//! Leases, stamps and debts of the far tier itself.

use super::calls::{ALL, What, processes};
use super::explorer::{Bounds, Explored, explore};
use super::world::{Fault, KIND, Nature};

const ONCE: Nature = Nature { at_most: 1, ..KIND };
const ORDERS: Bounds = Bounds {
    preemptions: 1,
    drops: 0,
};

/// Two loaders, one who invalidates, one who looks.
fn loaders(what: What, nature: Nature, bounds: Bounds) -> Explored {
    explore(bounds, |choices| {
        let [a, b] = processes(["A", "B"], nature, choices);
        vec![
            a.task("A1", |a| a.call()),
            b.task("B1", |b| b.call()),
            b.task("B2", move |b| b.invalidate(what)),
            a.task("A2", |a| a.look()),
        ]
    })
}

/// One loader; the one who invalidates calls after it, be it delivered or owed.
fn loader(what: What, nature: Nature, bounds: Bounds) -> Explored {
    explore(bounds, |choices| {
        let [a, b] = processes(["A", "B"], nature, choices);
        vec![
            a.task("A1", |a| a.call()),
            b.task("B1", move |b| b.invalidate(what)),
            b.task("B2", |b| b.call()),
        ]
    })
}

#[test]
fn no_old_value_after_an_acknowledged_invalidation() {
    for what in ALL {
        let bounds = Bounds {
            preemptions: 2,
            drops: 0,
        };
        loaders(what, KIND, bounds).is_clean();
    }
}

#[test]
fn nor_where_calls_are_no_single_steps() {
    let fine = Nature { fine: true, ..KIND };
    for what in ALL {
        loaders(what, fine, ORDERS).is_clean();
    }
}

#[test]
fn nor_where_calls_fail_before_or_after_their_effect() {
    let broken = Nature {
        faults: &[Fault::FailsBefore, Fault::FailsAfter],
        ..ONCE
    };
    loaders(What::Key, broken, ORDERS).is_clean();
    for what in ALL {
        loader(what, broken, ORDERS).is_clean();
    }
}

#[test]
fn nor_where_they_fail_again_and_again() {
    let broken = Nature {
        faults: &[Fault::FailsBefore, Fault::FailsAfter],
        at_most: 2,
        ..KIND
    };
    let bounds = Bounds {
        preemptions: 0,
        drops: 0,
    };
    loader(What::Key, broken, bounds).is_clean();
    loader(What::Tag, broken, bounds).is_clean();
}

#[test]
fn nor_where_the_store_drops_what_it_holds() {
    let lossy = Nature {
        faults: &[Fault::Evicts],
        ..ONCE
    };
    loaders(What::Tag, lossy, ORDERS).is_clean();
    for what in ALL {
        loader(what, lossy, ORDERS).is_clean();
    }
}

#[test]
fn nor_where_the_store_goes_back_in_time() {
    let back = Nature {
        faults: &[Fault::GoesBack],
        ..ONCE
    };
    for what in ALL {
        loader(what, back, ORDERS).is_clean();
    }
}

#[test]
fn nor_where_callers_are_dropped() {
    let bounds = Bounds { drops: 1, ..ORDERS };
    for what in ALL {
        loader(what, KIND, bounds).is_clean();
    }
}

#[test]
fn nor_from_those_who_refresh() {
    for what in ALL {
        let refreshes = explore(ORDERS, |choices| {
            let [a, b] = processes(["A", "B"], KIND, choices);
            vec![
                a.task("A1", |a| async move {
                    a.clone().call().await;
                    a.refresh().await;
                }),
                b.task("B1", move |b| async move {
                    b.clone().invalidate(what).await;
                    b.call().await;
                }),
                a.task("A2", |a| a.refresh()),
                b.task("B2", |b| b.look()),
            ]
        });
        refreshes.is_clean();
    }
}

#[test]
fn nor_in_place_of_what_was_set_by_hand() {
    let sets = explore(ORDERS, |choices| {
        let [a, b] = processes(["A", "B"], KIND, choices);
        vec![
            a.task("A1", |a| a.call()),
            b.task("B1", |b| b.set()),
            a.task("A2", |a| a.refresh()),
            b.task("B2", |b| b.look()),
        ]
    });
    sets.is_clean();
}

/// What no codec can write is not in the store: who says then that its key was not removed?
#[test]
fn nor_from_those_who_cannot_write() {
    for what in ALL {
        let unwritable = explore(ORDERS, |choices| {
            let [a, b] = processes(["A", "B"], KIND, choices);
            vec![
                a.task("A1", |a| a.call_unwritable()),
                b.task("B1", move |b| b.invalidate(what)),
            ]
        });
        unwritable.is_clean();
    }
}

#[test]
fn nor_from_those_whose_values_are_too_large() {
    let full = Nature {
        faults: &[Fault::IsFull],
        ..ONCE
    };
    for what in ALL {
        loader(what, full, ORDERS).is_clean();
    }
}

/// What has expired serves those who accept it until it is invalidated, and nobody afterwards.
#[test]
fn what_has_expired_serves_until_it_is_invalidated() {
    let fine = Nature { fine: true, ..KIND };
    for what in [What::Key, What::Tag, What::Cache] {
        let expired = explore(ORDERS, |choices| {
            let [a, b] = processes(["A", "B"], fine, choices);
            vec![
                a.task("A1", |a| a.call()),
                b.task("B1", move |b| async move {
                    b.clone().invalidate(What::Expired).await;
                    b.clone().look_for_stale().await;
                    b.invalidate(what).await;
                }),
                a.task("A2", |a| a.look_for_stale()),
            ]
        });
        expired.is_clean();
    }
}

/// Two who expire it at once, while a load prolongs the stamp.
#[test]
fn nor_where_two_expire_it() {
    let expired = explore(ORDERS, |choices| {
        let [a, b] = processes(["A", "B"], KIND, choices);
        vec![
            a.task("A1", |a| a.call()),
            b.task("B1", |b| b.invalidate(What::Expired)),
            a.task("A2", |a| a.invalidate(What::Expired)),
            b.task("B2", |b| b.look()),
        ]
    });
    expired.is_clean();
}
