//! What a program should log when it starts.

use super::{Finding, audit};
use crate::caches;

/// What is doubtful about the installed caches and about the functions that use them, a sentence each, for the log of a program
/// that starts: the [warnings of the caches](crate::Caches::warnings), and the functions that share a cache and whose keys can
/// be the same ([`Audit::meeting`](super::Audit::meeting)). Of those, each takes the other's place, so that both load again and
/// again.
///
/// Unlike the audit, which compares the names of caches, it looks at the caches that are installed: two names may stand for one.
/// It is for the start of a program because it compares all keys with each other. Call it after [`install`](crate::install),
/// as the first use of the caches installs the default ones.
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
