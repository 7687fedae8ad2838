//! A server runs the closure that makes its app once for each worker. A cache that is made in there is another one for each.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::thread::ThreadId;

use actix_web::rt::System;
use once_cell::sync::Lazy;

use crate::sync::Mutex;
use crate::tower::page::options::{LayerCache, MadeAt};

/// A line of a source file, in a system of actix.
type Line = (usize, &'static str, u32);

/// A cache, and the thread on which its layer was made.
type Made = (ThreadId, Weak<LayerCache>);

/// The cache that was made first at each line.
static MADE: Lazy<Mutex<BTreeMap<Line, Made>>> = Lazy::new(Mutex::default);

/// Notes that a cache was put in front of an app.
///
/// # Panics
///
/// If another thread of the same system has made another one at the same place of the source.
pub(super) fn note(at: MadeAt, cache: &Arc<LayerCache>) {
    let Some(system) = System::try_current() else {
        return;
    };
    let mut made = MADE.lock();
    let ours = (at.thread, Arc::downgrade(cache));
    let place = (system.id(), at.file, at.line);
    let (thread, first) = made.entry(place).or_insert_with(|| ours.clone());
    if first.strong_count() == 0 {
        (*thread, *first) = ours;
        return;
    }
    let is_another = !Weak::ptr_eq(first, &ours.1) && *thread != at.thread;
    drop(made);
    assert!(
        !is_another,
        "each worker of this server makes a cache of its own at {}:{}, and what is invalidated in one stays in the others: make it \
         before `HttpServer::new`, and clone it into the closure: `let pages = CachePage::new(…); HttpServer::new(move || \
         App::new()….wrap(pages.clone()))`",
        at.file, at.line
    );
}
