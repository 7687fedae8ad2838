//! User code that calls the cached function in the middle of the cache's work.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use cache_core::cached;

use crate::support::{installed, on_thread};

#[test]
fn a_clone_that_calls_the_function_does_not_deadlock() {
    installed();
    static CALLS_BACK: AtomicBool = AtomicBool::new(true);
    struct Value(Box<u64>);
    impl Clone for Value {
        fn clone(&self) -> Self {
            if CALLS_BACK.swap(false, SeqCst) {
                value(*self.0);
                value(*self.0 + 1);
                value::invalidate(&self.0);
            }
            Self(self.0.clone())
        }
    }
    #[cached(capacity = 1)]
    fn value(n: u64) -> Value {
        Value(Box::new(n))
    }
    on_thread(|| {
        for _ in 0..5 {
            CALLS_BACK.store(true, SeqCst);
            assert_eq!((*value(1).0, *value(1).0), (1, 1));
            CALLS_BACK.store(true, SeqCst);
            assert_eq!(*value(1).0, 1);
        }
    });
}

#[test]
fn a_small_clone_that_calls_the_function_does_not_deadlock() {
    installed();
    static CALLS_BACK: AtomicBool = AtomicBool::new(false);
    struct Value(u64);
    impl Clone for Value {
        fn clone(&self) -> Self {
            if CALLS_BACK.swap(false, SeqCst) {
                value(self.0 + 1);
                value::invalidate(&self.0);
            }
            Self(self.0)
        }
    }
    #[cached(capacity = 1)]
    fn value(n: u64) -> Value {
        Value(n)
    }
    on_thread(|| {
        value(1);
        CALLS_BACK.store(true, SeqCst);
        assert_eq!(value(1).0, 1);
    });
}

/// Its copy is made by the compiler: no code of its type runs, neither in a load nor outside of one.
#[test]
fn what_is_copy_is_not_cloned() {
    installed();
    static WAS_CLONED: AtomicBool = AtomicBool::new(false);
    #[derive(Copy)]
    struct Value(u64);
    #[expect(
        clippy::expl_impl_clone_on_copy,
        clippy::non_canonical_clone_impl,
        reason = "its author may do so"
    )]
    impl Clone for Value {
        fn clone(&self) -> Self {
            WAS_CLONED.store(true, SeqCst);
            *self
        }
    }
    #[cached]
    fn value(n: u64) -> Value {
        Value(n)
    }
    assert_eq!((value(1).0, value(1).0, value::refresh(1).0), (1, 1, 1));
    assert!(!WAS_CLONED.load(SeqCst));
}

#[test]
fn a_drop_that_calls_the_function_does_not_deadlock() {
    installed();
    static CALLS_BACK: AtomicBool = AtomicBool::new(false);
    #[derive(Clone)]
    struct Value(u64);
    impl Drop for Value {
        fn drop(&mut self) {
            if CALLS_BACK.swap(false, SeqCst) {
                value(self.0);
                value(self.0 + 1);
                value::clear();
            }
        }
    }
    #[cached(capacity = 1)]
    fn value(n: u64) -> Value {
        Value(n)
    }
    on_thread(|| {
        let forget: [fn(); 4] = [
            || drop(value(2)),
            || drop(value::invalidate(&1)),
            || drop(value::clear()),
            || drop(value::refresh(1)),
        ];
        for forget in forget {
            drop(value(1));
            CALLS_BACK.store(true, SeqCst);
            forget();
            CALLS_BACK.store(false, SeqCst);
            assert_eq!(value(7).0, 7);
        }
    });
}
