//! What becomes of a request that asks for one state of a resource (RFC 9110, section 13).

use std::time::SystemTime;

use http::header::{HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};
use http::{HeaderMap, Method};

use super::entity_tags::{Comparison, EntityTag, NamedTags};
use super::validators::date;

/// What the conditions of a request decide.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PreconditionOutcome {
    /// Nothing: the handler runs.
    Proceed,
    /// The client has what it asks for: 304.
    NotModified,
    /// The resource is not in the state that the client knows: 412.
    PreconditionFailed,
}

/// What is known of the representation that a request is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CurrentState<'a> {
    /// Whether there is one.
    pub(crate) exists: bool,
    pub(crate) tag: Option<EntityTag<'a>>,
    pub(crate) modified: Option<SystemTime>,
}

/// Evaluates the conditions in the order of section 13.2.2.
///
/// Dates are compared in whole seconds, as they are sent. One that cannot be read, that is given twice, or to which there is no date of
/// change to compare it with, is ignored (sections 13.1.3 and 13.1.4).
pub(crate) fn evaluate(
    method: &Method,
    headers: &HeaderMap,
    current: CurrentState<'_>,
) -> PreconditionOutcome {
    use PreconditionOutcome::{NotModified, PreconditionFailed, Proceed};
    // Section 13.2.1: these neither select nor change a representation.
    if matches!(*method, Method::CONNECT | Method::OPTIONS | Method::TRACE) {
        return Proceed;
    }
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let modified = current.modified.map(whole_seconds);
    // Steps 1 and 2.
    if headers.contains_key(IF_MATCH) {
        if !names(headers, IF_MATCH, current, Comparison::Strong) {
            return PreconditionFailed;
        }
    } else if let (Some(since), Some(modified)) =
        (only_date(headers, IF_UNMODIFIED_SINCE), modified)
        && modified > since
    {
        return PreconditionFailed;
    }
    // Steps 3 and 4.
    if headers.contains_key(IF_NONE_MATCH) {
        return match names(headers, IF_NONE_MATCH, current, Comparison::Weak) {
            false => Proceed,
            true if reads => NotModified,
            true => PreconditionFailed,
        };
    }
    if reads
        && let (Some(since), Some(modified)) = (only_date(headers, IF_MODIFIED_SINCE), modified)
        && modified <= since
    {
        return NotModified;
    }
    Proceed
}

/// Whether a field names the current tag, in any of its lines, or any tag where there is something.
fn names(
    headers: &HeaderMap,
    field: HeaderName,
    current: CurrentState<'_>,
    comparison: Comparison,
) -> bool {
    headers
        .get_all(field)
        .into_iter()
        .any(|line| match (NamedTags::of(line), current.tag) {
            (NamedTags::Any, _) => current.exists,
            (NamedTags::These(mut tags), Some(own)) => tags.any(|tag| tag.is(own, comparison)),
            (NamedTags::These(_), None) => false,
        })
}

/// The date of a field that has one line.
fn only_date(headers: &HeaderMap, field: HeaderName) -> Option<SystemTime> {
    let mut lines = headers.get_all(field).into_iter();
    let date = date(lines.next()?)?;
    lines.next().is_none().then_some(date)
}

fn whole_seconds(time: SystemTime) -> SystemTime {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(since.as_secs()),
        Err(_) => time,
    }
}

#[cfg(test)]
#[path = "preconditions/tests.rs"]
mod tests;
