//! Identities that fix a type for the compiler where the generated code cannot write it, and the key of arguments.

use std::any::Any;

use crate::key::{CacheKey, Key};
use crate::load::Replaced;
use crate::outcome::Outcome;
use crate::site::Instance;
use crate::value::LocalValue;

/// The key of a function that shares a cache without naming a key: its path and its arguments.
pub fn argument_key<Q: CacheKey>(instance: Instance, arguments: &Q) -> Key {
    let mut key = Key::new();
    key.literal(instance.name());
    key.last(arguments);
    key
}

/// Fixes the argument of a closure over the kept value.
#[inline]
pub fn of_kept<T, R>(kept: &T, question: impl FnOnce(&T) -> R) -> R {
    question(kept)
}

/// [`of_kept`] for a question about the value that the kept one replaces, too.
#[inline]
pub fn of_kept_and_old<T: 'static, R>(
    kept: &T,
    old: Option<&dyn Any>,
    question: impl FnOnce(&T, Option<&T>) -> R,
) -> R {
    question(kept, old.and_then(<dyn Any>::downcast_ref))
}

/// What the load replaces whose body runs now, which takes it in its first step.
pub fn replaced<O: Outcome<Kept: LocalValue>>(_: O) -> Option<Replaced<O::Kept>> {
    Replaced::of_running()
}

/// [`of_kept`] for an answer that borrows from the kept value.
#[inline]
pub fn of_kept_by_reference<'k, T, R>(kept: &'k T, question: impl FnOnce(&'k T) -> R) -> R {
    question(kept)
}

/// Fixes that a body runs once, so that it may change or move what it captures, and return what borrows from it.
#[inline]
pub fn once<R, F: FnOnce() -> R>(body: F) -> F {
    body
}

/// Fixes the output of a future, so that `?` inside it knows where it leads.
#[inline]
pub fn returns<R, F: Future<Output = R>>(future: F) -> F {
    future
}
