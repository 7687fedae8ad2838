//! A server runs the closure that makes its app once for each worker and socket. A cache that is made in there is another one for each.

use std::thread::{self, ThreadId};

/// Asserts that a middleware was not made in the closure that makes the app.
///
/// # Panics
///
/// If this is the thread of a worker, and it was made here.
pub(super) fn assert_shared(made_on: ThreadId, what: &str) {
    let here = thread::current();
    let is_worker = here.name().is_some_and(is_of_worker);
    assert!(
        !is_worker || here.id() != made_on,
        "each worker of this server makes a cache of its own, and what is invalidated in one stays in the others: make it before \
         `HttpServer::new`, and clone it into the closure: `let pages = {what}; HttpServer::new(move || App::new()….wrap(pages.clone()))`"
    );
}

/// Only its name tells: in a system of actix a worker is an arbiter, under another runtime a plain thread.
fn is_of_worker(name: &str) -> bool {
    name.starts_with("actix-rt|") && name.contains("|arbiter:")
        || name.starts_with("actix-server worker")
}
