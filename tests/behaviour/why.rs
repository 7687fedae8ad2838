//! Why calls miss: what `f::why` tells.

use std::time::Duration;

use cache_core::testing::{Clock, scope, scope_blocking};
use cache_core::{Caches, InvalidatedKind, Invalidation, MissReason, Why, cached, invalidates};

/// The reason, and what invalidated the value.
fn said(why: &Why) -> (MissReason, Option<(InvalidatedKind, &str)>) {
    let by = why.invalidation.as_ref();
    (why.reason, by.map(|by| (by.kind, by.name.as_str())))
}

#[test]
fn what_was_never_asked_for_was_never_seen_and_stays_so_when_it_is_kept() {
    #[cached]
    fn square(n: u64) -> u64 {
        n * n
    }
    assert_eq!(said(&square::why(&3)), (MissReason::NeverSeen, None));
    square(3);
    assert_eq!(square::why(&3).to_string(), "never-seen");
    assert_eq!(square::stats().missed[MissReason::NeverSeen], 1);
}

#[test]
fn an_expired_value_is_told_before_the_next_call_and_after_it() {
    #[cached(ttl = "1m")]
    fn square(n: u64) -> u64 {
        n * n
    }
    let clock = Clock::freeze();
    square(3);
    clock.advance(Duration::from_mins(1));
    assert_eq!(square::why(&3).reason, MissReason::Expired);
    square(3);
    assert_eq!(square::why(&3).reason, MissReason::Expired);
    let stats = square::stats();
    assert_eq!((stats.misses, stats.missed[MissReason::Expired]), (2, 1));
}

#[test]
fn an_evicted_value_is_told_from_one_that_had_ended_before() {
    #[cached(capacity = 1, ttl = "1m")]
    fn square(n: u64) -> u64 {
        n * n
    }
    let clock = Clock::freeze();
    (square(1), square(2));
    assert_eq!(square::why(&1).reason, MissReason::Evicted);
    square(1);
    assert_eq!(square::why(&1).reason, MissReason::Evicted);
    clock.advance(Duration::from_mins(1));
    square(3);
    assert_eq!(square::why(&1).reason, MissReason::Expired);
    let stats = square::stats();
    assert_eq!((stats.evictions, stats.evicted_dead), (3, 1));
    assert_eq!((stats.missed[MissReason::Evicted], stats.reloads), (1, 1));
}

#[test]
fn an_invalidation_is_told_by_its_name_and_its_line() {
    #[cached(key = "why:post:{id}", tags("why:posts", "why:post:{id}"))]
    fn post(id: u64) -> u64 {
        id
    }
    scope_blocking(Caches::new(), || {
        post(7);
        let line = line!() + 1;
        drop(cache_core::cache().blocking().invalidate_tag("why:post:7"));
        let why = post::why(&7);
        let by = (InvalidatedKind::Tag, "why:post:7");
        assert_eq!(said(&why), (MissReason::Invalidated, Some(by)));
        let by = why.invalidation.unwrap();
        assert_eq!((by.file, by.line, by.function), (Some(file!()), line, None));
        post(7);
        assert_eq!(post::why(&7).reason, MissReason::Invalidated);
        assert!(
            post::why(&7)
                .to_string()
                .contains(&format!("at {}:{line}", file!()))
        );
        post(8);
        assert_eq!(post::why(&8).reason, MissReason::NeverSeen);
    });
}

#[test]
fn an_annotated_function_that_invalidates_is_named() {
    #[cached(key = "why:name:{id}", tags("why:names"))]
    fn name(id: u64) -> u64 {
        id
    }
    #[invalidates(tags("why:names"), keys("why:name:{id}"))]
    fn rename(id: u64) -> Result<(), String> {
        if id > 0 { Ok(()) } else { Err("no".to_owned()) }
    }
    scope_blocking(Caches::new(), || {
        (name(7), name(8));
        rename(7).unwrap();
        let (removed, marked) = (name::why(&7), name::why(&8));
        assert_eq!(
            said(&marked),
            (
                MissReason::Invalidated,
                Some((InvalidatedKind::Tag, "why:names"))
            )
        );
        for why in [&removed, &marked] {
            let by = why.invalidation.as_ref().unwrap();
            assert!(by.function.unwrap().ends_with("rename"), "{why}");
        }
    });
}

#[test]
fn a_removal_and_a_clear_are_told_apart() {
    #[cached]
    fn square(n: u64) -> u64 {
        n * n
    }
    (square(1), square(2));
    square::invalidate(&1);
    assert_eq!(square::why(&1).reason, MissReason::Removed);
    square::clear();
    let why = square::why(&2);
    assert_eq!(why.reason, MissReason::Invalidated);
    assert_eq!(why.invalidation.unwrap().kind, InvalidatedKind::Function);
    square(2);
    assert_eq!(square::why(&2).reason, MissReason::Invalidated);
}

#[tokio::test]
async fn a_namespace_and_a_whole_cache_are_told() {
    #[cached(namespace = "why:space:{id}", key = "a")]
    fn one(id: u64) -> u64 {
        id
    }
    scope(Caches::new(), async {
        one(1);
        let space = cache_core::cache().namespace("why:space:1");
        space.invalidate().await.unwrap();
        assert_eq!(
            said(&one::why(&1)).1,
            Some((InvalidatedKind::Namespace, "why:space:1"))
        );
        one(1);
        cache_core::cache().blocking().clear().unwrap();
        assert_eq!(said(&one::why(&1)).1, Some((InvalidatedKind::Cache, "")));
    })
    .await;
}

#[test]
fn loads_that_bring_nothing_to_keep_are_told() {
    #[cached(unless = |n: &u64| *n == 0)]
    fn maybe(n: u64) -> Result<u64, String> {
        if n == 1 { Err("no".to_owned()) } else { Ok(n) }
    }
    maybe(0).unwrap();
    maybe(1).unwrap_err();
    let (refused, failed) = (maybe::why(&0), maybe::why(&1));
    assert_eq!(
        (refused.reason, refused.detail),
        (MissReason::Refused, Some("unless"))
    );
    assert_eq!(failed.reason, MissReason::Failed);
    maybe(0).unwrap();
    maybe(1).unwrap_err();
    let missed = maybe::stats().missed;
    assert_eq!(
        (missed[MissReason::Refused], missed[MissReason::Failed]),
        (1, 1)
    );
    assert_eq!(missed.total(), 4);
}

#[test]
fn a_value_that_was_invalidated_while_it_was_loaded_was_never_kept() {
    #[cached(key = "why:while:{n}", tags("why:while"))]
    fn square(n: u64) -> u64 {
        drop(cache_core::cache().blocking().invalidate_tag("why:while"));
        n * n
    }
    scope_blocking(Caches::new(), || {
        square(1);
        assert_eq!(square::why(&1).reason, MissReason::Invalidated);
    });
}

#[tokio::test]
async fn many_tags_at_once_are_told_by_their_number() {
    #[cached(key = "many:{n}", tags("many:{n}"))]
    fn tagged(n: u64) -> u64 {
        n
    }
    tagged(7);
    let mut stale = Invalidation::new();
    for n in 0..100 {
        stale.tag(format!("many:{n}"));
    }
    cache_core::invalidate(&stale).await.unwrap();
    tagged(7);
    let why = tagged::why(&7);
    assert_eq!(
        said(&why),
        (
            MissReason::Invalidated,
            Some((InvalidatedKind::Tag, "100 tags"))
        )
    );
}

#[tokio::test]
async fn async_functions_and_methods_tell_as_well() {
    #[cached]
    async fn square(n: u64) -> u64 {
        n * n
    }
    struct Repo;
    impl Repo {
        #[cached(skip(self))]
        fn find(&self, n: u64) -> u64 {
            n
        }
    }
    square(2).await;
    square::invalidate(&2).await;
    assert_eq!(square::why(&2).await.reason, MissReason::Removed);
    Repo.find(1);
    assert_eq!(Repo::find_why(&1).reason, MissReason::NeverSeen);
}
