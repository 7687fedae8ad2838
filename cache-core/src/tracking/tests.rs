//! Which copies are armed, and what a change ends.

use super::*;
use crate::clock;
use crate::entry::{BY_HAND, Entry, Meta};
use crate::generation::Validity;
use crate::name::{Name, NameScope};
use crate::near::{Bounds, Near, Tier as _};
use crate::policy::Life;

type Tier = Near<u64, Entry<u64>>;

fn tier() -> Tier {
    let bounds = Bounds {
        entries: 16,
        bytes: usize::MAX,
        joins: true,
    };
    Near::new(bounds, marks(), NameScope::fresh())
}

struct World {
    tracking: Arc<Tracking>,
    cache: TrackedCache,
    near: Tier,
    session: Arc<Session>,
}

const NAME: fn() -> Name = || Name::of("tag", b"t");

impl World {
    fn new() -> Self {
        let (tracking, near) = (Arc::new(Tracking::default()), tier());
        let session = Arc::new(Session::new());
        tracking.begin(&session);
        let whole = near.core().slot(crate::name::CACHE);
        let cache = tracking.register(b"p:", whole);
        Self {
            tracking,
            cache,
            near,
            session,
        }
    }

    fn entry(&self) -> Arc<dyn AnyEntry> {
        let generation = self.near.generation(&[NAME(), crate::name::CACHE]);
        let life = Life::new(clock::now(), None);
        Entry::new(7_u64, Meta::new(generation, life, BY_HAND, 0))
    }

    /// A copy that was read since `start`.
    fn armed(&self, start: &ReadStart) -> (Arc<dyn AnyEntry>, bool) {
        let entry = self.entry();
        let keys = vec![
            (b"p:k".to_vec(), Dependent::Copy(Arc::downgrade(&entry))),
            (b"p:s".to_vec(), Dependent::Name(self.near.slot(NAME()))),
        ];
        let is_armed = self.tracking.arm(start, &self.cache, keys).is_some();
        (entry, is_armed)
    }

    fn is_valid(&self, entry: &dyn AnyEntry) -> bool {
        self.near.validity(entry.generation.view()) == Validity::Valid
    }
}

#[test]
fn a_change_ends_what_is_armed_for_it() {
    for (key, ends) in [("p:k", true), ("p:s", true), ("p:other", false)] {
        let world = World::new();
        let (entry, is_armed) = world.armed(&world.tracking.read_start().unwrap());
        assert!(is_armed && world.is_valid(&*entry));
        world.tracking.changed(key.as_bytes());
        assert_eq!(!world.is_valid(&*entry), ends, "{key}");
    }
}

/// As a loaded value is written over another, and a stamp is given a longer life.
#[test]
fn what_this_process_writes_over_ends_the_copy_and_no_name() {
    for (key, ends) in [("p:k", true), ("p:s", false)] {
        let world = World::new();
        let start = world.tracking.read_start().unwrap();
        let (entry, _) = world.armed(&start);
        world.tracking.replaced(key.as_bytes());
        assert_eq!(!world.is_valid(&*entry), ends, "{key}");
    }
}

/// Who has read before a write and arms after it has what was there before; the writer has what is there.
#[test]
fn of_those_who_began_before_a_write_the_writer_alone_is_armed() {
    let world = World::new();
    let (reader, writer) = (
        world.tracking.read_start().unwrap(),
        world.tracking.write_start(b"p:k").unwrap(),
    );
    assert!(!world.armed(&writer).1, "it was not written yet");
    world.tracking.replaced(b"p:k");
    assert!(!world.armed(&reader).1);
    assert!(world.armed(&writer).1);
    world.tracking.replaced(b"p:k");
    assert!(!world.armed(&writer).1, "another has written over it");
}

/// What this process has written meanwhile may be what was read: the copy is not armed, and ends with a change all the same.
#[test]
fn a_change_ends_a_copy_that_is_not_armed_because_of_an_own_write() {
    for key in ["p:k", "p:s"] {
        let world = World::new();
        let start = world.tracking.read_start().unwrap();
        world.tracking.replaced(b"p:k");
        let (entry, is_armed) = world.armed(&start);
        assert!(!is_armed && world.is_valid(&*entry));
        world.tracking.changed(key.as_bytes());
        assert!(!world.is_valid(&*entry), "{key}");
    }
}

/// A change that was reported between the first read and the arming ends the copy.
#[test]
fn a_copy_that_has_changed_before_it_was_armed_ends() {
    for key in ["p:k", "p:s"] {
        let world = World::new();
        let start = world.tracking.read_start().unwrap();
        world.tracking.changed(key.as_bytes());
        let (entry, is_armed) = world.armed(&start);
        assert!(!is_armed && !world.is_valid(&*entry), "{key}");
    }
}

/// Keys of copies that are gone are forgotten before anything else is.
#[test]
fn many_keys_of_copies_that_are_gone_end_no_other_copy() {
    let world = World::new();
    let start = world.tracking.read_start().unwrap();
    let (copy, _) = world.armed(&start);
    for number in 0..KEYS + 10 {
        let gone = Dependent::Copy(Arc::downgrade(&world.entry()));
        let keys = vec![(number.to_string().into_bytes(), gone)];
        assert!(world.tracking.arm(&start, &world.cache, keys).is_some());
    }
    assert!(world.is_valid(&*copy));
}

#[test]
fn what_changed_while_it_was_read_is_not_armed() {
    for key in ["p:k", "p:s"] {
        let world = World::new();
        let start = world.tracking.read_start().unwrap();
        world.tracking.changed(key.as_bytes());
        assert!(!world.armed(&start).1, "{key}");
        assert!(world.armed(&world.tracking.read_start().unwrap()).1);
    }
}

/// Nothing is armed for a stamp that is absent: what others put there leaves the loads under way alone.
#[test]
fn a_change_of_what_nobody_has_marks_nothing() {
    let world = World::new();
    let load = world.entry();
    world.tracking.changed(b"p:s");
    world.tracking.changed(b"p:k");
    assert!(world.is_valid(&*load));
}

#[test]
fn what_was_read_over_another_connection_is_not_armed() {
    let world = World::new();
    let start = world.tracking.read_start().unwrap();
    let (copy, _) = world.armed(&start);
    world.tracking.begin(&Arc::new(Session::new()));
    assert!(!world.armed(&start).1);
    assert!(
        !world.is_valid(&*copy),
        "the copies of the first have ended"
    );
    world.tracking.end(&world.session);
    assert!(
        world.tracking.read_start().is_some(),
        "the end of the first is not that of the second"
    );
}

#[test]
fn with_its_connection_all_copies_end() {
    for end in [
        |world: &World| world.tracking.end(&world.session),
        |world: &World| world.tracking.all_changed(),
    ] {
        let world = World::new();
        let start = world.tracking.read_start().unwrap();
        let (copy, _) = world.armed(&start);
        end(&world);
        assert!(!world.is_valid(&*copy));
        assert!(!world.armed(&start).1);
    }
}

#[test]
fn beyond_their_bound_all_copies_end_and_are_armed_anew() {
    let world = World::new();
    let start = world.tracking.read_start().unwrap();
    let (copy, _) = world.armed(&start);
    for number in 0..KEYS {
        let key = number.to_string().into_bytes();
        let keys = vec![(key, Dependent::Name(world.near.slot(NAME())))];
        let _ = world.tracking.arm(&start, &world.cache, keys);
    }
    assert!(!world.is_valid(&*copy));
    assert!(world.tracking.state.lock().armed.len() < KEYS);
    let start = world.tracking.read_start().unwrap();
    assert!(world.armed(&start).1);
}

#[test]
fn a_key_remembers_no_copy_that_is_gone() {
    let world = World::new();
    let start = world.tracking.read_start().unwrap();
    for _ in 0..100 {
        drop(world.armed(&start));
    }
    let state = world.tracking.state.lock();
    assert!(state.armed.values().all(|dependents| dependents.len() == 1));
}

/// A value whose drop asks the cache, as a guard of the user's may.
struct Asks(Arc<Tracking>);

impl Drop for Asks {
    fn drop(&mut self) {
        assert!(self.0.read_start().is_some());
    }
}

/// The last owner of a copy may be the one that ends it.
#[test]
fn a_value_is_dropped_outside_of_the_lock() {
    let world = World::new();
    let meta = || {
        let generation = world.near.generation(&[]);
        Meta::new(generation, Life::new(clock::now(), None), BY_HAND, 0)
    };
    let (sender, receiver) = std::sync::mpsc::channel();
    for _ in 0..200 {
        let entry: Arc<dyn AnyEntry> = Entry::new(Asks(world.tracking.clone()), meta());
        let copy = Dependent::Copy(Arc::downgrade(&entry));
        let keys = vec![(b"p:k".to_vec(), copy)];
        let start = world.tracking.read_start().unwrap();
        assert!(world.tracking.arm(&start, &world.cache, keys).is_some());
        let (tracking, sender) = (world.tracking.clone(), sender.clone());
        let dropping = std::thread::spawn(move || drop(entry));
        std::thread::spawn(move || {
            tracking.changed(b"p:k");
            sender.send(()).unwrap();
        });
        receiver
            .recv_timeout(std::time::Duration::from_secs(20))
            .expect("nobody waits for a lock that it holds");
        dropping.join().unwrap();
    }
}
