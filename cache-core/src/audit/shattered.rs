//! Keys that a part makes new on nearly each call.

use super::Finding;
use crate::site::Site;
use crate::watch;

/// The findings about the parts of a site's keys, as far as the program is watched.
pub(super) fn of(site: &'static Site) -> impl Iterator<Item = Finding> {
    let parts = watch::key_parts(site).into_iter();
    let shattering = parts.filter(|(_, part)| part.shatters);
    shattering.map(|(name, part)| Finding::Shattered {
        site: site.info(),
        part: name.into_owned(),
        values: part.values,
        requests: part.requests,
        hit_ratio: part.hit_ratio,
        hit_ratio_without: part.hit_ratio_without,
    })
}
