//! `replaces = old`: loads that ask their source whether the value that they replace is still good.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{Cache, Replaced, cached, drain, invalidate_tag};

const SOON: Duration = Duration::from_secs(20);
const MINUTE: Duration = Duration::from_secs(60);

/// A text and its version.
#[derive(Clone, Debug, PartialEq)]
struct Text {
    version: u64,
    /// By which body it was made.
    body: u64,
}

/// What a source says to one who has this version.
fn ask(old: Option<Replaced<Text>>, version: u64, body: u64) -> Text {
    match old {
        Some(old) if old.validator(|old| old.version) == version => old.not_modified(),
        _ => Text { version, body },
    }
}

#[tokio::test]
async fn a_value_that_is_still_good_lives_on() {
    static VERSION: AtomicU64 = AtomicU64::new(1);
    static BODIES: AtomicU64 = AtomicU64::new(0);

    #[cached(ttl = "10m", replaces = old)]
    fn own(n: u64) -> Text {
        ask(old, n + VERSION.load(SeqCst), BODIES.fetch_add(1, SeqCst))
    }

    #[cached(ttl = "10m", refresh_ahead = 0.5, replaces = old)]
    async fn ahead(n: u64) -> Result<Text, u8> {
        let (version, body) = (n + VERSION.load(SeqCst), BODIES.fetch_add(1, SeqCst));
        tokio::task::yield_now().await;
        Ok(ask(old, version, body))
    }

    let clock = Clock::freeze();
    let text = |version, body| Text { version, body };
    assert_eq!(own(0), text(1, 0));
    assert_eq!(ahead(0).await, Ok(text(1, 1)));
    clock.advance(6 * MINUTE);
    assert_eq!(ahead(0).await, Ok(text(1, 1)));
    assert!(drain(SOON).await);
    assert_eq!(BODIES.load(SeqCst), 3, "it was refreshed");
    clock.advance(5 * MINUTE);
    assert_eq!(own(0), text(1, 0), "the source was asked");
    assert_eq!(ahead(0).await, Ok(text(1, 1)), "a hit of the refreshed one");
    assert!(drain(SOON).await);
    clock.advance(4 * MINUTE);
    assert_eq!(own(0), text(1, 0), "a hit");
    let asked = BODIES.load(SeqCst);
    assert_eq!((own::stats().loads, ahead::stats().hits), (2, 2));
    VERSION.store(2, SeqCst);
    clock.advance(11 * MINUTE);
    assert_eq!(own(0), text(2, asked));
    assert_eq!(own::uncached(0), text(2, asked + 1), "it replaces nothing");
}

/// The parts of a text are cached apart, and only who makes it asks for them.
#[tokio::test]
async fn it_keeps_the_tags_that_it_had() {
    static PART: AtomicU64 = AtomicU64::new(1);

    #[cached(ttl = "1d", tags("revalidated part"))]
    fn part(n: u64) -> u64 {
        n + PART.load(SeqCst)
    }

    #[cached(ttl = "10m", replaces = old)]
    fn whole(n: u64) -> u64 {
        old.map_or_else(|| part(n), Replaced::not_modified)
    }

    #[cached(ttl = "10m", replaces = old)]
    async fn elsewhere(n: u64) -> u64 {
        let Some(old) = old else { return part(n) };
        let answer = tokio::spawn(async move { old.not_modified() });
        answer.await.expect("it does not panic")
    }

    #[cached(ttl = "1d")]
    fn outer(n: u64) -> u64 {
        whole(n)
    }

    let clock = Clock::freeze();
    assert_eq!((whole(0), elsewhere(0).await), (1, 1));
    for _ in 0..3 {
        clock.advance(11 * MINUTE);
        assert_eq!((whole(0), elsewhere(0).await), (1, 1));
    }
    assert_eq!(outer(0), 1);
    assert_eq!(whole::stats().loads, 4);
    PART.store(2, SeqCst);
    invalidate_tag("revalidated part").await.unwrap();
    assert_eq!((outer(0), elsewhere(0).await), (2, 2));
    assert_eq!(whole(0), 2, "no invalidated value is offered");
}

/// A load inside of the load returns the old value: it depends on the tags as well.
#[tokio::test]
async fn a_load_inside_that_returns_the_old_value_has_its_tags() {
    static PART: AtomicU64 = AtomicU64::new(1);

    #[cached(ttl = "1d", tags("inside"))]
    fn part(n: u64) -> u64 {
        n + PART.load(SeqCst)
    }

    #[cached(ttl = "10m", replaces = old)]
    async fn whole(n: u64) -> u64 {
        let raw = async || Ok::<_, u8>(old.map_or_else(|| part(n), Replaced::not_modified));
        let cache = cache_core::cache();
        let raw = cache.get_or_set("inside", "1h", raw).await;
        raw.expect("no error")
    }

    let clock = Clock::freeze();
    assert_eq!(whole(0).await, 1);
    clock.advance(61 * MINUTE);
    assert_eq!(whole(0).await, 1);
    PART.store(2, SeqCst);
    invalidate_tag("inside").await.unwrap();
    assert_eq!(whole(0).await, 2);
}

/// What begins a load by hand is a part of it, before the first await as well.
#[tokio::test]
async fn a_load_by_hand_depends_on_what_its_closure_calls() {
    static PART: AtomicU64 = AtomicU64::new(1);

    #[cached(ttl = "1d", tags("begun"))]
    fn part(n: u64) -> u64 {
        n + PART.load(SeqCst)
    }

    let cache = Cache::builder().near(100).build();
    let both = async || {
        let plain = cache.get_or_set("plain", "1h", || std::future::ready(Ok::<_, u8>(part(0))));
        let plain = plain.await.expect("no error");
        let entry = cache.entry("entry").ttl("1h");
        let load = |_: Option<Replaced<u64>>| std::future::ready(Ok::<_, u8>(part(0)));
        (plain, entry.get_or_refresh(load).await.expect("no error"))
    };
    assert_eq!(both().await, (1, 1));
    PART.store(2, SeqCst);
    invalidate_tag("begun").await.unwrap();
    assert_eq!(both().await, (2, 2));
}

#[tokio::test]
async fn what_is_invalidated_while_the_source_is_asked_is_not_kept() {
    static PART: AtomicU64 = AtomicU64::new(1);
    static CHANGES: AtomicBool = AtomicBool::new(false);

    #[cached(ttl = "1d", tags("changed meanwhile"))]
    fn part(n: u64) -> u64 {
        n + PART.load(SeqCst)
    }

    #[cached(ttl = "10m", replaces = old)]
    async fn whole(n: u64) -> u64 {
        if CHANGES.swap(false, SeqCst) {
            PART.store(2, SeqCst);
            invalidate_tag("changed meanwhile").await.unwrap();
        }
        old.map_or_else(|| part(n), Replaced::not_modified)
    }

    let clock = Clock::freeze();
    assert_eq!(whole(0).await, 1);
    clock.advance(11 * MINUTE);
    CHANGES.store(true, SeqCst);
    assert_eq!(whole(0).await, 1, "the call began before the change");
    assert_eq!(whole(0).await, 2);
}

#[tokio::test]
async fn what_has_expired_softly_is_as_new_once_the_source_confirms_it() {
    #[cached(ttl = "1d", tags("revalidated soft"))]
    fn part(n: u64) -> u64 {
        n
    }

    #[cached(ttl = "1h", stale_while_revalidate = "1h", replaces = old)]
    fn whole(n: u64) -> u64 {
        old.map_or_else(|| part(n) + 7, Replaced::not_modified)
    }

    let _clock = Clock::freeze();
    assert_eq!(whole(0), 7);
    cache_core::cache()
        .expire_tag("revalidated soft")
        .await
        .unwrap();
    assert_eq!(whole(0), 7, "it serves stale");
    assert!(drain(SOON).await);
    assert_eq!((whole(0), whole(0)), (7, 7));
    let stats = whole::stats();
    assert_eq!((stats.loads, stats.stale_hits), (2, 1));
}

#[test]
fn each_body_sees_the_value_of_its_own_load() {
    #[cached(ttl = "10m", replaces = old)]
    fn inner(n: u64) -> u64 {
        assert!(n == 0 || old.is_none(), "{n} has no former value");
        old.map_or(n, Replaced::not_modified)
    }

    #[cached(ttl = "10m", replaces = old)]
    fn outer(n: u64) -> u64 {
        let inside = inner::uncached(n + 100);
        old.map_or(inside, Replaced::not_modified)
    }

    #[cached(ttl = |new, old| if old == Some(new) { 600 } else { 60 })]
    fn compares(n: u64) -> u64 {
        inner::uncached(n + 200)
    }

    let clock = Clock::freeze();
    for _ in 0..3 {
        assert_eq!((inner(0), outer(0), compares(0)), (0, 100, 200));
        clock.advance(11 * MINUTE);
    }
}

#[tokio::test]
async fn a_load_by_hand_gets_what_it_replaces() {
    let cache = Cache::builder().near(100).build();
    let clock = Clock::freeze();
    let load = async |version| {
        let entry = cache.entry("text").ttl("10m");
        let load = move |old: Option<Replaced<u64>>| async move {
            Ok::<_, u8>(match old {
                Some(old) if old.validator(|old| old / 10) == version => old.not_modified(),
                Some(_) => 10 * version + 1,
                None => 10 * version,
            })
        };
        entry.get_or_refresh(load).await
    };
    assert_eq!(load(1).await, Ok(10));
    for _ in 0..2 {
        clock.advance(11 * MINUTE);
        assert_eq!(load(1).await, Ok(10));
    }
    assert_eq!(load(2).await, Ok(10), "a hit");
    clock.advance(11 * MINUTE);
    assert_eq!(load(2).await, Ok(21));
    cache.delete("text").await.unwrap();
    assert_eq!(load(2).await, Ok(20));
}

/// Names that differ from load to load must not pile up.
#[tokio::test]
async fn a_value_with_very_many_names_is_loaded_anew() {
    for (tags, is_offered) in [(256, true), (257, false)] {
        let cache = Cache::builder().near(100).build();
        let clock = Clock::freeze();
        let load = async || {
            let tags = (0..tags).map(|tag| format!("tag {tag}"));
            let entry = cache.entry("many").ttl("10m").tags(tags);
            let load = |old: Option<Replaced<u64>>| async move {
                Ok::<_, u8>(old.map_or(1, |old| 1 + old.not_modified()))
            };
            entry.get_or_refresh(load).await
        };
        assert_eq!(load().await, Ok(1));
        clock.advance(11 * MINUTE);
        assert_eq!(load().await, Ok(if is_offered { 2 } else { 1 }), "{tags}");
    }
}
