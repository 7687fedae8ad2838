//! Start-up: the caches of the program, and whether they are all that its functions name.

use super::{Site, SiteInfo, sites};
use crate::caches::{self, Caches};
use crate::error::{Error, Result};

/// Installs the caches of the program: once, at start-up.
///
/// # Errors
///
/// If caches were installed before, or if one was used before; or if an annotated function names a cache by `cache = "…"` that
/// is not among these ([`Caches::alias_to_default`] is for one that may be missing): the error says where, and which there are.
/// Nothing changes then.
pub fn install(caches: Caches) -> Result<()> {
    let unserved = |site: &&Site| site.info().cache.is_some_and(|name| !caches.serves(name));
    if let Some(site) = sites().find(unserved) {
        return Err(unknown(site.info(), &caches));
    }
    caches::put_in_place(caches)
}

fn unknown(info: &SiteInfo, caches: &Caches) -> Error {
    let SiteInfo {
        name, file, line, ..
    } = info;
    let site = format!("{name} ({file}:{line})");
    Error::unknown_alias(info.cache.unwrap_or_default(), caches.names()).named_by(site)
}
