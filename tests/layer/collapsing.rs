//! Concurrent requests for one response (RFC 9111, section 4): they wait for one load, and get nothing that is not for them.

use std::sync::Arc;
use std::time::Duration;

use cache_core::CachePageLayer;
use cache_core::testing::Clock;
use tokio::task::JoinHandle;

use crate::support::{
    AskedRequest, Gate, LayeredOrigin, OriginAnswer, ReadResponse, failure, fed, front, page,
    request, settle, until,
};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

/// A layer above an origin that holds each answer back until the gate lets it go.
fn gated(
    mut answer: impl FnMut(&AskedRequest) -> OriginAnswer + Send + 'static,
) -> (LayeredOrigin, Arc<Gate>) {
    let gate = Arc::new(Gate::closed());
    let at_origin = gate.clone();
    let front = front(&CachePageLayer::shared(), move |asked| {
        answer(asked).behind(&at_origin)
    });
    (front, gate)
}

fn start_many(
    front: &LayeredOrigin,
    count: usize,
    fields: &[(&str, &str)],
) -> Vec<JoinHandle<ReadResponse>> {
    (0..count)
        .map(|_| front.start("GET", "/", fields))
        .collect()
}

/// One request of many goes to the origin.
#[tokio::test]
async fn concurrent_requests_are_one_for_the_origin() {
    let (front, gate) = gated(move |_| page("page", &[FRESH]));
    let all = start_many(&front, 20, &[]);
    settle().await;
    assert_eq!(front.count(), 1);
    gate.let_go(1);
    for response in all {
        assert_eq!(response.await.unwrap().body, "page");
    }
    assert_eq!(front.count(), 1);
}

/// What is for nobody else runs for all at once: nobody queues.
#[tokio::test]
async fn requests_for_what_is_not_stored_do_not_run_one_after_another() {
    for value in ["private", "no-store", "max-age=0"] {
        let (front, gate) = gated(move |_| page("own", &[("cache-control", value)]));
        let all = start_many(&front, 20, &[]);
        settle().await;
        gate.let_go(1);
        until(|| front.count() == 20).await;
        gate.let_go(19);
        for response in all {
            response.await.unwrap().assert_miss();
        }
    }
}

/// `no-cache` is validated for each request, and not for one after another.
#[tokio::test]
async fn requests_for_what_is_always_validated_do_not_run_one_after_another() {
    let (front, gate) =
        gated(move |_| page("own", &[("cache-control", "no-cache"), ("etag", "\"a\"")]));
    let all = start_many(&front, 20, &[]);
    settle().await;
    gate.let_go(1);
    until(|| front.count() == 20).await;
    gate.let_go(19);
    for response in all {
        assert_eq!(response.await.unwrap().body, "own");
    }
}

/// The response to credentials, to a cookie or to one who may see more is not given to those who have waited for it.
#[tokio::test]
async fn nobody_gets_the_response_of_a_leader_with_credentials() {
    for own in [("authorization", "Basic x"), ("cookie", "id=1")] {
        let (front, gate) = gated(move |asked| {
            let who = format!("{}{}", asked.field("authorization"), asked.field("cookie"));
            match who.is_empty() {
                true => page("anybody", &[FRESH]),
                false if asked.headers.contains_key("cookie") => {
                    page(who, &[("cache-control", "private, max-age=60")])
                }
                false => page(who, &[FRESH]),
            }
        });
        let leader = front.start("GET", "/", &[own]);
        settle().await;
        let others = start_many(&front, 5, &[]);
        settle().await;
        gate.let_go(10);
        assert_eq!(leader.await.unwrap().body, own.1);
        for other in others {
            assert_eq!(other.await.unwrap().body, "anybody");
        }
    }
}

#[tokio::test]
async fn who_waits_for_another_variant_gets_its_own() {
    let (front, gate) = gated(move |asked| page(asked.field("x-a"), &[FRESH, ("vary", "x-a")]));
    let one = start_many(&front, 5, &[("x-a", "1")]);
    let other = start_many(&front, 5, &[("x-a", "2")]);
    let absent = start_many(&front, 5, &[]);
    settle().await;
    assert_eq!(front.count(), 1);
    gate.let_go(100);
    for (all, body) in [(one, "1"), (other, "2"), (absent, "")] {
        for response in all {
            assert_eq!(response.await.unwrap().body, body);
        }
    }
    assert_eq!(front.count(), 3);
}

/// A leader whose client goes away leaves the load to one who waits.
#[tokio::test]
async fn a_leader_that_goes_away_is_followed_by_another() {
    let (front, gate) = gated(move |_| page("page", &[FRESH]));
    let leader = front.start("GET", "/", &[]);
    settle().await;
    let others = start_many(&front, 5, &[]);
    settle().await;
    leader.abort();
    settle().await;
    assert_eq!(front.count(), 2);
    gate.let_go(1);
    for other in others {
        assert_eq!(other.await.unwrap().body, "page");
    }
    assert_eq!(front.count(), 2);
}

#[tokio::test]
async fn who_goes_away_while_waiting_holds_up_nobody() {
    let (front, gate) = gated(move |_| page("page", &[FRESH]));
    let all = start_many(&front, 10, &[]);
    settle().await;
    for gone in &all[1..5] {
        gone.abort();
    }
    gate.let_go(1);
    for response in all {
        if let Ok(response) = response.await {
            assert_eq!(response.body, "page");
        }
    }
    assert_eq!(front.count(), 1);
}

/// A failure is not stored, and a storm of failures is no queue.
#[tokio::test]
async fn a_leader_that_fails_leaves_the_others_to_try() {
    let (front, gate) = gated(move |_| failure());
    let all: Vec<_> = (0..20)
        .map(|_| {
            let front = front.clone();
            tokio::spawn(async move { front.send(request("GET", "/", &[])).await.is_err() })
        })
        .collect();
    settle().await;
    let mut turns = 0;
    while front.count() < 20 {
        turns += 1;
        gate.let_go(1);
        settle().await;
    }
    assert!(turns <= 4, "{turns} waited for one another");
    gate.let_go(20);
    for failed in all {
        assert!(failed.await.unwrap());
    }
}

/// A reader of a body that breaks off has what there was; who waited asks again.
#[tokio::test]
async fn who_waits_for_a_body_that_breaks_off_gets_a_whole_one() {
    let (answer, feeder) = fed(&[FRESH]);
    let mut answers = vec![page("whole", &[FRESH]), answer];
    let front = front(&CachePageLayer::shared(), move |_| {
        answers.pop().unwrap_or_else(|| page("whole", &[FRESH]))
    });
    let first = front.start("GET", "/", &[]);
    settle().await;
    let others = start_many(&front, 5, &[]);
    feeder.data("half");
    settle().await;
    feeder.error();
    let first = first.await.unwrap();
    assert_eq!((first.body.as_str(), first.is_whole), ("half", false));
    for other in others {
        let other = other.await.unwrap();
        assert_eq!((other.body.as_str(), other.is_whole), ("whole", true));
    }
}

#[tokio::test]
async fn each_who_waits_is_answered_by_its_own_conditions() {
    let (front, gate) = gated(move |_| page("0123456789", &[FRESH, ("etag", "\"a\"")]));
    let known = front.start("GET", "/", &[("if-none-match", "\"a\"")]);
    settle().await;
    let whole = front.start("GET", "/", &[]);
    let other = front.start("GET", "/", &[("if-none-match", "\"b\"")]);
    settle().await;
    gate.let_go(9);
    assert_eq!(known.await.unwrap().status, 304);
    for response in [whole, other] {
        let response = response.await.unwrap();
        assert_eq!(
            (response.status, response.body.as_str()),
            (200, "0123456789")
        );
    }
    assert_eq!(front.count(), 1);
}

/// One refresh runs behind all whom a stale response serves, with the variant of its own client.
#[tokio::test]
async fn one_refresh_runs_behind_many_clients_and_is_no_other_variant() {
    let clock = Clock::freeze();
    let mut run = 0;
    let front = front(&CachePageLayer::shared(), move |asked| {
        run += 1;
        let fields = [
            ("cache-control", "max-age=60, stale-while-revalidate=60"),
            ("vary", "x-a"),
        ];
        page(format!("{} {run}", asked.field("x-a")), &fields)
    });
    front.get("/", &[("x-a", "1")]).await;
    front.get("/", &[("x-a", "2")]).await;
    clock.advance(Duration::from_secs(70));
    for response in start_many(&front, 10, &[("x-a", "1"), ("cookie", "mine")]) {
        assert_eq!(response.await.unwrap().body, "1 1");
    }
    settle().await;
    assert_eq!(front.count(), 3);
    assert_eq!(
        front.get("/", &[("x-a", "1")]).await.assert_hit().body,
        "1 3"
    );
    assert_eq!(front.get("/", &[("x-a", "2")]).await.body, "2 2");
}

/// A refresh whose client has credentials is for nobody else.
#[tokio::test]
async fn a_refresh_with_credentials_is_not_given_to_others() {
    let clock = Clock::freeze();
    let front = front(&CachePageLayer::shared(), move |asked| {
        let who = asked.field("authorization").to_owned();
        page(
            if who.is_empty() {
                "anybody".to_owned()
            } else {
                who
            },
            &[("cache-control", "max-age=60, stale-while-revalidate=60")],
        )
    });
    front.get("/", &[]).await;
    clock.advance(Duration::from_secs(70));
    let own = front.get("/", &[("authorization", "Basic x")]).await;
    assert_eq!(own.body, "anybody");
    settle().await;
    for _ in 0..3 {
        assert_eq!(front.get("/", &[]).await.body, "anybody");
    }
}
