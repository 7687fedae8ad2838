//! A writer changes the data and invalidates its name; a loader keeps what it reads, or what it makes of an entry; whoever
//! asks after the acknowledgement must not get the old value. Each rule of the table, left out, makes the model fail.

use std::sync::Arc;

use ::loom::sync::Mutex;
use ::loom::thread;

use super::super::*;
use crate::generation::{Generation, Validity};

const NAME: Slot = Slot::of_model(0);
/// Of another name, with another clock.
const OTHER: Slot = Slot::of_model(1);

type Kept = Mutex<Option<(u64, Arc<Generation>)>>;
type Mark = fn(&Marks, Slot);
type Since = fn(&Generation, &Marks, &AtomicU64) -> u64;

/// The data, one entry, what is made of it, and what was acknowledged.
struct World {
    data: AtomicU64,
    marks: Marks,
    own: AtomicU64,
    inner: Kept,
    outer: Kept,
    acknowledged: Mutex<u64>,
}

impl World {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            data: AtomicU64::new(0),
            marks: Marks::for_models(),
            own: AtomicU64::new(0),
            inner: Mutex::new(None),
            outer: Mutex::new(None),
            acknowledged: Mutex::new(0),
        })
    }

    fn load(&self) {
        let epoch = self.marks.now();
        let value = self.data.load(Ordering::Relaxed);
        let generation = Arc::new(Generation::new(epoch, 0, Box::new([NAME])));
        *self.inner.lock().unwrap() = Some((value, generation));
    }

    /// Makes a value of the entry, if it is a hit; `since` says since when it is known to be as it is.
    fn load_outer(&self, since: Since) {
        let own = Generation::new(self.marks.now(), 0, Box::default());
        let Some((value, generation)) = self.inner.lock().unwrap().clone() else {
            return;
        };
        if generation.validity(&self.marks, &self.own) != Validity::Valid {
            return;
        }
        let since = since(&generation, &self.marks, &self.own);
        let outer = Arc::new(own.with(generation.slots(), Some(since)));
        *self.outer.lock().unwrap() = Some((value, outer));
    }

    fn hit(&self, kept: &Kept) -> Option<u64> {
        let (value, generation) = kept.lock().unwrap().clone()?;
        let is_hit = generation.validity(&self.marks, &self.own) == Validity::Valid;
        is_hit.then_some(value)
    }

    fn write(&self, mark: Mark) {
        self.data.store(1, Ordering::Relaxed);
        mark(&self.marks, NAME);
        *self.acknowledged.lock().unwrap() = 1;
    }
}

fn check(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = ::loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

/// `others`: another name is invalidated meanwhile, which moves the epoch.
fn model(mark: Mark, others: bool) {
    check(move || {
        let world = World::new();
        let (w, l) = (world.clone(), world.clone());
        let writer = thread::spawn(move || w.write(mark));
        let loader = thread::spawn(move || {
            l.load();
            l.hit(&l.inner);
        });
        if others {
            world.marks.mark(OTHER);
        }
        let floor = *world.acknowledged.lock().unwrap();
        if let Some(value) = world.hit(&world.inner) {
            assert!(value >= floor, "an old value after the acknowledgement");
        }
        writer.join().unwrap();
        loader.join().unwrap();
        if let Some(value) = world.hit(&world.inner) {
            assert_eq!(value, 1, "an old value for ever");
        }
    });
}

/// A load makes its value of an entry that was there before.
fn model_of_outer(mark: Mark, since: Since) {
    check(move || {
        let world = World::new();
        world.load();
        world.hit(&world.inner);
        let (w, l) = (world.clone(), world.clone());
        let writer = thread::spawn(move || w.write(mark));
        let loader = thread::spawn(move || l.load_outer(since));
        writer.join().unwrap();
        loader.join().unwrap();
        if let Some(value) = world.hit(&world.outer) {
            assert_eq!(value, 1, "an old value for ever");
        }
    });
}

fn put(marks: &Marks, slot: Slot, epoch: u64) {
    for place in slot.places() {
        marks.invalidated[place].fetch_max(epoch, Ordering::Relaxed);
    }
}

#[test]
fn no_old_value_after_an_acknowledged_invalidation() {
    model(Marks::mark, false);
}

#[test]
fn no_old_value_while_others_move_the_epoch() {
    model(Marks::mark, true);
}

#[test]
fn what_is_made_of_an_entry_goes_with_it() {
    model_of_outer(Marks::mark, Generation::since);
}

#[test]
fn what_is_made_of_an_entry_is_softly_invalidated_with_it() {
    model_of_outer(Marks::mark_soft, Generation::since);
}

#[test]
#[should_panic(expected = "an old value")]
fn an_entry_that_is_softly_invalidated_must_not_count_as_it_is_now() {
    model_of_outer(Marks::mark_soft, |generation, marks, own| {
        let now = marks.now();
        match generation.judge(marks, own) {
            Validity::Invalid => generation.epoch(),
            _ => now,
        }
    });
}

#[test]
#[should_panic(expected = "an old value")]
fn what_is_made_of_an_entry_must_ask_its_slots_and_not_its_memo() {
    model_of_outer(Marks::mark, |generation, marks, own| {
        let now = marks.now();
        match generation.validity(marks, own) {
            Validity::Valid => now,
            _ => generation.epoch(),
        }
    });
}

#[test]
#[should_panic(expected = "an old value")]
fn the_slot_must_be_raised_before_the_epoch_moves() {
    model_of_outer(
        |marks, slot| {
            let epoch = marks.epoch.0.fetch_add(1, Ordering::Release) + 1;
            put(marks, slot, epoch);
            marks.clock(slot).tick();
        },
        Generation::since,
    );
}

#[test]
#[should_panic(expected = "an old value")]
fn both_places_must_be_raised_before_the_epoch_moves() {
    model_of_outer(
        |marks, slot| {
            let [first, second] = slot.places().map(|place| &marks.invalidated[place]);
            marks.raise([first]);
            second.fetch_max(first.load(Ordering::Relaxed), Ordering::Relaxed);
            marks.clock(slot).tick();
        },
        Generation::since,
    );
}

#[test]
#[should_panic(expected = "an old value")]
fn the_slot_must_be_raised_to_the_epoch_of_its_own_move() {
    model(
        |marks, slot| {
            let epoch = marks.epoch.0.load(Ordering::Relaxed) + 1;
            put(marks, slot, epoch);
            marks.epoch.0.fetch_add(1, Ordering::Release);
            marks.clock(slot).tick();
        },
        true,
    );
}

#[test]
#[should_panic(expected = "an old value")]
fn the_epoch_must_be_moved_with_release() {
    model(
        |marks, slot| {
            let epoch = marks.epoch.0.load(Ordering::Relaxed);
            put(marks, slot, epoch + 1);
            let _ = marks.epoch.0.compare_exchange(
                epoch,
                epoch + 1,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            marks.clock(slot).tick();
        },
        false,
    );
}

#[test]
#[should_panic(expected = "an old value")]
fn the_clock_must_move() {
    model(
        |marks, slot| marks.raise(slot.places().map(|place| &marks.invalidated[place])),
        false,
    );
}

#[test]
#[should_panic(expected = "an old value")]
fn the_clock_must_move_after_the_slot_was_raised() {
    model(
        |marks, slot| {
            marks.clock(slot).tick();
            marks.raise(slot.places().map(|place| &marks.invalidated[place]));
        },
        false,
    );
}

#[test]
#[should_panic(expected = "an old value")]
fn the_clock_must_be_moved_with_release() {
    model(
        |marks, slot| {
            marks.raise(slot.places().map(|place| &marks.invalidated[place]));
            marks.clock(slot).0.fetch_add(2, Ordering::Relaxed);
        },
        false,
    );
}
