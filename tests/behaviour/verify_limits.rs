//! What verification leaves out, and what it leaves alone.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use cache_core::testing::{scope_blocking, verify_blocking};
use cache_core::{Caches, cached, invalidates};

use crate::verify::found;

#[test]
fn a_future_is_sent_whose_argument_is_not_shared() {
    #[derive(Clone)]
    struct Unshared(Cell<u8>);
    #[cached(skip(opaque))]
    async fn takes(n: u64, opaque: Unshared) -> u64 {
        n + u64::from(opaque.0.get())
    }
    fn is_sent<F: Send>(_: F) {}
    is_sent(takes(1, Unshared(Cell::new(1))));
}

#[test]
fn what_a_run_that_verifies_finds_is_no_part_of_the_value_around_it() {
    static READS_MORE: AtomicU64 = AtomicU64::new(0);
    #[cached(key = "verify:deep:{n}", tags("verify:deep"))]
    fn deep(n: u64) -> u64 {
        n
    }
    #[cached(key = "verify:inner:{n}")]
    fn inner(n: u64) -> u64 {
        if READS_MORE.load(SeqCst) == 1 {
            deep(n);
        }
        n
    }
    #[cached(key = "verify:outer:{n}")]
    fn outer(n: u64) -> u64 {
        inner(n)
    }
    scope_blocking(Caches::new(), || {
        (deep(1), inner(1));
        READS_MORE.store(1, SeqCst);
        assert_eq!(verify_blocking(|| outer(1)), 1);
        assert_eq!(inner::stats().verified, 1);
        let cache = cache_core::cache();
        cache.blocking().invalidate_tag("verify:deep").unwrap();
        assert_eq!((deep::peek(&1), outer::peek(&1)), (None, Some(1)));
    });
}

#[test]
fn what_nobody_can_compare_does_not_run_again() {
    #[derive(Clone)]
    struct Opaque;
    static RUNS: AtomicU64 = AtomicU64::new(0);
    #[cached(local)]
    fn opaque(n: u64) -> Opaque {
        RUNS.fetch_add(n, SeqCst);
        Opaque
    }
    let report = found(|| {
        let _ = (opaque(1), opaque(1));
    });
    assert_eq!((report, RUNS.load(SeqCst)), (None, 1));
    assert_eq!(opaque::stats().impure, 0);
}

#[test]
fn what_a_change_reads_itself_is_not_verified() {
    static TITLE: AtomicU64 = AtomicU64::new(1);
    #[cached(key = "verify:own:{id}", tags("verify:own"))]
    fn title(id: u64) -> u64 {
        id + TITLE.load(SeqCst)
    }
    #[invalidates(tags("verify:own"))]
    fn rename() -> Result<u64, String> {
        TITLE.store(5, SeqCst);
        Ok(title(1))
    }
    title(1);
    let report = found(|| assert_eq!((rename(), title(1)), (Ok(2), 6)));
    assert_eq!((report, title::stats().verified), (None, 0));

    let mut batch = cache_core::batch();
    let report = found(|| assert_eq!(title(1), 6));
    assert_eq!(
        (report, title::stats().verified),
        (None, 1),
        "without a name it is no change"
    );
    batch.tag("verify:own");
    let report = found(|| assert_eq!(title(1), 6));
    assert_eq!((report, title::stats().verified), (None, 1));
}
