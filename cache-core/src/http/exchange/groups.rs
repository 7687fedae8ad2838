//! The groups that responses name, as names of what invalidates them.
//!
//! A store must be asked before a load which names to watch, but the groups are known only from the response. So the groups of the last
//! response under a key are remembered and asked about. A response with other groups is not written to the store; the next one is.

use http::{HeaderMap, HeaderName};

use super::cache::HttpCache;
use super::keep::ResponseLeader;
use super::key::{PrimaryKey, ResponseKey};
use crate::http::semantics::groups::{CACHE_GROUPS, MOST_GROUPS, groups};
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
        let names = groups.map(|group| Name::of("group", &[&of_host, group.as_bytes()].concat()));
        let mut names: Vec<Name> = names.collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The groups that the next response under a key is expected to name.
    pub(super) fn expected_groups(&self, key: &[u8]) -> Vec<Name> {
        if self.site().cache().far().is_none() {
            return Vec::new();
        }
        self.seen_groups.of(self.near().hash(&ResponseKey(key)))
    }

    /// The groups that a response under this key names, apart from those that its load expected; `None` if it names too many.
    pub(super) fn new_groups(
        &self,
        leader: &ResponseLeader,
        (primary, key): (&PrimaryKey, &[u8]),
        response: &HeaderMap,
    ) -> Option<Vec<Name>> {
        let mut names = self.names_of_groups(primary.host(), response, &CACHE_GROUPS);
        if names.len() > MOST_GROUPS {
            return None;
        }
        if self.site().cache().far().is_some() {
            let hash = self.near().hash(&ResponseKey(key));
            self.seen_groups.remember(hash, &names);
        }
        names.retain(|name| !leader.expects(*name));
        Some(names)
    }
}
