//! Purges.

use serde_json::Value;

use super::sites;
use crate::cache::Cache;
use crate::caches;
use crate::invalidation::Invalidation;
use crate::key::Tag;
use crate::why::CallSite;

/// Where a purge comes from, for those who ask why a value is gone.
const DASHBOARD: CallSite = CallSite {
    function: Some("the dashboard"),
    place: None,
};

/// Does what a request for a purge says.
///
/// # Errors
///
/// What is wrong with the request, or which store could not be reached.
pub(super) async fn purge(request: &Value) -> Result<(), String> {
    let text = |name: &str| request.get(name).and_then(Value::as_str);
    let name = text("name").ok_or("a purge needs a `name`")?;
    let mut stale = Invalidation {
        from: DASHBOARD,
        ..Invalidation::default()
    };
    match text("what") {
        Some("site") => {
            let site = name.parse().ok().and_then(sites::find);
            let site = site.ok_or("there is no such site")?;
            return site
                .clear(DASHBOARD)
                .await
                .into_result()
                .map_err(|error| error.to_string());
        }
        Some("cache") => {
            let cleared = named(name)?.clear().await;
            return cleared.map_err(|error| error.to_string());
        }
        Some("tag") => stale.tag(Tag::from(name)),
        Some("namespace") => stale.namespace(name),
        Some("key") => stale.key(name),
        _ => return Err("`what` is one of site, cache, tag, namespace and key".to_owned()),
    };
    let reached = match text("cache") {
        Some(cache) => named(cache)?.invalidate(&stale).await,
        None => caches::invalidate(&stale).await,
    };
    reached.map_err(|error| error.to_string())
}

fn named(cache: &str) -> Result<&'static Cache, String> {
    caches::caches()
        .get(cache)
        .map_err(|error| error.to_string())
}
