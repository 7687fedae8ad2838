//! The installed caches: the only global.

use std::collections::BTreeMap;

use once_cell::sync::OnceCell;

use crate::cache::Cache;
use crate::error::{Error, Result};

/// Caches by name. The one named `default` serves all who name none; it is in memory if nobody sets another.
#[derive(Clone, Debug)]
pub struct Caches {
    by_name: BTreeMap<String, Cache>,
    off: bool,
}

const DEFAULT: &str = "default";

static INSTALLED: OnceCell<Installed> = OnceCell::new();

struct Installed {
    caches: Caches,
    /// By `install`, rather than by a first use that found nothing.
    on_purpose: bool,
}

impl Caches {
    /// The default cache alone: 10,000 values in memory.
    pub fn new() -> Self {
        Self {
            by_name: BTreeMap::from([(DEFAULT.to_owned(), Cache::memory(10_000))]),
            off: false,
        }
    }

    /// No caching: every annotated function runs its body at every call, to compare or to find a fault.
    ///
    /// ```
    /// #[cache_core::cached]
    /// fn double(n: u64) -> u64 {
    ///     n * 2
    /// }
    ///
    /// cache_core::install(cache_core::Caches::off())?;
    /// assert_eq!((double(2), double(2)), (4, 4));
    /// assert_eq!(double::stats().loads, 2);
    /// # cache_core::Result::Ok(())
    /// ```
    pub fn off() -> Self {
        Self {
            by_name: BTreeMap::from([(DEFAULT.to_owned(), Cache::memory(0))]),
            off: true,
        }
    }

    /// Adds a cache, or replaces the one of this name.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, cache: Cache) -> Self {
        self.by_name.insert(name.into(), cache);
        self
    }

    /// The cache of this name.
    ///
    /// # Errors
    ///
    /// If there is none; the error names those that there are.
    pub fn get(&self, name: &str) -> Result<&Cache> {
        self.by_name
            .get(name)
            .ok_or_else(|| Error::unknown_alias(name, self.names()))
    }

    fn names(&self) -> Vec<String> {
        self.by_name.keys().cloned().collect()
    }
}

impl Default for Caches {
    fn default() -> Self {
        Self::new()
    }
}

/// Installs the caches of the program: once, at start-up.
///
/// # Errors
///
/// If caches were installed before, or if one was used before. Nothing changes then.
pub fn install(caches: Caches) -> Result<()> {
    INSTALLED
        .try_insert(Installed {
            caches,
            on_purpose: true,
        })
        .map(|_| ())
        .map_err(|(there, _)| {
            if there.on_purpose {
                Error::installed_twice()
            } else {
                Error::installed_late()
            }
        })
}

/// The installed caches; the default ones, from now on, if none are.
pub fn caches() -> &'static Caches {
    &INSTALLED
        .get_or_init(|| Installed {
            caches: Caches::new(),
            on_purpose: false,
        })
        .caches
}

/// Whether the caches that are installed are off.
pub(crate) fn are_off() -> bool {
    INSTALLED
        .get()
        .is_some_and(|installed| installed.caches.off)
}

/// The default cache.
pub fn cache() -> Cache {
    named(None).clone()
}

/// The cache that a site names; the default one where it names none, or one that nobody has installed: sites fail open.
pub(crate) fn named(name: Option<&str>) -> &'static Cache {
    let caches = caches();
    let found = name
        .and_then(|name| caches.by_name.get(name))
        .or_else(|| caches.by_name.get(DEFAULT));
    found.expect("`Caches::new` adds the default cache, and nothing removes one")
}
