//! Changes while something is under way: loads, bodies, refreshes, and clients that go away.

use std::sync::Arc;
use std::time::Duration;

use cache_core::CachePageLayer;
use cache_core::testing::Clock;

use crate::support::{Gate, LayeredOrigin, failure, fed, front, page, request, settle, until};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

/// What was asked for before a change is not stored after it.
#[tokio::test]
async fn a_load_that_began_before_a_change_is_not_stored_after_it() {
    for vary in [false, true] {
        let gate = Arc::new(Gate::closed());
        let at_origin = gate.clone();
        let front = front(&CachePageLayer::shared(), move |asked| {
            let fields: Vec<_> = vary
                .then_some(("vary", "x-a"))
                .into_iter()
                .chain([FRESH])
                .collect();
            match asked.method.as_str() {
                "GET" => page("page", &fields).behind(&at_origin),
                _ => page("", &[]),
            }
        });
        if vary {
            gate.let_go(1);
            front.get("/", &[("x-a", "other")]).await;
        }
        let before = front.count();
        let load = front.start("GET", "/", &[("x-a", "1")]);
        until(|| front.count() == before + 1).await;
        front.ask("POST", "/", &[]).await;
        gate.let_go(9);
        assert_eq!(load.await.unwrap().body, "page");
        front.get("/", &[("x-a", "1")]).await.assert_miss();
        front.get("/", &[("x-a", "1")]).await.assert_hit();
    }
}

/// Nor is what streams while the change happens, whoever waits for it.
#[tokio::test]
async fn a_body_under_way_is_not_stored_after_a_change() {
    for vary in [&[FRESH][..], &[FRESH, ("vary", "x-a")]] {
        let (answer, feeder) = fed(vary);
        let mut first = Some(answer);
        let front = front(&CachePageLayer::shared(), move |asked| {
            match asked.method.as_str() {
                "GET" => first.take().unwrap_or_else(|| page("new", vary)),
                _ => page("", &[]),
            }
        });
        let load = front.start("GET", "/", &[]);
        feeder.data("o");
        until(|| front.count() == 1).await;
        let waiting = front.start("GET", "/", &[]);
        tokio::task::yield_now().await;
        front.ask("POST", "/", &[]).await;
        let later = front.start("GET", "/", &[]);
        tokio::task::yield_now().await;
        feeder.data("ld");
        drop(feeder);
        assert_eq!(load.await.unwrap().body, "old");
        assert_eq!(later.await.unwrap().body, "new");
        assert_eq!(waiting.await.unwrap().body, "new");
        assert_eq!(front.get("/", &[]).await.body, "new");
    }
}

/// A refresh that began before a change does not bring back what was before it.
#[tokio::test]
async fn a_refresh_that_began_before_a_change_is_not_stored_after_it() {
    let (clock, gate) = (Clock::freeze(), Arc::new(Gate::closed()));
    let at_origin = gate.clone();
    let mut gets = 0;
    let front = front(&CachePageLayer::shared(), move |asked| {
        let fields = [
            ("cache-control", "max-age=60, stale-while-revalidate=600"),
            ("etag", "\"a\""),
        ];
        match asked.method.as_str() {
            "GET" => {
                gets += 1;
                match gets {
                    1 => page("old", &fields),
                    2 => page("", &fields).status(304).behind(&at_origin),
                    _ => page("new", &fields),
                }
            }
            _ => page("", &[]),
        }
    });
    front.get("/", &[]).await;
    clock.advance(Duration::from_secs(70));
    assert_eq!(front.get("/", &[]).await.body, "old");
    until(|| front.count() == 2).await;
    front.ask("POST", "/", &[]).await;
    gate.let_go(1);
    assert_eq!(front.get("/", &[]).await.body, "new");
    settle().await;
    assert_eq!(front.get("/", &[]).await.assert_hit().body, "new");
}

/// What was asked of an origin is carried to its end when the client has gone, so that its answer says what has changed.
#[tokio::test]
async fn a_client_that_goes_away_leaves_nothing_stale() {
    for (status, is_changed) in [(200, true), (405, false)] {
        let gate = Arc::new(Gate::closed());
        let at_origin = gate.clone();
        let front = front(&CachePageLayer::shared(), move |asked| {
            match asked.method.as_str() {
                "GET" => page("page", &[FRESH]),
                _ => page("", &[]).status(status).behind(&at_origin),
            }
        });
        front.get("/", &[]).await;
        let change = front.start("POST", "/", &[]);
        until(|| front.count() == 2).await;
        change.abort();
        assert!(change.await.is_err());
        front.get("/", &[]).await.assert_hit();
        gate.let_go(1);
        settle().await;
        assert_eq!(front.get("/", &[]).await.is_hit(), !is_changed, "{status}");
    }
}

/// Nobody can make all others ask anew by a request that comes to nothing.
#[tokio::test]
async fn a_request_that_fails_makes_nothing_stale() {
    let front = front(&CachePageLayer::shared(), |asked| {
        match asked.method.as_str() {
            "GET" => page("page", &[FRESH]),
            _ => failure(),
        }
    });
    front.get("/", &[]).await;
    assert!(front.send(request("POST", "/", &[])).await.is_err());
    front.get("/", &[]).await.assert_hit();
}

/// A change is seen by all who ask after its answer has come.
#[tokio::test]
async fn many_changes_and_reads_never_show_what_was_before() {
    let version = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let own = version.clone();
    let front: LayeredOrigin = front(&CachePageLayer::shared(), move |asked| {
        use std::sync::atomic::Ordering::SeqCst;
        match asked.method.as_str() {
            "GET" => page(own.load(SeqCst).to_string(), &[FRESH, ("vary", "x-a")]),
            _ => page(own.fetch_add(1, SeqCst).to_string(), &[]),
        }
    });
    for round in 0..50_usize {
        let readers: Vec<_> = (0..4)
            .map(|at| front.start("GET", "/", &[("x-a", ["1", "2"][at % 2])]))
            .collect();
        front.ask("PUT", "/", &[]).await;
        for at in 0..2 {
            let now = front.get("/", &[("x-a", ["1", "2"][at])]).await;
            assert_eq!(now.body, (round + 1).to_string());
        }
        for reader in readers {
            reader.await.unwrap();
        }
    }
}
