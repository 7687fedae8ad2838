//! Batches: what they collect is invalidated once the transaction is committed, and not before.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use cache_core::{
    Change, Commit, Invalidates, Invalidation, batch, cache, cached, caches, changed, on_change,
    subscriber_panics,
};

use crate::support::{Gate, installed, until, within};

#[tokio::test]
async fn a_commit_reaches_tags_keys_and_namespaces_and_a_rollback_nothing() {
    installed();
    #[cached(tags("batch:tag"))]
    fn tagged(n: u64) -> u64 {
        n
    }
    #[cached(key = "batch:key:{n}")]
    fn keyed(n: u64) -> u64 {
        n
    }
    #[cached(key = "batch:named:{n}", namespace = "batch:namespace")]
    fn named(n: u64) -> u64 {
        n
    }
    let kept = || (tagged::peek(&1), keyed::peek(&1), named::peek(&1));
    let all = (Some(1), Some(1), Some(1));
    for is_committed in [false, true] {
        let _ = (tagged(1), keyed(1), named(1));
        let mut batch = cache().batch();
        batch
            .tag("batch:tag")
            .key("batch:key:1")
            .namespace("batch:namespace");
        assert_eq!(batch.stale().tags().len(), 2);
        assert_eq!(batch.stale().keys().len(), 1);
        assert_eq!(kept(), all, "before the commit");
        if is_committed {
            batch.commit().await.unwrap();
            assert_eq!(kept(), (None, None, None));
        } else {
            drop(batch);
            assert_eq!(kept(), all, "after a rollback");
        }
    }
}

#[tokio::test]
async fn a_batch_of_all_caches_reaches_each() {
    installed();
    #[cached(key = "batch:default:{n}", tags("batch:all"))]
    fn one(n: u64) -> u64 {
        n
    }
    #[cached(key = "batch:brief:{n}", cache = "brief", tags("batch:all"))]
    fn other(n: u64) -> u64 {
        n
    }
    let _clock = cache_core::testing::Clock::freeze();
    let _ = (one(1), other(1));
    let mut of_one = caches().get("brief").unwrap().batch();
    of_one.key("batch:default:1");
    of_one.commit().await.unwrap();
    assert_eq!((one::peek(&1), other::peek(&1)), (Some(1), Some(1)));
    let mut of_all = batch();
    of_all.tag("batch:all");
    of_all.commit().await.unwrap();
    assert_eq!((one::peek(&1), other::peek(&1)), (None, None));
}

/// A transaction that is committed before the call returns.
struct Transaction {
    is_committed: &'static AtomicBool,
    answers: &'static Gate,
    fails: bool,
}

impl Commit for Transaction {
    type Error = io::Error;

    async fn commit(self) -> Result<(), io::Error> {
        self.is_committed.store(true, SeqCst);
        self.answers.pass().await;
        if self.fails {
            Err(io::Error::other("the connection is lost"))
        } else {
            Ok(())
        }
    }
}

#[tokio::test]
async fn what_a_transaction_has_changed_is_stale_whatever_becomes_of_its_answer() {
    installed();
    static IS_COMMITTED: AtomicBool = AtomicBool::new(false);
    static ANSWERS: Gate = Gate::closed();
    #[cached(tags("batch:transaction"))]
    fn number(n: u64) -> u64 {
        n
    }
    let committing = |fails| {
        number(1);
        IS_COMMITTED.store(false, SeqCst);
        let mut batch = cache().batch();
        batch.tag("batch:transaction");
        tokio::spawn(batch.commit_with(Transaction {
            is_committed: &IS_COMMITTED,
            answers: &ANSWERS,
            fails,
        }))
    };
    for fails in [false, true] {
        let commit = committing(fails);
        until(|| IS_COMMITTED.load(SeqCst)).await;
        assert_eq!(number::peek(&1), Some(1), "while the database commits");
        ANSWERS.let_go(1);
        let outcome = within(commit).await.unwrap();
        let error = outcome.err();
        assert_eq!(error.is_some(), fails);
        if let Some(error) = error {
            assert!(error.is_commit() && !error.is_store(), "{error:?}");
            let source = error.get_ref().expect("the error of the database");
            assert_eq!(source.to_string(), "the connection is lost");
        }
        assert_eq!(number::peek(&1), None, "fails: {fails}");
    }
    let dropped = committing(false);
    until(|| IS_COMMITTED.load(SeqCst)).await;
    dropped.abort();
    assert!(within(dropped).await.unwrap_err().is_cancelled());
    assert_eq!(number::peek(&1), None, "dropped while the database commits");
}

#[derive(Clone)]
struct Post {
    id: u64,
}

impl Invalidates for Post {
    fn stale(&self, change: Change, out: &mut Invalidation) {
        out.tag(format!("batch:post:{}", self.id));
        if change.created() {
            out.key("batch:newest:0");
        }
    }
}

#[cached(tags("batch:post:{id}"))]
fn post(id: u64) -> u64 {
    id
}

#[cached(key = "batch:newest:{shelf}", cache = "brief")]
fn newest(shelf: u64) -> u64 {
    shelf
}

#[tokio::test]
async fn changes_are_told_after_what_they_made_stale_is_gone() {
    installed();
    type Told = (u64, Change, Option<u64>, Option<u64>);
    static TOLD: Mutex<Vec<Told>> = Mutex::new(Vec::new());
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let panics = on_change::<Post>(|_, _| {
        CALLS.fetch_add(1, SeqCst);
        panic!("a receiver that always panics");
    });
    let tells = on_change::<Post>(|changed, change| {
        let kept = (post::peek(&changed.id), newest::peek(&0));
        let told = (changed.id, change.clone(), kept.0, kept.1);
        TOLD.lock().unwrap().push(told);
    });
    let told = || std::mem::take(&mut *TOLD.lock().unwrap());
    let counted = subscriber_panics();
    let fill = || (post(1), newest(0));

    fill();
    changed(&Post { id: 1 }, Change::Saved).await.unwrap();
    assert_eq!(told(), [(1, Change::Saved, None, Some(0))]);
    fill();
    changed(&Post { id: 1 }, Change::Created).await.unwrap();
    assert_eq!(told(), [(1, Change::Created, None, None)]);

    for is_committed in [false, true] {
        fill();
        let mut batch = batch();
        batch
            .changed(&Post { id: 1 }, Change::Created)
            .changed(&Post { id: 2 }, Change::Deleted);
        assert_eq!(told(), [], "nothing is told before the commit");
        if is_committed {
            batch.commit().await.unwrap();
        }
    }
    let both = [
        (1, Change::Created, None, None),
        (2, Change::Deleted, None, None),
    ];
    assert_eq!(told(), both, "once each, by the batch that was committed");
    assert_eq!(CALLS.load(SeqCst), 4, "one that panics is called again");
    assert!(subscriber_panics() >= counted + 4);

    panics.stop();
    tells.stop();
    changed(&Post { id: 1 }, Change::Saved).await.unwrap();
    assert_eq!((told(), CALLS.load(SeqCst)), (Vec::new(), 4));
}

#[tokio::test]
async fn nobody_is_told_of_the_changes_of_a_transaction_that_failed() {
    installed();
    #[derive(Clone)]
    struct Row;
    impl Invalidates for Row {
        fn stale(&self, _: Change, out: &mut Invalidation) {
            out.tag("batch:row");
        }
    }
    static IS_COMMITTED: AtomicBool = AtomicBool::new(false);
    static ANSWERS: Gate = Gate::closed();
    static TOLD: AtomicUsize = AtomicUsize::new(0);
    #[cached(tags("batch:row"))]
    fn number(n: u64) -> u64 {
        n
    }
    let tells = on_change::<Row>(|_, _| {
        TOLD.fetch_add(1, SeqCst);
    });
    for fails in [true, false] {
        number(1);
        let mut batch = cache().batch();
        batch.changed(&Row, Change::Saved);
        ANSWERS.let_go(1);
        let transaction = Transaction {
            is_committed: &IS_COMMITTED,
            answers: &ANSWERS,
            fails,
        };
        let outcome = within(batch.commit_with(transaction)).await;
        assert_eq!(outcome.is_err(), fails);
        assert_eq!(number::peek(&1), None, "it may have been committed");
        assert_eq!(TOLD.load(SeqCst), usize::from(!fails));
    }
    tells.stop();
}

#[test]
fn a_changed_relation_names_the_other_side() {
    let change = Change::related("tags", [3, 7]);
    assert_eq!(change.relation("tags"), ["3", "7"]);
    assert!(change.relation("authors").is_empty());
    assert!(Change::Saved.relation("tags").is_empty());
}
