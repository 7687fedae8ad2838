//! A site that sends tags, and a CDN that gets all purges of the process.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Path;
use axum::routing::{get as route, post};
use cache_core::{
    Cache, Caches, CdnField, Change, Invalidates, Invalidation, Purge, Subscription, WithCaches,
    cache_page, cached, invalidates, never_cache, on_purge,
};

use crate::support::{Answer, get, run};

/// A site with a cache of its own, which sends tags, and all purges of the process.
pub(crate) struct Cdn {
    pub(crate) app: Router,
    pub(crate) cache: Cache,
    pub(crate) purges: Arc<Mutex<Vec<Purge>>>,
    hook: Subscription,
}

impl Drop for Cdn {
    fn drop(&mut self) {
        self.hook.stop();
    }
}

impl Cdn {
    /// `name` tells it from those of other tests.
    pub(crate) fn before(name: &str, router: Router) -> Self {
        Self::with(name, router, [CdnField::CacheTag])
    }

    pub(crate) fn with<const N: usize>(name: &str, router: Router, fields: [CdnField; N]) -> Self {
        let cache = Cache::builder().prefix(name).cdn_tags(fields).build();
        let caches = Caches::new().with("default", cache.clone());
        let purges = Arc::new(Mutex::new(Vec::new()));
        let received = purges.clone();
        Self {
            app: router.layer(WithCaches::new(caches)),
            cache,
            hook: on_purge(move |purge| received.lock().expect("no panic").push(purge.clone())),
            purges,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        get(&self.app, path).await
    }

    /// The purges so far that end an answer in a CDN.
    pub(crate) fn purges_of(&self, answer: &Answer) -> Vec<Purge> {
        let tags = tags_of(answer);
        let purges = std::mem::take(&mut *self.purges.lock().expect("no panic"));
        let reaches = |purge: &Purge| purge.tags().iter().any(|tag| tags.contains(tag.as_str()));
        purges.into_iter().filter(reaches).collect()
    }

    /// That an invalidation ends the page of a path, here and in CDNs.
    #[track_caller]
    pub(crate) fn assert_purged(&self, before: &Answer, after: &Answer, what: &str) {
        assert_ne!(before.body, after.body, "{what} does not reach the page");
        let purges = self.purges_of(before);
        assert_eq!(purges.len(), 1, "{what}: {purges:?} of {before:?}");
        assert!(purges[0].is_acknowledged(), "{what}");
        assert!(purges[0].lag().is_zero(), "{what}: there is no store");
        assert_eq!(purges[0].is_soft(), what == "expire", "{what}");
    }
}

/// The tags in the `Cache-Tag` of an answer.
pub(crate) fn tags_of(answer: &Answer) -> BTreeSet<String> {
    let field = answer.field("cache-tag").unwrap_or_default();
    let tags = field.split(',').filter(|tag| !tag.is_empty());
    tags.map(str::to_owned).collect()
}

/// The tags by which something is purged, without the one that every purge has.
pub(crate) fn tags_by(stale: impl FnOnce(&mut Invalidation) -> &mut Invalidation) -> Vec<String> {
    let mut invalidation = Invalidation::new();
    let tags = stale(&mut invalidation).cdn_tags();
    let tags = tags.iter().map(ToString::to_string);
    tags.filter(|tag| *tag != every()).collect()
}

/// The tag that every purge has.
pub(crate) fn every() -> String {
    Invalidation::new().cdn_tags()[0].to_string()
}

#[derive(Clone)]
pub(crate) struct Tea(pub(crate) u32);

impl Invalidates for Tea {
    fn stale(&self, _: Change, out: &mut Invalidation) {
        out.tag(format!("cdn:tea:{}", self.0));
    }
}

#[invalidates(tags("cdn:stock:{id}"))]
fn sold(id: u32) -> Result<(), String> {
    if id > 0 {
        Ok(())
    } else {
        Err("none".to_owned())
    }
}

#[cached(tags("cdn:stock:{id}"))]
fn stock(id: u32) -> u32 {
    id
}

#[cached(shared, tags = |name: &String| [format!("cdn:named:{name}")])]
async fn name(id: u32) -> String {
    format!("{}:{id}", stock(id))
}

#[cache_page(ttl = "5m", tags("cdn:tea:{id}"), namespace = "cdn:shelf:{id}")]
async fn tea(Path(id): Path<u32>) -> String {
    let cache = cache_core::cache();
    let price = cache.entry("price").tags(["cdn:prices"]);
    let price = price.get_or_set(|| async { Ok::<_, ()>(7_u32) }).await;
    let label = cache.fragment("label").tags(["cdn:labels"]);
    let label = label
        .render_async(async || Ok::<_, ()>("<b>".to_owned()))
        .await;
    let seen = cache.entry("seen").tags(["cdn:seen"]);
    assert!(seen.set(&run()).await.expect("no store"));
    format!("{} {price:?} {label:?} run {}", name(id).await, run())
}

#[cache_page(ttl = "5m", key = "cdn:cup:{id}")]
async fn cup(Path(id): Path<u32>) -> String {
    format!("cup {id} run {}", run())
}

#[never_cache]
async fn brew() -> &'static str {
    "done"
}

pub(crate) fn shop() -> Router {
    Router::new()
        .route("/tea/{id}", route(tea).post(brew))
        .route("/cup/{id}", route(cup))
        .route("/sold/{id}", post(async |Path(id): Path<u32>| sold(id)))
        .route(
            "/clear/{what}",
            post(async |Path(what): Path<String>| {
                let cleared = match what.as_str() {
                    "tea" => tea::clear().await,
                    "stock" => stock::clear(),
                    "name" => name::clear().await,
                    "path" => tea::invalidate_path("/tea/7").await,
                    _ => tea::invalidate_path("/tea/7?").await,
                };
                cleared.into_result().map_err(|error| error.to_string())
            }),
        )
}
