//! `skip`: arguments that do not change the answer.

use cache_core::cached;

use crate::support::{Runs, installed};

static RUNS: Runs = Runs::new();

struct Db(u64);

#[cached(skip(db, trace))]
fn both_skipped(db: &Db, n: u64, trace: &mut Vec<u64>) -> u64 {
    RUNS.run();
    trace.push(n);
    db.0 + n
}

#[test]
fn it_is_not_in_the_key_and_is_there_when_the_body_runs() {
    installed();
    let mut trace = vec![];
    assert_eq!(both_skipped(&Db(10), 1, &mut trace), 11);
    assert_eq!(both_skipped(&Db(20), 1, &mut trace), 11);
    assert_eq!(both_skipped(&Db(20), 2, &mut trace), 22);
    assert_eq!((trace, RUNS.count()), (vec![1, 2], 2));
    assert_eq!(
        both_skipped::peek(&1),
        Some(11),
        "the handle does not ask for it"
    );
}

#[tokio::test]
async fn it_need_not_be_a_key_nor_clone_nor_live_long() {
    installed();
    struct Opaque<'a>(std::cell::Cell<&'a str>);
    #[cached(skip(opaque))]
    async fn looked_at(opaque: &Opaque<'_>, n: usize) -> usize {
        opaque.0.get().len() + n
    }
    let text = String::from("four");
    let opaque = Opaque(std::cell::Cell::new(&text));
    assert_eq!(looked_at(&opaque, 1).await, 5);
    opaque.0.set("");
    assert_eq!(
        (looked_at(&opaque, 1).await, looked_at(&opaque, 2).await),
        (5, 2)
    );
}
