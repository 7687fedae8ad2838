//! What the fields hold, and how much.

use std::collections::BTreeSet;

use axum::Router;
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::routing::get as route;
use cache_core::{CdnField, Invalidation, Purge, cache_control, cache_page, cached};

use super::site::{Cdn, every, tags_by, tags_of};
use crate::support::{Answer, run};

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
