//! Installing the caches of the program, which must be all that its functions name.

use super::{Site, SiteInfo, sites};
use crate::caches::{self, Caches};
use crate::error::{Error, Result};

/// Installs the caches of the program: once, at start-up.
///
/// # Errors
///
/// If caches were installed, or one was used, before; or if an annotated function has a `cache = "…"` that is not among these: the
/// error names the function and the known caches. [`Caches::alias_to_default`] is for a cache that may be missing. Nothing changes
/// then.
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
