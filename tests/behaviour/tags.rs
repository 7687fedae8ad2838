//! The invalidation of a tag reaches all entries with the tag, and no others.

use std::collections::BTreeMap;

use cache_core::testing::Clock;
use cache_core::{cached, invalidate_tag, sites, tag};
use serde::{Deserialize, Serialize};

use crate::support::{Runs, installed};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Post {
    slug: String,
    authors: Vec<u32>,
}

impl Post {
    fn by(slug: &str, authors: &[u32]) -> Self {
        Self {
            slug: slug.to_owned(),
            authors: authors.to_vec(),
        }
    }
}

#[tokio::test]
async fn a_tag_reaches_every_entry_that_carries_it() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(
        key = "tagged:{user}:{page}",
        tags("tagged user:{user}", "tagged pages")
    )]
    fn pages(user: u64, page: u32) -> u64 {
        RUNS.run();
        user + u64::from(page)
    }
    let all = || [(1, 1), (1, 2), (2, 1)].map(|(user, page)| pages(user, page));
    assert_eq!(RUNS.of(all), 3);
    assert_eq!(RUNS.of(all), 0);
    invalidate_tag("tagged user:1").await.unwrap();
    assert_eq!((pages::peek(&1, &1), pages::peek(&2, &1)), (None, Some(3)));
    assert_eq!(RUNS.of(all), 2);
    invalidate_tag("tagged user:").await.unwrap();
    assert_eq!(RUNS.of(all), 0, "no tag is the beginning of another");
    invalidate_tag("tagged pages").await.unwrap();
    assert_eq!(RUNS.of(all), 3);
}

#[tokio::test]
async fn a_function_that_keeps_its_values_for_itself_is_reached_too() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(tags("own:{name}"))]
    async fn own(name: String) -> usize {
        RUNS.run();
        name.len()
    }
    own("a:b".to_owned()).await;
    own("c".to_owned()).await;
    invalidate_tag(tag!("own:{\"a:b\".to_owned()}"))
        .await
        .unwrap();
    assert_eq!(own::peek(&"a:b".to_owned()).await, None);
    assert_eq!(own::peek(&"c".to_owned()).await, Some(1));
}

#[tokio::test]
async fn the_value_may_know_its_tags_alone() {
    installed();
    let _clock = Clock::freeze();
    #[cached(ttl = "5m", tags = |post: &Post| post.authors.iter().map(|author| tag!("author:{author}")))]
    fn post(slug: &str) -> Result<Post, String> {
        match slug {
            "none" => Err("no such post".to_owned()),
            "two" => Ok(Post::by(slug, &[1, 2])),
            _ => Ok(Post::by(slug, &[2])),
        }
    }
    for slug in ["one", "two", "none"] {
        let _ = post(slug);
    }
    invalidate_tag("author:1").await.unwrap();
    assert_eq!(post::peek("two"), None);
    assert!(post::peek("one").is_some());
    let _ = post::refresh("one");
    invalidate_tag("author:2").await.unwrap();
    assert_eq!(post::peek("one"), None, "a refreshed value has its tags");
}

#[tokio::test]
async fn both_kinds_of_tags_hold_and_errors_have_those_of_the_arguments() {
    installed();
    let _clock = Clock::freeze();
    #[cached(tags("both:{id}"), tags = |found: &u64| [format!("both value:{found}")], cache_err = "1m")]
    async fn both(id: u64) -> Result<u64, String> {
        if id == 0 {
            Err("zero".to_owned())
        } else {
            Ok(id * 10)
        }
    }
    let _ = (both(0).await, both(1).await, both(2).await);
    invalidate_tag("both value:10").await.unwrap();
    assert_eq!(both::peek(&1).await, None);
    invalidate_tag("both:2").await.unwrap();
    assert_eq!(both::peek(&2).await, None);
    assert!(both::peek(&0).await.is_some());
    invalidate_tag("both:0").await.unwrap();
    assert!(both::peek(&0).await.is_none());
}

#[test]
fn a_value_that_is_not_kept_is_not_asked_for_tags() {
    installed();
    #[cached(unless = Vec::is_empty, tags = |ids: &Vec<u32>| [format!("first:{}", ids[0])])]
    fn ids(count: u32) -> Vec<u32> {
        (0..count).collect()
    }
    assert!(ids(0).is_empty());
    assert_eq!(ids(1), [0]);
}

#[tokio::test]
async fn tags_may_use_what_the_key_does_not_and_are_rendered_before_the_body_takes_it() {
    installed();
    struct Db {
        shard: u8,
    }
    #[cached(
        key = "moved:{id}",
        skip(db, name),
        tags("shard:{db.shard}", "moved name:{name}")
    )]
    async fn moved(db: Db, id: u64, name: String) -> u64 {
        drop((db, name));
        id
    }
    moved(Db { shard: 3 }, 1, "a".to_owned()).await;
    invalidate_tag("shard:3").await.unwrap();
    assert_eq!(moved::peek(&1).await, None);
    moved(Db { shard: 3 }, 1, "a".to_owned()).await;
    invalidate_tag("moved name:a").await.unwrap();
    assert_eq!(moved::peek(&1).await, None);
}

trait Finds {
    fn find(&self, like: String) -> Option<Vec<String>>;
    fn forgets(&self);
}

struct Repo(u32);

impl Finds for Repo {
    #[cached(trait_impl, key = "find:{self.0}:{like}", tags("repo:{self.0}", "like:{like}"), tags = |found: &Option<Vec<String>>| found.iter().flatten().map(|row| format!("row:{row}")))]
    fn find(&self, like: String) -> Option<Vec<String>> {
        FINDS.run();
        Some(vec![like])
    }

    fn forgets(&self) {}
}

static FINDS: Runs = Runs::new();

#[tokio::test]
async fn the_implementation_of_a_trait_has_tags() {
    installed();
    let repo = Repo(7);
    repo.forgets();
    for tag in ["repo:7", "like:a", "row:a"] {
        assert_eq!(
            FINDS.of(|| [repo.find("a".to_owned()), repo.find("a".to_owned())]),
            1,
            "{tag}"
        );
        invalidate_tag(tag).await.unwrap();
    }
    assert_eq!(FINDS.of(|| repo.find("a".to_owned())), 1);
}

#[tokio::test]
async fn the_tags_of_a_call_inside_a_load_reach_the_outer_entry() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(tags("inner:{id}"), tags = |value: &u64| [format!("inner value:{value}")])]
    fn inner(id: u64) -> u64 {
        id * 2
    }
    #[cached]
    fn outer(id: u64) -> u64 {
        RUNS.run();
        inner(id)
    }
    for tag in ["inner:1", "inner value:2"] {
        for is_kept_inside in [false, true] {
            inner::clear();
            outer::clear();
            if is_kept_inside {
                inner(1);
            }
            outer(1);
            invalidate_tag(tag).await.unwrap();
            assert_eq!(
                RUNS.of(|| outer(1)),
                1,
                "{tag}, kept inside: {is_kept_inside}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_made_anew_of_older_values_is_kept() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(tags("old:{id}"))]
    fn old(id: u64) -> u64 {
        id * 2
    }
    #[cached(tags("new:{id}"))]
    fn new(id: u64) -> u64 {
        RUNS.run();
        old(id)
    }
    assert_eq!(RUNS.of(|| [old(1), new(1)]), 1);
    invalidate_tag("new:1").await.unwrap();
    assert_eq!(
        RUNS.of(|| [new(1), new(1)]),
        1,
        "kept, though made of an older value"
    );
    invalidate_tag("old:1").await.unwrap();
    assert_eq!(RUNS.of(|| [new(1), new(1)]), 1, "and gone with that");
}

#[test]
fn listings_show_the_templates() {
    installed();
    #[cached(key = "listed:{id}", tags("listed:{id}", "all listed"), tags = |_: &u64| [""; 0], namespace = "listing:{id}")]
    fn listed(id: u64) -> u64 {
        id
    }
    let all: BTreeMap<_, _> = sites()
        .map(|site| (site.info().name, site.info()))
        .collect();
    let (_, info) = all
        .iter()
        .find(|(name, _)| name.ends_with("tags::listed"))
        .expect("every annotated function is listed");
    assert_eq!(info.tags, ["listed:{id}", "all listed"]);
    assert_eq!(
        (info.namespace, info.tags_from_value),
        (Some("listing:{id}"), true)
    );
    assert_eq!(listed(1), 1);
}
