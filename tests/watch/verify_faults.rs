//! Which differences are faults.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cache_core::testing::{Clock, scope_blocking, verify_blocking};
use cache_core::{Caches, cached, invalidates};

const GRACE: Duration = Duration::from_secs(2);

/// The text of the panic in which this ends, if it does.
fn found(work: impl FnOnce()) -> Option<String> {
    let work = std::panic::AssertUnwindSafe(|| verify_blocking(work));
    let panic = std::panic::catch_unwind(work).err()?;
    Some(panic.downcast_ref::<String>().unwrap().clone())
}

#[test]
fn a_value_that_is_old_because_a_part_of_it_may_be_is_aged() {
    static WEATHER: AtomicU64 = AtomicU64::new(20);
    #[cached(ttl = "1h", capacity = 1, local)]
    fn weather(_city: u64) -> u64 {
        WEATHER.load(SeqCst)
    }
    #[cached(key = "aged:page:{id}", tags("aged:pages"), ttl = "1h")]
    fn page(id: u64) -> u64 {
        weather(id) * 1000 + id
    }
    let clock = Clock::freeze();
    let report = found(|| {
        scope_blocking(Caches::new(), || {
            page(1); // of weather that is loaded
            weather(2);
            page(2); // of weather that is found
            clock.advance(Duration::from_mins(5));
            WEATHER.store(21, SeqCst);
            (100..300).for_each(|n| assert_eq!(weather(n), 21)); // in the places of 1 and 2
            page(1);
            page(2);
        });
    });
    assert_eq!((report, page::stats().aged_hits), (None, 2));
}

#[test]
fn a_part_that_is_invalidated_by_name_excuses_nothing() {
    static THEME: AtomicU64 = AtomicU64::new(1);
    #[cached(key = "excuse:title:{id}", tags("excuse"), ttl = "1h")]
    fn title(id: u64) -> u64 {
        id
    }
    #[cached(key = "excuse:page:{id}", tags("excuse:pages"), ttl = "1h")]
    fn page(id: u64) -> u64 {
        title(id) + THEME.load(SeqCst)
    }
    let clock = Clock::freeze();
    let report = found(|| {
        page(1);
        clock.advance(Duration::from_mins(5));
        THEME.store(2, SeqCst);
        page(1);
    });
    assert!(report.unwrap().contains("page"));
}

#[test]
fn a_forgotten_invalidation_of_a_key_is_a_fault() {
    static TITLE: AtomicU64 = AtomicU64::new(1);
    #[cached(key = "by-key:title:{id}", ttl = "1h")]
    fn title(id: u64) -> u64 {
        id + TITLE.load(SeqCst)
    }
    #[invalidates(keys("by-key:title:{id}"))]
    fn rename(id: u64) -> Result<u64, String> {
        TITLE.store(5, SeqCst);
        Ok(id)
    }
    let clock = Clock::freeze();
    let report = found(|| {
        title(1);
        rename(1).unwrap();
        title(1);
        clock.advance(Duration::from_mins(1));
        TITLE.store(9, SeqCst); // another way to rename, which forgets to invalidate
        title(1);
    });
    assert!(report.unwrap().contains("title"));
}

#[test]
fn an_error_that_is_kept_is_no_fault_when_its_cause_is_gone() {
    static DOWN: AtomicBool = AtomicBool::new(true);
    #[cached(ttl = "1h", cache_err = "30s")]
    fn find(n: u64) -> Result<u64, String> {
        if DOWN.load(SeqCst) {
            Err("down".into())
        } else {
            Ok(n)
        }
    }
    let report = found(|| {
        find(1).unwrap_err();
        DOWN.store(false, SeqCst);
        find(1).unwrap_err();
    });
    assert_eq!(report, None);
}

#[test]
fn an_outage_is_no_fault_of_a_function_that_keeps_errors() {
    static DOWN: AtomicBool = AtomicBool::new(false);
    #[cached(
        key = "outage:{n}",
        tags("outage"),
        ttl = "1h",
        cache_err = "30s",
        verify = 1.0
    )]
    fn find(n: u64) -> Result<u64, String> {
        if DOWN.load(SeqCst) {
            Err("down".into())
        } else {
            Ok(n)
        }
    }
    let clock = Clock::freeze();
    find(1).unwrap();
    DOWN.store(true, SeqCst);
    find(1).unwrap();
    clock.advance(GRACE);
    find(1).unwrap();
    let stats = find::stats();
    assert_eq!((stats.wrong_hits, stats.aged_hits), (0, 0));
}

#[test]
fn a_fault_within_a_load_is_not_covered_up_by_a_stale_value() {
    static RATE: AtomicU64 = AtomicU64::new(1);
    #[cached(key = "covered:inner:{n}")]
    fn inner(n: u64) -> u64 {
        n * RATE.load(SeqCst)
    }
    #[cached(key = "covered:outer:{n}", ttl = "10s", stale_if_error = "1h")]
    fn outer(n: u64) -> Result<u64, String> {
        Ok(inner(n))
    }
    let clock = Clock::freeze();
    let report = found(|| {
        scope_blocking(Caches::new(), || {
            outer(1).unwrap();
            clock.advance(Duration::from_secs(20));
            RATE.store(2, SeqCst);
            outer(1).unwrap();
        });
    });
    assert!(report.unwrap().contains("inner"));
}

/// The messages of all events.
#[derive(Clone, Default)]
struct Messages(Arc<Mutex<Vec<String>>>);

impl tracing::field::Visit for Messages {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0.lock().unwrap().push(format!("{value:?}"));
        }
    }
}

impl tracing::Subscriber for Messages {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::Id {
        tracing::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::Id, _: &tracing::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &tracing::Id) {}
    fn exit(&self, _: &tracing::Id) {}
}

#[test]
fn a_key_forges_no_line_of_a_log_and_is_cut_there() {
    static RATE: AtomicU64 = AtomicU64::new(1);
    #[cached(verify = 1.0)]
    fn price(name: &str) -> u64 {
        name.len() as u64 * RATE.load(SeqCst)
    }
    let messages = Messages::default();
    let _default = tracing::subscriber::set_default(messages.clone());
    let clock = Clock::freeze();
    let forged = "x`\n2026-01-01T00:00:00Z ERROR payments: card declined\u{1b}[2J";
    let long = "y".repeat(1 << 20);
    for name in [forged, &long] {
        price(name);
        RATE.fetch_add(1, SeqCst);
        price(name);
        clock.advance(GRACE);
        price(name);
    }
    let messages = messages.0.lock().unwrap();
    let is_report = |message: &&String| message.contains("stale or under-keyed");
    let reports: Vec<_> = messages.iter().filter(is_report).collect();
    assert_eq!(reports.len(), 2);
    assert!(!reports[0].contains("\n2026"), "{}", reports[0]);
    assert!(reports[1].len() < 1_000, "{}", reports[1].len());
}
