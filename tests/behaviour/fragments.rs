//! Cached fragments: pieces of text that are rendered once for each name and its parts.

use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{BlockingFragment, Cache, CacheKey, cache, cached, invalidate_tag};

use crate::support::{Gate, Runs, installed, until, within};

mod in_askama;
mod in_minijinja;

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// The text of a fragment that is rendered now, unless it is kept.
fn run(runs: &Runs) -> Result<String, String> {
    Ok(format!("run {}", runs.run()))
}

#[tokio::test]
async fn a_second_call_gets_what_the_first_one_rendered() {
    let (cache, runs) = (Cache::memory(100), Runs::new());
    let sidebar = || cache.fragment("sidebar").with(7_u64).with("en");
    for _ in 0..2 {
        let text = sidebar().render(|| run(&runs)).await.unwrap();
        assert_eq!(text, "run 1");
    }
    let awaited = sidebar().render_async(|| async { run(&runs) }).await;
    assert_eq!(awaited.unwrap(), "run 1");
    let sidebar = cache.blocking().fragment("sidebar").with(7_u64).with("en");
    assert_eq!(sidebar.render(|| run(&runs)).unwrap(), "run 1");
}

#[test]
fn another_name_and_other_parts_are_another_fragment_and_their_order_counts() {
    let (cache, runs) = (Cache::memory(100), Runs::new());
    let fragment = |name| cache.blocking().fragment(name);
    let all = || {
        [
            fragment("list"),
            fragment("lists"),
            fragment("list").with(1),
            fragment("list").with(2),
            fragment("list").with(1).with(2),
            fragment("list").with(2).with(1),
            fragment("list").with(12),
            fragment("list").with((1, 2)),
            fragment("list").with(true),
        ]
        .map(|fragment| fragment.render(|| run(&runs)).unwrap())
    };
    let first = all();
    assert_eq!(runs.count(), first.len());
    assert_eq!(all(), first);
}

#[test]
fn a_name_and_parts_never_run_into_each_other() {
    const NONE: Option<&str> = None;
    let (cache, runs) = (Cache::memory(1_000), Runs::new());
    let long = "x".repeat(10_000);
    let keep = |name: &str, parts: &[&dyn Part]| {
        let mut fragment = cache.blocking().fragment(name);
        for part in parts {
            fragment = part.add(fragment);
        }
        fragment.render(|| run(&runs)).unwrap()
    };
    let all = || {
        [
            keep("f", &[&"a:b", &"c"]),
            keep("f", &[&"a", &"b:c"]),
            keep("f", &[&"a:b:c"]),
            keep("f", &[&"a", &"bc"]),
            keep("f", &[&"ab", &"c"]),
            keep("f:a", &[&"c"]),
            keep("f", &[&"a", &"c"]),
            keep("f", &[]),
            keep("f", &[&""]),
            keep("f", &[&"", &""]),
            keep("f", &[&":"]),
            keep("f", &[&NONE]),
            keep("f", &[&"None"]),
            keep("f", &[&"%-"]),
            keep("f", &[&"%25-"]),
            keep("f", &[&"100%"]),
            keep("f", &[&"100%25"]),
            keep("f", &[&"a b"]),
            keep("f", &[&"a", &" b"]),
            keep("f", &[&"ü"]),
            keep("f", &[&"(a,)"]),
            keep("f", &[&("a",)]),
            keep("f", &[&long.as_str()]),
            keep("f", &[&long[1..].to_owned()]),
            keep("", &[]),
        ]
    };
    let first = all();
    assert_eq!(runs.count(), first.len(), "{first:?}");
    assert_eq!(all(), first);
}

/// A part of a key, of whatever type.
trait Part {
    fn add(&self, to: BlockingFragment) -> BlockingFragment;
}

impl<T: CacheKey> Part for T {
    fn add(&self, to: BlockingFragment) -> BlockingFragment {
        to.with(self)
    }
}

#[test]
fn it_is_kept_for_its_ttl_or_that_of_the_cache_or_for_ever() {
    let clock = Clock::freeze();
    let cache = Cache::builder().ttl("1m").build();
    let runs = Runs::new();
    let by_default = || cache.blocking().fragment("by default");
    let brief = || cache.blocking().fragment("brief").ttl("10s");
    let forever = || cache.blocking().fragment("forever").ttl(Duration::MAX);
    let all = || {
        [by_default(), brief(), forever()].map(|fragment| fragment.render(|| run(&runs)).unwrap())
    };
    for (after, anew) in [
        (0, 3),
        (9, 0),
        (2, 1),
        (48, 1),
        (2, 1),
        (60 * 60 * 24 * 365, 2),
    ] {
        clock.advance(seconds(after));
        assert_eq!(runs.of(all), anew, "after {after} seconds more");
    }
}

#[tokio::test]
async fn a_tag_reaches_all_fragments_that_carry_it() {
    let (cache, runs) = (Cache::memory(100), Runs::new());
    let fragment = |n: u64| {
        let fragment = cache.blocking().fragment("list").with(n);
        fragment.tags(["posts"]).tags([format!("post:{n}")])
    };
    let all = || [1, 2].map(|n| fragment(n).render(|| run(&runs)).unwrap());
    for (tag, anew) in [("posts", 2), ("post:1", 1), ("post:3", 0)] {
        all();
        cache.invalidate_tag(tag).await.unwrap();
        assert_eq!(runs.of(all), anew, "{tag}");
    }
}

#[tokio::test]
async fn to_invalidate_one_forgets_this_one_alone() {
    let (cache, runs) = (Cache::memory(100), Runs::new());
    let fragment = |n: u64| cache.fragment("list").with(n);
    let all = || {
        let blocking = cache.blocking().fragment("list");
        [1_u64, 2].map(|n| blocking.clone().with(n).render(|| run(&runs)).unwrap())
    };
    assert_eq!(all(), ["run 1", "run 2"]);
    fragment(1).invalidate().await.unwrap();
    assert_eq!(all(), ["run 3", "run 2"]);
    cache
        .blocking()
        .fragment("list")
        .with(2_u64)
        .invalidate()
        .unwrap();
    assert_eq!(all(), ["run 3", "run 4"]);
    cache.fragment("list").invalidate().await.unwrap();
    assert_eq!(all(), ["run 3", "run 4"], "that is another fragment");
}

#[tokio::test]
async fn an_error_is_returned_and_not_kept() {
    let (cache, runs) = (Cache::memory(100), Runs::new());
    let fail = || {
        runs.run();
        Err::<String, _>("no template")
    };
    for _ in 0..2 {
        let outcome = cache.fragment("f").render(fail).await;
        assert_eq!(outcome, Err("no template"));
    }
    let outcome = cache.fragment("f").render(|| run(&runs)).await;
    assert_eq!(outcome.unwrap(), "run 3");
}

#[tokio::test]
async fn concurrent_calls_share_one_rendering() {
    static RUNS: Runs = Runs::new();
    static GATE: Gate = Gate::closed();
    let cache = Cache::memory(100);
    let render = |cache: Cache| async move {
        let render = || async {
            let text = run(&RUNS);
            GATE.pass().await;
            text
        };
        cache.fragment("f").render_async(render).await.unwrap()
    };
    let calls: Vec<_> = (0..10)
        .map(|_| tokio::spawn(render(cache.clone())))
        .collect();
    until(|| RUNS.count() == 1).await;
    GATE.let_go(10);
    for call in calls {
        assert_eq!(within(call).await.unwrap(), "run 1");
    }
}

/// Whether the fragment is rendered for the function or found, and whether the tag is its own or of a call inside.
#[tokio::test]
async fn what_shows_a_fragment_is_stale_with_the_tags_of_the_fragment() {
    installed();
    #[cached(tags("fragments:inner"))]
    fn inner(n: u64) -> u64 {
        n
    }
    #[cached]
    async fn page(n: u64) -> String {
        let sidebar = cache()
            .fragment("fragments:sidebar")
            .tags(["fragments:own"])
            .render(|| {
                let text = format!("<nav>{}</nav>", inner(1));
                Ok::<_, std::fmt::Error>(text)
            });
        format!("{n} {}", sidebar.await.unwrap())
    }
    let kept = async || [page::peek(&1).await, page::peek(&2).await];
    for tag in ["fragments:own", "fragments:inner"] {
        // The first one renders the fragment, the second finds it.
        assert_eq!(page(1).await, "1 <nav>1</nav>");
        assert_eq!(page(2).await, "2 <nav>1</nav>");
        assert!(kept().await.iter().all(Option::is_some), "{tag}");
        invalidate_tag(tag).await.unwrap();
        assert_eq!(kept().await, [None, None], "{tag}");
    }
}
