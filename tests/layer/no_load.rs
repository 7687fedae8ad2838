//! Requests that begin no load.

use crate::stores::two;
use crate::support::{ScriptedOrigin, page};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

/// `HEAD`, ranges and `only-if-cached` begin no load, and are answered all the same from what another process has stored.
#[tokio::test]
async fn what_begins_no_load_is_answered_from_the_store() {
    for copies in [0, 100] {
        for vary in ["", "accept"] {
            let origin = counting_with(vary);
            let [one, other] = two(copies, &origin);
            one.get("/", &[("accept", "a")]).await.assert_miss();
            let accept = ("accept", "a");
            let head = other.ask("HEAD", "/", &[accept]).await;
            head.assert_hit();
            let part = other.get("/", &[accept, ("range", "bytes=0-2")]).await;
            assert_eq!((part.assert_hit().status, part.body.as_str()), (206, "run"));
            let cached = [accept, ("cache-control", "only-if-cached")];
            other.get("/", &cached).await.assert_hit();
            let elsewhere = [("accept", "b"), ("cache-control", "only-if-cached")];
            let status = other.get("/none", &elsewhere).await.status;
            assert_eq!((status, origin.count()), (504, 1));
        }
    }
}

fn counting_with(vary: &'static str) -> ScriptedOrigin {
    let mut run = 0;
    ScriptedOrigin::new(move |_| {
        run += 1;
        page(format!("run {run}"), &[FRESH, ("vary", vary)])
    })
}

#[tokio::test]
async fn a_head_and_a_part_of_what_the_store_has_are_no_other_response() {
    for copies in [0, 100] {
        let origin =
            ScriptedOrigin::new(
                |asked| match (asked.method.as_str(), asked.field("range")) {
                    ("HEAD", _) => page("", &[FRESH, ("content-length", "10")]),
                    (_, "") => page("0123456789", &[FRESH]),
                    _ => page("0123", &[FRESH, ("content-range", "bytes 0-3/10")]).status(206),
                },
            );
        let [one, other] = two(copies, &origin);
        for process in [&one, &other] {
            process.ask("HEAD", "/", &[]).await;
            let part = process.get("/", &[("range", "bytes=0-3")]).await;
            assert_eq!((part.status, part.body.as_str()), (206, "0123"));
            assert_eq!(process.get("/", &[]).await.body, "0123456789");
        }
    }
}
