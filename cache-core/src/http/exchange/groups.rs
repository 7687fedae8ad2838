//! The groups that responses name, as names of what invalidates them.
//!
//! Whether a group was invalidated while its response was on the way is asked of a store before the load, when no response has said yet
//! which groups there will be. What the last response of a target has named is remembered for that; a response that names others is not
//! stored, but the next one is.

use http::{HeaderMap, HeaderName};

use super::cache::HttpCache;
use super::keep::ResponseLeader;
use super::key::PrimaryKey;
use crate::http::semantics::groups::{CACHE_GROUPS, groups};
use crate::name::Name;

impl HttpCache {
    /// The names of the groups that a field of a response names, on a host.
    pub(super) fn names_of_groups(
        &self,
        host: &[u8],
        response: &HeaderMap,
        field: &HeaderName,
    ) -> Vec<Name> {
        if !response.contains_key(field) {
            return Vec::new();
        }
        let of_host = [&self.site().own_name().to_bytes()[..], host].concat();
        let groups = groups(response, field).into_iter();
        groups
            .map(|group| Name::of("group", &[&of_host, group.as_bytes()].concat()))
            .collect()
    }

    /// The groups that the next response of a target is expected to name.
    pub(super) fn expected_groups(&self, primary: &PrimaryKey) -> Vec<Name> {
        if self.site().cache().far().is_none() {
            return Vec::new();
        }
        self.seen_groups.of(self.hash(primary))
    }

    /// The groups that a response names, apart from those that its load expected.
    pub(super) fn new_groups(
        &self,
        leader: &ResponseLeader,
        primary: &PrimaryKey,
        response: &HeaderMap,
    ) -> Vec<Name> {
        let mut names = self.names_of_groups(primary.host(), response, &CACHE_GROUPS);
        if self.site().cache().far().is_some() {
            self.seen_groups.remember(self.hash(primary), &names);
        }
        names.retain(|name| !leader.depends_on(*name));
        names
    }
}
