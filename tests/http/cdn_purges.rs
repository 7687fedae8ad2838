//! The hook that purges pages in CDNs: it gets a tag of every page that an invalidation ends.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Path;
use axum::routing::get as route;
use cache_core::{
    Cache, CachePageLayer, Caches, Change, Invalidation, cache_control, cache_page, cached,
    on_purge,
};

use crate::cdn_tags::site::{Cdn, Tea, every, shop, tags_by, tags_of};
use crate::support::{request, run, send, site};

#[tokio::test]
async fn every_invalidation_that_ends_a_page_gives_the_hook_a_tag_that_the_page_was_sent_with() {
    let cdn = Cdn::before("every", shop());
    let cache = &cdn.cache;
    let change = async |what: &str| match what {
        "tag" => cache.invalidate_tag("cdn:tea:7").await.unwrap(),
        "tag of a private call" => cache.invalidate_tag("cdn:stock:7").await.unwrap(),
        "tag of a shared value" => cache.invalidate_tag("cdn:named:7:7").await.unwrap(),
        "tag of an entry" => cache.invalidate_tag("cdn:prices").await.unwrap(),
        "tag of an entry that was set" => cache.invalidate_tag("cdn:seen").await.unwrap(),
        "tag of a fragment" => cache.invalidate_tag("cdn:labels").await.unwrap(),
        "namespace" => cache.namespace("cdn:shelf:7").invalidate().await.unwrap(),
        "expire" => cache.expire_tag("cdn:tea:7").await.unwrap(),
        "change" => cache.changed(&Tea(7), Change::Saved).await.unwrap(),
        "batch" => {
            let mut batch = cache.batch();
            batch.changed(&Tea(7), Change::Saved).key("other");
            batch.commit().await.unwrap();
        }
        "cache" => cache.clear().await.unwrap(),
        path => {
            let answer = send(&cdn.app, request("POST", path, &[])).await;
            assert!(answer.status.is_success(), "{answer:?}");
        }
    };
    for what in [
        "tag",
        "tag of a private call",
        "tag of a shared value",
        "tag of an entry",
        "tag of an entry that was set",
        "tag of a fragment",
        "namespace",
        "expire",
        "change",
        "batch",
        "cache",
        "/sold/7",
        "/clear/tea",
        "/clear/stock",
        "/clear/name",
        "/clear/path",
        "/clear/query",
    ] {
        let (before, other) = (cdn.get("/tea/7").await, cdn.get("/tea/8").await);
        assert!(
            !tags_of(&before).contains(&every()),
            "all names are known: {before:?}"
        );
        cdn.purges.lock().unwrap().clear();
        change(what).await;
        let purges = cdn.purges.lock().unwrap().clone();
        cdn.assert_purged(&before, &cdn.get("/tea/7").await, what);
        // What ends no other page here ends none in CDNs.
        if cdn.get("/tea/8").await.body == other.body {
            *cdn.purges.lock().unwrap() = purges;
            assert_eq!(cdn.purges_of(&other).len(), 0, "{what}");
        }
    }
    cdn.get("/cup/1").await.assert_stored();
    for delete in [true, false] {
        let before = cdn.get("/cup/1").await;
        cdn.purges.lock().unwrap().clear();
        if delete {
            assert!(!cache.delete("cdn:cup:1").await.unwrap());
        } else {
            let mut stale = Invalidation::new();
            cache.invalidate(stale.key("cdn:cup:1")).await.unwrap();
        }
        cdn.assert_purged(&before, &cdn.get("/cup/1").await, "key");
    }
}

#[tokio::test]
async fn values_that_were_there_before_a_page_was_made_of_them_end_it_too() {
    #[cached]
    fn held(id: u32) -> u32 {
        id
    }
    #[cached(tags = |value: &u32| [format!("cdn:value:{value}")])]
    fn valued(id: u32) -> u32 {
        id + 1
    }
    #[cache_page(ttl = "5m")]
    async fn page(Path(what): Path<String>) -> String {
        match what.as_str() {
            "clear" => {
                held::clear();
                String::new()
            }
            _ => format!("{} {} run {}", held(1), valued(1), run()),
        }
    }
    let cdn = Cdn::before("there", Router::new().route("/{what}", route(page)));
    cdn.get("/before").await.assert_stored();
    for what in ["tag", "clear"] {
        let before = cdn.get(&format!("/{what}ed")).await;
        cdn.purges.lock().unwrap().clear();
        match what {
            "tag" => cdn.cache.invalidate_tag("cdn:value:2").await.unwrap(),
            _ => drop(cdn.get("/clear").await),
        }
        cdn.assert_purged(&before, &cdn.get(&format!("/{what}ed")).await, what);
    }
}

#[tokio::test]
async fn a_purge_by_hand_has_the_tags_of_the_page() {
    let cdn = Cdn::before("hand", shop());
    let tags = tags_of(&cdn.get("/tea/7").await);
    for by in [
        tags_by(|stale| stale.tag("cdn:tea:7")),
        tags_by(|stale| stale.tag("cdn:stock:7").tag("cdn:prices")),
        tags_by(|stale| stale.namespace("cdn:shelf:7")),
    ] {
        assert!(!by.is_empty());
        assert!(by.iter().all(|tag| tags.contains(tag)), "{by:?} {tags:?}");
    }
    let tags = tags_of(&cdn.get("/cup/7").await);
    let by = tags_by(|stale| stale.key("cdn:cup:7"));
    assert!(tags.contains(&by[0]), "{by:?} {tags:?}");
    assert!(!tags.contains(&every()), "all names are known: {tags:?}");
}

#[tokio::test]
async fn an_answer_that_was_invalidated_on_its_way_is_kept_by_no_cdn() {
    #[cache_page(ttl = "5m", tags("cdn:race"))]
    #[cache_control(cdn = "1y", s_maxage = "1d", max_age = "1h")]
    async fn page() -> String {
        let cache = cache_core::cache();
        if cache.get::<bool>("cdn:race").await.unwrap().is_none() {
            cache.set("cdn:race", &true).await.unwrap();
            cache.invalidate_tag("cdn:race").await.unwrap();
        }
        format!("run {}", run())
    }
    let cdn = Cdn::before("race", site(page));
    let first = cdn.get("/").await;
    first.assert_refused("invalidated");
    assert_eq!(first.field("cdn-cache-control"), None, "{first:?}");
    let said = first.field("cache-control").unwrap();
    assert_eq!(said, "max-age=0, must-revalidate");
    let second = cdn.get("/").await;
    second.assert_stored();
    assert!(second.field("cdn-cache-control").is_some());
}

#[tokio::test]
async fn a_site_behind_a_layer_sends_the_tags_of_its_pages() {
    #[cached(tags("cdn:inside"))]
    fn inside(id: u64) -> u64 {
        id
    }
    let layer = CachePageLayer::new("5m").named("cdn tags");
    let app = site(async || format!("{} run {}", inside(7), run())).layer(layer.clone());
    let cdn = Cdn::before("layer", app);
    for what in ["tag", "path", "clear", "cache"] {
        let (before, other) = (cdn.get("/a?b=c").await, cdn.get("/b").await);
        assert_eq!(tags_of(&cdn.get("/a?b=c").await), tags_of(&before));
        cdn.purges.lock().unwrap().clear();
        match what {
            "tag" => cdn.cache.invalidate_tag("cdn:inside").await.unwrap(),
            "path" => drop(send(&cdn.app, request("POST", "/a?b=d", &[])).await),
            "cache" => cdn.cache.clear().await.unwrap(),
            _ => {
                let caches = Caches::new().with("default", cdn.cache.clone());
                let cleared = cache_core::testing::scope(caches, layer.clear()).await;
                cleared.into_result().unwrap();
            }
        }
        cdn.assert_purged(&before, &cdn.get("/a?b=c").await, what);
        assert_eq!(cdn.get("/b").await.body == other.body, what == "path");
    }
}

#[tokio::test]
async fn a_hook_may_call_the_cache_and_panic_and_be_stopped() {
    let cache = Cache::memory(10);
    let inner = cache.clone();
    let calls = Arc::new(Mutex::new(0));
    let counted = calls.clone();
    let mine = tags_by(|stale| stale.tag("cdn:hook"));
    let hook = on_purge(move |purge| {
        if purge.tags().iter().any(|tag| tag.as_str() == mine[0]) {
            *counted.lock().unwrap() += 1;
            inner.blocking().set("cdn:hook", &1).unwrap();
            panic!("as a hook may");
        }
    });
    let panics = cache_core::subscriber_panics();
    cache.invalidate_tag("cdn:hook").await.unwrap();
    assert!(cache_core::subscriber_panics() > panics);
    assert_eq!(cache.get::<i32>("cdn:hook").await.unwrap(), Some(1));
    drop(cache.invalidate_tag("cdn:hook"));
    hook.stop();
    cache.invalidate_tag("cdn:hook").await.unwrap();
    assert_eq!(*calls.lock().unwrap(), 1);
}
