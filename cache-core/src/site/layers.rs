//! The sites of layers, which are made while the program runs.

use super::{Site, sites};
use crate::sync::{AtomicUsize, Mutex, Ordering};

static LAYERS: Mutex<Vec<&'static Site>> = Mutex::new(Vec::new());

/// The number of the next site that somebody asks for its number.
static NEXT: AtomicUsize = AtomicUsize::new(0);

impl Site {
    /// Its number, which stays its own: layers come and go, so a place in the list of all sites would soon be another site's.
    #[cfg_attr(
        not(feature = "dashboard"),
        allow(dead_code, reason = "only a dashboard names sites by number")
    )]
    pub(crate) fn number(&self) -> usize {
        *self
            .number
            .get_or_init(|| NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A layer was made.
#[cfg(feature = "layer")]
pub(crate) fn add(layer: &'static Site) {
    LAYERS.lock().push(layer);
}

/// A layer and all services that it has made are gone.
#[cfg(feature = "layer")]
pub(crate) fn remove(layer: &'static Site) {
    LAYERS.lock().retain(|other| !std::ptr::eq(*other, layer));
}

/// Every annotated function and every layer of the program, in the order of their files and lines.
pub(crate) fn all() -> Vec<&'static Site> {
    let mut all: Vec<_> = sites().chain(LAYERS.lock().iter().copied()).collect();
    all.sort_by_key(|site| (site.file, site.line, site.name));
    all
}
