//! Loads, an invalidation, dropped leaders: over every interleaving nobody gets a value that is older than an
//! acknowledged invalidation, and nobody waits for ever.

use std::sync::Arc;

use ::loom::sync::Mutex;
use ::loom::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use ::loom::thread;

use super::{LoadRequest, Opened};
use crate::clock;
use crate::entry::{Entry, Origin};
use crate::key::CacheKey;
use crate::marks::Marks;
use crate::name::NameScope;
use crate::near::{Asker, Bounds, Near};
use crate::policy::Life;
use crate::wait::block_on;

/// One key, the data behind it, and what was acknowledged.
struct World {
    data: AtomicU64,
    loads: AtomicUsize,
    near: &'static Near<u64, Entry<u64>>,
    acknowledged: Mutex<u64>,
}

const KEY: u64 = 7;

impl World {
    fn new() -> Arc<Self> {
        let marks: &'static Marks = Box::leak(Box::new(Marks::for_models()));
        let near = Near::new(
            Bounds {
                entries: 16,
                bytes: usize::MAX,
                joins: true,
            },
            marks,
            NameScope::PRIVATE,
        );
        Arc::new(Self {
            data: AtomicU64::new(0),
            loads: AtomicUsize::new(0),
            near: Box::leak(Box::new(near)),
            acknowledged: Mutex::new(0),
        })
    }

    fn peek(&self) -> Option<u64> {
        self.near
            .get(self.near.hash(&KEY), &KEY, |found| found.value().copied())
    }

    /// A call as a cached function makes it; `fails` drops the leader in the middle of its load.
    fn call(&self, fails: bool) -> Option<u64> {
        if let Some(value) = self.peek() {
            return Some(value);
        }
        let request = LoadRequest::new(
            self.near,
            self.near.hash(&KEY),
            self.near.key(&KEY),
            Asker {
                origin: Origin(Some(std::any::TypeId::of::<World>())),
                wants: None,
            },
            Box::new([]),
        );
        match block_on(Box::pin(request.open())) {
            Opened::Ready(entry, _) => entry.value_as().copied(),
            Opened::Run(mut leader) => {
                let value = self.data.load(Ordering::Relaxed);
                if leader.is_alone() {
                    return Some(value);
                }
                self.loads.fetch_add(1, Ordering::Relaxed);
                if fails {
                    drop(leader);
                    return None;
                }
                let entry = leader.entry(value, Life::new(clock::now(), None), 0, &[]);
                block_on(leader.keep(entry));
                Some(value)
            }
            _ => unreachable!("no load of the model fails, and none is waited for in vain"),
        }
    }

    fn write(&self) {
        self.data.store(1, Ordering::Relaxed);
        self.near
            .remove(self.near.hash(&KEY), &self.near.key(&KEY), 0);
        *self.acknowledged.lock().unwrap() = 1;
    }
}

fn check(preemptions: usize, model: impl Fn(Arc<World>) + Send + Sync + 'static) {
    let mut builder = ::loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(move || model(World::new()));
}

#[test]
fn a_call_after_the_acknowledgement_never_gets_the_old_value() {
    check(3, |world| {
        let (w, l) = (world.clone(), world.clone());
        let writer = thread::spawn(move || w.write());
        let loader = thread::spawn(move || l.call(false));
        let floor = *world.acknowledged.lock().unwrap();
        let value = world.call(false).unwrap();
        assert!(value >= floor, "an old value after the acknowledgement");
        writer.join().unwrap();
        loader.join().unwrap();
        assert_ne!(world.peek(), Some(0), "an old value for ever");
    });
}

#[test]
fn two_calls_load_once() {
    check(3, |world| {
        let other = world.clone();
        let thread = thread::spawn(move || other.call(false));
        world.call(false);
        thread.join().unwrap();
        assert_eq!(world.loads.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn when_the_leader_is_dropped_the_others_go_on_and_one_of_them_loads() {
    check(2, |world| {
        let (a, b) = (world.clone(), world.clone());
        let doomed = thread::spawn(move || a.call(true));
        let other = thread::spawn(move || b.call(false));
        assert!(world.call(false).is_some());
        assert!(other.join().unwrap().is_some());
        doomed.join().unwrap();
        assert!(world.loads.load(Ordering::Relaxed) <= 2);
    });
}
