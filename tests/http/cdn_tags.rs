//! Tags that pages send to CDNs.

use std::collections::BTreeSet;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get as route;
use cache_core::{
    Cache, Caches, CdnField, Invalidation, Purge, WithCaches, cache_control, cache_page, cached,
    vary_on,
};

use self::site::{Cdn, every, shop, tags_by, tags_of};
use crate::support::{Answer, Source, Visitor, get, get_with, request, run, send, site};

pub(crate) mod site;

#[tokio::test]
async fn hits_304s_and_head_have_the_fields_of_the_answer_that_was_kept() {
    let fields = [
        CdnField::CacheTag,
        CdnField::EdgeCacheTag,
        CdnField::SurrogateKey,
        CdnField::CacheGroups,
    ];
    let cdn = Cdn::with("hits", shop(), fields);
    let first = cdn.get("/tea/1").await;
    first.assert_stored();
    let hit = cdn.get("/tea/1").await;
    hit.assert_hit();
    let head = send(&cdn.app, request("HEAD", "/tea/1", &[])).await;
    let tag = first.field("etag").unwrap();
    let known = get_with(&cdn.app, "/tea/1", &[("if-none-match", &tag)]).await;
    assert_eq!(known.status, StatusCode::NOT_MODIFIED);
    let tags = tags_of(&first);
    assert!(tags.len() > 8, "{tags:?}");
    for field in fields {
        let sent = first.field(field.name()).unwrap();
        for answer in [&hit, &head, &known] {
            assert_eq!(answer.field(field.name()).as_ref(), Some(&sent));
        }
        let plain = sent.replace('"', "").replace(", ", ",").replace(' ', ",");
        assert_eq!(plain, tags.iter().cloned().collect::<Vec<_>>().join(","));
    }
    assert!(first.field("cache-groups").unwrap().starts_with('"'));
}

#[tokio::test]
async fn an_equal_answer_that_is_made_of_other_values_has_their_tags() {
    #[cached(tags("cdn:part:{id}"))]
    fn part(id: u64) -> u64 {
        id
    }
    #[cache_page(ttl = "5m", tags("cdn:whole"))]
    async fn whole() -> &'static str {
        part(run());
        "the same"
    }
    let cdn = Cdn::before("equal", site(whole));
    let first = cdn.get("/").await;
    cdn.cache.invalidate_tag("cdn:whole").await.unwrap();
    let tag = first.field("etag").unwrap();
    let again = get_with(&cdn.app, "/", &[("if-none-match", &tag)]).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert_ne!(tags_of(&first), tags_of(&again));
    assert_eq!(tags_of(&cdn.get("/").await), tags_of(&again));
}

#[tokio::test]
async fn no_tags_are_sent_unless_they_are_asked_for() {
    let caches = Caches::new().with("default", Cache::memory(10));
    let app = shop().layer(WithCaches::new(caches));
    let answer = get(&app, "/tea/7").await;
    answer.assert_stored();
    assert_eq!(answer.field("cache-tag"), None);
}

#[tokio::test]
async fn what_a_cdn_must_not_keep_has_no_tags() {
    #[cache_page(ttl = "5m", guard(_visitor), tags("cdn:private"))]
    async fn guarded(_visitor: Visitor) -> String {
        format!("run {}", run())
    }
    #[cache_page(ttl = "5m", key = "cdn:own:{visitor.id}")]
    async fn own(visitor: Visitor) -> String {
        format!("{} run {}", visitor.id, run())
    }
    #[cache_page(ttl = "5m", tags("cdn:private"))]
    #[vary_on(cookies = ["theme"])]
    async fn varied() -> String {
        format!("run {}", run())
    }
    #[cache_page(ttl = "5m", tags("cdn:private"))]
    #[vary_on(headers = ["Accept"])]
    #[cache_control(private)]
    async fn said() -> String {
        format!("run {}", run())
    }
    #[cache_page(ttl = "5m", tags("cdn:private"))]
    async fn failed() -> Result<String, StatusCode> {
        Err(StatusCode::NOT_FOUND)
    }
    #[cache_page(ttl = "5m", tags("cdn:private"))]
    async fn cookie() -> impl IntoResponse {
        ([("set-cookie", "a=b")], "a")
    }
    let app = Router::new()
        .route("/guarded", route(guarded))
        .route("/own", route(own))
        .route("/varied", route(varied))
        .route("/said", route(said))
        .route("/failed", route(failed))
        .route("/cookie", route(cookie));
    let cdn = Cdn::before("private", app);
    for path in ["/guarded", "/own", "/varied", "/said", "/failed", "/cookie"] {
        for _ in 0..2 {
            let answer = get_with(&cdn.app, path, &[("x-visitor", "1")]).await;
            assert_eq!(answer.field("cache-tag"), None, "{answer:?}");
        }
    }
}

/// A value that is made of a stale one is for those who wait.
#[tokio::test]
async fn what_is_made_of_something_stale_has_no_tags() {
    static SOURCE: Source = Source::new();
    #[cached(ttl = "1m", stale_if_error = "1h", tags("cdn:source"))]
    async fn source() -> Result<String, StatusCode> {
        let (status, body) = SOURCE.page();
        if status.is_success() {
            Ok(body)
        } else {
            Err(status)
        }
    }
    #[cache_page(ttl = "5m", tags("cdn:tainted"))]
    async fn page() -> String {
        format!("{:?} run {}", source().await, run())
    }
    let cdn = Cdn::before("tainted", site(page));
    cdn.get("/").await.assert_stored();
    SOURCE.answers(500);
    cdn.cache.expire_tag("cdn:source").await.unwrap();
    let tainted = cdn.get("/").await;
    assert!(tainted.body.contains("run 1"), "{tainted:?}");
    assert!(tainted.cache().contains("stale"), "{tainted:?}");
    assert_eq!(tainted.field("cache-tag"), None);
}

#[tokio::test]
async fn a_page_that_depends_on_too_much_has_the_tag_of_every_purge() {
    #[cached(tags("cdn:many:{id}"))]
    fn one(id: u32) -> u32 {
        id
    }
    #[cache_page(ttl = "5m")]
    #[cache_control(s_maxage = "1y")]
    async fn sum(Path(most): Path<u32>) -> String {
        format!("{} run {}", (0..most).map(one).sum::<u32>(), run())
    }
    let fields = [
        CdnField::CacheTag,
        CdnField::SurrogateKey,
        CdnField::CacheGroups,
    ];
    let app = Router::new().route("/{most}", route(sum));
    let cdn = Cdn::with("many", app, fields);
    let count = |answer: &Answer, field: CdnField, between: char| {
        let value = answer.field(field.name()).unwrap();
        value.split(between).filter(|tag| !tag.is_empty()).count()
    };
    for (most, counts) in [(20, [25, 25, 25]), (100, [105, 105, 1]), (300, [1, 1, 1])] {
        let answer = cdn.get(&format!("/{most}")).await;
        let found = [
            count(&answer, CdnField::CacheTag, ','),
            count(&answer, CdnField::SurrogateKey, ' '),
            count(&answer, CdnField::CacheGroups, ','),
        ];
        assert_eq!(found, counts, "{answer:?}");
    }
    let before = cdn.get("/300").await;
    assert_eq!(tags_of(&before), BTreeSet::from([every()]));
    cdn.purges.lock().unwrap().clear();
    cdn.cache.invalidate_tag("cdn:many:250").await.unwrap();
    let purges = cdn.purges_of(&before);
    let wanted = tags_by(|stale| stale.tag("cdn:many:250"));
    let has = |purge: &Purge| purge.tags().iter().any(|tag| tag.as_str() == wanted[0]);
    assert!(purges.iter().any(has), "{purges:?}");
}

#[tokio::test]
async fn what_the_handler_says_in_a_field_stays_after_the_tags() {
    #[cache_page(ttl = "5m")]
    async fn page(Path(most): Path<usize>) -> impl IntoResponse {
        let own: Vec<String> = (0..most).map(|at| format!("own-{at}")).collect();
        let fields = [
            ("surrogate-key", own.join(" ")),
            ("cache-groups", "\"own\"".to_owned()),
        ];
        (
            fields,
            [("cache-tag", "one, two"), ("cache-tag", "three")],
            format!("run {}", run()),
        )
    }
    let fields = [
        CdnField::CacheTag,
        CdnField::SurrogateKey,
        CdnField::CacheGroups,
    ];
    let cdn = Cdn::with("own", Router::new().route("/{most}", route(page)), fields);
    let answer = cdn.get("/2").await;
    let said = |answer: &Answer, field: &str| {
        let lines: Vec<_> = answer.headers.get_all(field).iter().collect();
        assert_eq!(lines.len(), 1, "{answer:?}");
        lines[0].to_str().unwrap().to_owned()
    };
    let tags = said(&answer, "surrogate-key");
    assert!(tags.ends_with(" own-0 own-1"), "{tags}");
    assert_eq!(tags.split(' ').count(), 6, "{tags}");
    assert!(said(&answer, "cache-groups").ends_with("\", \"own\""));
    assert!(said(&answer, "cache-tag").ends_with(",three"), "{answer:?}");
    // Where there is no room for both, those of the handler stay.
    let tags = said(&cdn.get("/126").await, "surrogate-key");
    assert!(tags.starts_with(&format!("{} own-0 ", every())), "{tags}");
    assert!(tags.ends_with(" own-125"), "{tags}");
}

#[tokio::test]
async fn no_text_of_a_tag_breaks_a_field() {
    const SHORT: [&str; 3] = ["a\r\nset-cookie: b=c", "a,b c\"d\\", "é\u{0}"];
    fn hostile(at: usize) -> String {
        let short = SHORT.get(at).map(ToString::to_string);
        short.unwrap_or_else(|| "x".repeat(10_000))
    }
    #[cache_page(ttl = "5m", tags("{hostile(at)}"), namespace = "{hostile(at)}")]
    async fn page(Path(at): Path<usize>) -> String {
        format!("{at} run {}", run())
    }
    let fields = [
        CdnField::CacheTag,
        CdnField::SurrogateKey,
        CdnField::CacheGroups,
    ];
    let app = Router::new().route("/{at}", route(page));
    let cdn = Cdn::with("hostile", app, fields);
    for at in 0..4 {
        let before = cdn.get(&format!("/{at}")).await;
        before.assert_stored();
        assert_eq!(tags_of(&before).len(), 6, "{before:?}");
        assert_eq!(before.field("set-cookie"), None);
        for field in fields {
            let value = before.field(field.name()).unwrap();
            let is_safe = |byte: u8| byte.is_ascii_hexdigit() || b", \"".contains(&byte);
            assert!(value.len() < 200 && value.bytes().all(is_safe), "{value}");
        }
        cdn.purges.lock().unwrap().clear();
        let mut stale = Invalidation::new();
        stale.tag(hostile(at));
        cdn.cache.invalidate(&stale).await.unwrap();
        cdn.assert_purged(&before, &cdn.get(&format!("/{at}")).await, "tag");
    }
}
