//! Work behind calls in a simulation: its scheduler takes and orders it.

use std::cell::RefCell;
use std::pin::Pin;

/// A piece of work that a scheduler runs.
pub(crate) type Spawned = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    static HERE: RefCell<Option<Vec<Spawned>>> = const { RefCell::new(None) };
}

/// Runs `work` as a step of a simulation; gives what it has spawned as well.
pub(crate) fn step<R>(work: impl FnOnce() -> R) -> (R, Vec<Spawned>) {
    HERE.with_borrow_mut(|here| here.get_or_insert_default().clear());
    let result = work();
    let spawned = HERE.with_borrow_mut(Option::take);
    (result, spawned.unwrap_or_default())
}

/// Hands a future to the simulation of this thread. Gives it back if there is none.
pub(crate) fn spawn<F: Future<Output = ()> + 'static>(future: F) -> Result<(), F> {
    HERE.with_borrow_mut(|here| match here {
        Some(spawned) => {
            spawned.push(Box::pin(future));
            Ok(())
        }
        None => Err(future),
    })
}
