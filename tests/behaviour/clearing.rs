//! `clear` takes as long for many entries as for few.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use cache_core::cached;

const MANY: usize = 20_000;

static FREED: Mutex<Vec<ThreadId>> = Mutex::new(Vec::new());
static MADE: AtomicUsize = AtomicUsize::new(0);

struct Kept;

impl Drop for Kept {
    fn drop(&mut self) {
        FREED.lock().unwrap().push(thread::current().id());
    }
}

#[cached(capacity = 100_000)]
fn kept(n: usize) -> Arc<Kept> {
    let _ = n;
    MADE.fetch_add(1, Ordering::Relaxed);
    Arc::new(Kept)
}

#[test]
fn what_is_cleared_is_freed_behind_the_caller() {
    for n in 0..MANY {
        kept(n);
    }
    kept::clear();
    assert_eq!(kept::stats().entries, 0);
    kept(0);
    assert_eq!(
        MADE.load(Ordering::Relaxed),
        MANY + 1,
        "nothing is found any more"
    );
    let freed = || FREED.lock().unwrap().clone();
    for _ in 0..400 {
        if freed().len() == MANY {
            break;
        }
        thread::sleep(Duration::from_millis(25));
    }
    assert_eq!(freed().len(), MANY);
    let own = freed()
        .iter()
        .filter(|id| **id == thread::current().id())
        .count();
    assert_eq!(own, 0, "the caller freed some of them");
}
