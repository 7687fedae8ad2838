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

/// A connection that knows its database, and that calls write to.
struct Connection {
    db: &'static str,
    queries: usize,
}

impl Connection {
    fn new(db: &'static str) -> Self {
        Self { db, queries: 0 }
    }

    #[cached(key = "skip:tables:{self.db}", skip(self), local)]
    fn tables(&mut self) -> usize {
        self.queries += 1;
        self.db.len()
    }

    #[cached(key = "skip:rows:{self.db}:{n}", skip(self))]
    async fn rows(&mut self, n: usize) -> usize {
        self.queries += 1;
        self.db.len() + n
    }
}

#[tokio::test]
async fn what_a_call_writes_to_is_set_aside_beside_the_part_that_is_the_key() {
    installed();
    #[cached(key = "skip:count:{conn.db}:{n}", skip(conn))]
    fn count(conn: &mut Connection, n: usize) -> usize {
        conn.queries += 1;
        conn.db.len() + n
    }
    let (mut one, mut other) = (Connection::new("one"), Connection::new("other"));
    assert_eq!((count(&mut one, 1), count(&mut one, 1)), (4, 4));
    assert_eq!(count(&mut other, 1), 6, "another database");
    assert_eq!((one.queries, other.queries), (1, 1), "a hit writes nothing");
    assert_eq!(count::peek(&one, &1), Some(4), "to look takes no `&mut`");
    assert_eq!(count::refresh(&mut one, 1), 4);
    assert_eq!(one.queries, 2);

    let (mut one, mut other) = (Connection::new("one"), Connection::new("other"));
    assert_eq!((one.tables(), one.tables(), other.tables()), (3, 3, 5));
    assert_eq!((one.rows(1).await, one.rows(1).await), (4, 4));
    assert_eq!(other.rows(1).await, 6);
    assert_eq!((one.queries, other.queries), (2, 2));
}
