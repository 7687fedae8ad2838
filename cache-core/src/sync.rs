//! Locks that cannot be poisoned, the atomics, of the standard library or of the model checker, and a guard that runs code
//! when it is dropped.
//!
//! A panic inside a critical section cannot leave torn data, because every section only moves whole values. So a poisoned lock is
//! simply taken.

use std::sync::PoisonError;

#[cfg(cache_loom)]
use loom::sync as imp;
#[cfg(not(cache_loom))]
use std::sync as imp;

pub(crate) use imp::atomic::{
    AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};
pub(crate) use imp::{MutexGuard, RwLockReadGuard, RwLockWriteGuard};

/// A mutex whose `lock` cannot fail.
#[derive(Debug)]
pub(crate) struct Mutex<T>(imp::Mutex<T>);

impl<T> Mutex<T> {
    #[cfg(not(cache_loom))]
    pub(crate) const fn new(value: T) -> Self {
        Self(imp::Mutex::new(value))
    }

    #[cfg(cache_loom)]
    pub(crate) fn new(value: T) -> Self {
        Self(imp::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

/// A reader-writer lock whose `read` and `write` cannot fail.
#[derive(Debug)]
pub(crate) struct RwLock<T: ?Sized>(imp::RwLock<T>);

impl<T> RwLock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(imp::RwLock::new(value))
    }
}

impl<T: ?Sized> RwLock<T> {
    #[inline]
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a closure on drop, also if a waiting future is dropped: an invalidation that the store may still receive must not be missing
/// in this process.
pub(crate) struct OnDrop<F: FnMut()>(pub(crate) F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(&mut self.0));
        // A second panic in one thread ends the process.
        if let Err(panic) = outcome
            && !std::thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}
