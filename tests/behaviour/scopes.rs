//! Scopes: code in a scope shares no values with code outside of it or in another scope.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use cache_core::testing::{in_scope, scope, scope_blocking};
use cache_core::{Cache, Caches, cache, cache_put, cached, caches, invalidate_tag, invalidates};

use tokio::sync::Barrier;

use crate::support::{installed, within};

/// A number that no other run returns.
fn run() -> u64 {
    static RUNS: AtomicU64 = AtomicU64::new(1);
    RUNS.fetch_add(1, SeqCst)
}

mod each_kind {
    use super::*;

    /// A call and its handle, in two scopes and outside.
    macro_rules! is_apart {
        ($($name:ident { $($arguments:tt)* })*) => {$(
            #[tokio::test]
            async fn $name() {
                installed();
                #[cached($($arguments)*)]
                async fn value(n: u64) -> u64 {
                    run() + n
                }
                let outside = value(1).await;
                let one = scope(Caches::new(), async {
                    assert_eq!(value::peek(&1).await, None);
                    let one = value(1).await;
                    assert_eq!(value(1).await, one, "it is kept here");
                    let other = scope(Caches::new(), value(1)).await;
                    assert_ne!(other, one);
                    assert_eq!(value(1).await, one, "the inner scope has ended");
                    one
                })
                .await;
                assert_ne!(one, outside);
                scope(Caches::new(), async {
                    value(1).await;
                    value::invalidate(&1).await;
                    assert_eq!(value::peek(&1).await, None);
                    value(1).await;
                    value::clear().await;
                    assert_eq!(value::peek(&1).await, None);
                    value(1).await;
                    invalidate_tag("scopes:each").await.unwrap();
                    assert_eq!(value::peek(&1).await, None);
                })
                .await;
                assert_eq!(value(1).await, outside);
            }
        )*};
    }

    is_apart! {
        a_function_that_keeps_its_values_for_itself { tags("scopes:each") }
        a_function_that_shares_the_default_cache { key = "scopes:each:{n}", tags("scopes:each") }
        a_function_that_shares_a_cache_by_name { key = "scopes:named:{n}", cache = "brief", tags("scopes:each") }
        a_function_that_shares_without_a_key { shared, tags("scopes:each") }
    }
}

#[test]
fn a_sync_function_is_apart_in_a_blocking_scope_and_a_panic_ends_the_scope() {
    installed();
    #[cached]
    fn value(n: u64) -> u64 {
        run() + n
    }
    let outside = value(1);
    let entries = || value::stats().entries;
    assert_eq!(entries(), 1);
    scope_blocking(Caches::new(), || {
        assert_eq!(entries(), 0);
        assert_ne!(value(1), outside);
        value(2);
        assert_eq!(entries(), 2);
        assert_eq!(cache().blocking().get::<u64>("k").unwrap(), None);
    });
    assert_eq!(entries(), 1);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        scope_blocking(Caches::new(), || panic!("a test that fails"));
    }));
    assert!(panic.is_err());
    assert_eq!(value(1), outside, "the thread is outside again");
}

#[tokio::test]
async fn the_handles_of_caches_are_those_of_the_scope() {
    installed();
    let memory = Cache::memory(10);
    let named = Cache::memory(10);
    cache().set("scopes:handle", &1_u64).await.unwrap();
    let own = Caches::new()
        .with("default", memory.clone())
        .with("mine", named.clone());
    scope(own, async {
        assert_eq!(cache().get::<u64>("scopes:handle").await.unwrap(), None);
        cache().set("scopes:handle", &2_u64).await.unwrap();
        caches()
            .get("mine")
            .unwrap()
            .set("m", &3_u64)
            .await
            .unwrap();
        assert!(caches().get("brief").is_err());
        cache().set("scopes:batch", &4_u64).await.unwrap();
        let mut batch = cache_core::batch();
        batch.key("scopes:batch");
        batch.commit().await.unwrap();
    })
    .await;
    assert_eq!(memory.get("scopes:handle").await.unwrap(), Some(2_u64));
    assert_eq!(memory.get::<u64>("scopes:batch").await.unwrap(), None);
    assert_eq!(named.get("m").await.unwrap(), Some(3_u64));
    assert_eq!(cache().get("scopes:handle").await.unwrap(), Some(1_u64));
    assert!(caches().get("mine").is_err());
}

#[tokio::test]
async fn an_invalidation_reaches_its_own_scope_alone() {
    installed();
    #[cached(tags("scopes:tag"))]
    async fn local(n: u64) -> u64 {
        n
    }
    #[cached(key = "scopes:invalidated:{n}", tags("scopes:tag"))]
    async fn shared(n: u64) -> u64 {
        n
    }
    #[invalidates(tags("scopes:tag"))]
    async fn save() {}
    #[cache_put(key = "scopes:invalidated:{n}", skip(value))]
    async fn put(n: u64, value: u64) -> u64 {
        let _ = n;
        value
    }
    let fill = async || {
        local(1).await;
        shared(1).await;
    };
    let kept = async || (local::peek(&1).await, shared::peek(&1).await);
    fill().await;
    scope(Caches::new(), async {
        fill().await;
        save().await;
        assert_eq!(kept().await, (None, None));
        put(1, 9).await;
        assert_eq!(kept().await, (None, Some(9)));
        fill().await;
        scope(Caches::new(), save()).await;
        assert_eq!(kept().await, (Some(1), Some(9)));
    })
    .await;
    assert_eq!(kept().await, (Some(1), Some(1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_is_outside_unless_the_scope_is_carried_into_it() {
    installed();
    #[cached]
    async fn value(n: u64) -> u64 {
        tokio::task::yield_now().await;
        run() + n
    }
    let outside = value(1).await;
    scope(Caches::new(), async {
        let inside = value(1).await;
        assert_ne!(inside, outside);
        assert_eq!(within(tokio::spawn(value(1))).await.unwrap(), outside);
        assert_eq!(
            within(tokio::spawn(in_scope(value(1)))).await.unwrap(),
            inside
        );
        let both = tokio::join!(value(1), scope(Caches::new(), value(1)), value(1));
        assert_eq!((both.0, both.2), (inside, inside));
        assert_ne!(both.1, inside);
    })
    .await;
    assert_eq!(
        within(tokio::spawn(in_scope(value(1)))).await.unwrap(),
        outside
    );
}

#[tokio::test]
async fn loads_of_one_key_in_two_scopes_do_not_wait_for_each_other() {
    installed();
    static MEET: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(3));
    #[cached(key = "scopes:meet:{n}")]
    async fn meets(n: u64) -> u64 {
        MEET.wait().await;
        n
    }
    let one = scope(Caches::new(), meets(1));
    let other = scope(Caches::new(), meets(1));
    let all = within(Box::pin(async { tokio::join!(meets(1), one, other) })).await;
    assert_eq!(all, (1, 1, 1));
}

#[tokio::test]
async fn nothing_is_kept_in_a_scope_whose_caches_are_off() {
    installed();
    #[cached]
    async fn value(n: u64) -> u64 {
        run() + n
    }
    let outside = value(1).await;
    scope(Caches::off(), async {
        let first = value(1).await;
        assert_ne!(first, value(1).await);
        assert_ne!(first, outside);
    })
    .await;
    assert_eq!(value(1).await, outside);
}

/// A future is dropped in its scope.
#[tokio::test]
async fn what_a_dropped_future_drops_sees_the_scope() {
    installed();
    struct Clears;
    impl Drop for Clears {
        fn drop(&mut self) {
            value::clear();
        }
    }
    #[cached]
    fn value(n: u64) -> u64 {
        run() + n
    }
    let outside = value(1);
    {
        let mut hangs = Box::pin(scope(Caches::new(), async {
            let _clears = Clears;
            value(1);
            std::future::pending::<()>().await;
        }));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(hangs.as_mut().poll(&mut context).is_pending());
    }
    assert_eq!(value(1), outside);
}

/// A cache that is installed and also given to a scope is the same cache in both.
#[tokio::test]
async fn a_cache_reaches_what_functions_keep_for_themselves_wherever_it_was_given_to() {
    installed();
    #[cached(tags("scopes:given"))]
    async fn value(n: u64) -> u64 {
        run() + n
    }
    let installed = cache();
    let given = || Caches::new().with("default", installed.clone());
    let outside = value(1).await;
    scope(given(), async {
        let inside = value(1).await;
        tokio::spawn(async { cache().invalidate_tag("scopes:given").await })
            .await
            .unwrap()
            .unwrap();
        assert_ne!(value(1).await, inside);
        let again = value(1).await;
        installed.expire_tag("scopes:given").await.unwrap();
        assert_ne!(value(1).await, again);
        cache().invalidate_tag("scopes:given").await.unwrap();
    })
    .await;
    assert_eq!(value::peek(&1).await, None);
    assert_ne!(value(1).await, outside);
}
