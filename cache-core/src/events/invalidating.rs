//! An invalidation: in the store, then in this process, and then in CDNs.

use once_cell::sync::OnceCell;

use super::purged;
use crate::cdn::Purge;
use crate::error::Result;
use crate::rule::{self, Rule};
use crate::sync::OnDrop;

/// What follows each invalidation that has reached all that it names.
static FOLLOW_UP: OnceCell<fn()> = OnceCell::new();

/// Has `work` follow each invalidation of this process that has reached all that it names; the first such work alone.
#[cfg(feature = "http")]
pub(crate) fn follow_up(work: fn()) {
    let _ = FOLLOW_UP.set(work);
}

/// Sends an invalidation to a store, and marks it in this process afterwards, also if the store fails or the caller is dropped. Then
/// CDNs are told, because a page that they ask for earlier could be an older one. What follows invalidations begins after one that has
/// reached the store.
pub(crate) async fn invalidating<T>(
    mut mark: impl FnMut(),
    purge: impl Fn() -> Purge,
    sent: impl Future<Output = Result<T>>,
) -> Result<T> {
    if rule::is_left_out(Rule::StoreFirst) {
        mark();
        return sent.await;
    }
    let mut mark = || {
        if !rule::is_left_out(Rule::MarksHere) {
            mark();
        }
    };
    let dropped = OnDrop(|| {
        mark();
        purged(&purge);
    });
    let reached = sent.await;
    std::mem::forget(dropped);
    mark();
    if reached.is_ok()
        && let Some(work) = FOLLOW_UP.get()
    {
        work();
    }
    purged(|| purge().acknowledged(reached.is_ok()));
    reached
}
