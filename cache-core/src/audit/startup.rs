//! The warnings that a program should log when it starts.

use super::{Finding, audit};
use crate::caches;

/// Returns warnings about the installed caches and the functions that use them, one sentence each, to be logged at start-up: the
/// [warnings of the caches](crate::Caches::warnings), and the functions that share a cache and whose keys can be equal
/// ([`Audit::meeting`](super::Audit::meeting)): they overwrite each other's values, so both keep loading.
///
/// The audit compares the names of caches; this function looks at the installed caches, because two names may stand for one. It is
/// meant for start-up, because it compares all keys with each other. Call it after [`install`](crate::install): if no caches are
/// installed, it installs the default ones.
///
/// ```standalone_crate
/// #[cache_core::cached(key = "post:{id}", ttl = "5m")]
/// fn post(id: u64) -> String {
///     format!("post {id}")
/// }
///
/// #[cache_core::cached(key = "post:{slug}", ttl = "5m")]
/// fn post_by_slug(slug: &str) -> String {
///     format!("post {slug}")
/// }
///
/// let warnings = cache_core::warnings();
/// for warning in &warnings {
///     eprintln!("{warning}");
/// }
/// assert_eq!(warnings.len(), 1);
/// assert!(warnings[0].contains("begin the keys differently"));
/// ```
pub fn warnings() -> Vec<String> {
    let mut warnings = caches::caches().warnings();
    if !caches::are_off() {
        let meeting = audit().meeting_in(|site| caches::named(site.cache).scope());
        warnings.extend(meeting.iter().map(Finding::to_string));
    }
    warnings
}
