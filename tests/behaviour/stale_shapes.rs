//! Rules about stale values on functions of every shape, each of which is refreshed behind its calls.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{CacheKey, TimedOut, cached, drain};

const SOON: Duration = Duration::from_secs(20);
const MINUTE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, PartialEq)]
struct Failed;

impl From<TimedOut> for Failed {
    fn from(_: TimedOut) -> Self {
        Self
    }
}

static CALLS: AtomicU64 = AtomicU64::new(0);

fn call() -> u64 {
    CALLS.fetch_add(1, SeqCst)
}

/// Calls three times: for a value, for that value past its life, and for the one that was loaded behind the second call.
macro_rules! refreshes {
    ($clock:ident, $call:expr) => {{
        let first = $call;
        $clock.advance(11 * MINUTE);
        assert_eq!($call, first, "stale");
        assert!(drain(SOON).await);
        let third = $call;
        assert_ne!(third, first, "loaded anew");
        assert_eq!($call, third, "once");
    }};
}

#[derive(Clone)]
struct Service {
    factor: u64,
    name: Arc<str>,
}

impl Service {
    #[cached(ttl = "10m", stale_while_revalidate = "1h", key = "{self.factor}:{n}")]
    fn method(&self, n: u64) -> u64 {
        self.factor * n + call()
    }

    #[cached(
        ttl = "10m",
        stale_while_revalidate = "1h",
        hard_timeout = "1m",
        key = "{self.name}:{text}"
    )]
    async fn method_async(&self, text: &str) -> Result<String, Failed> {
        Ok(format!("{}{text}{}", self.name, call()))
    }

    #[cached(associated, ttl = "10m", stale_while_revalidate = "1h")]
    fn of_none(n: u64) -> u64 {
        n + call()
    }
}

#[cached(ttl = "10m", stale_while_revalidate = "1h")]
impl Service {
    #[cached]
    fn in_block(n: u64) -> u64 {
        n + call()
    }

    #[cached(soft_timeout = "1m", stale_if_error = "2h")]
    async fn in_block_async(text: &str, many: &[u64]) -> Result<String, Failed> {
        Ok(format!("{text}{many:?}{}", call()))
    }
}

#[cached(ttl = "10m", stale_while_revalidate = "1h")]
fn generic<T>(n: T) -> String
where
    T: CacheKey + Clone + Send + Sync + std::fmt::Debug + 'static,
{
    format!("{n:?}{}", call())
}

#[cached(ttl = "10m", refresh_ahead = 0.1, hard_timeout = "1m", fallback = (7, 0))]
fn patterns((n, _): (u64, u64), [a, b]: [u64; 2], ref c: u64) -> Result<(u64, u64), Failed> {
    Ok((n + a + b + c, call()))
}

#[cached(ttl = "10m", stale_while_revalidate = "1h")]
async fn implied(text: impl AsRef<str> + CacheKey + Clone + Send + Sync + 'static) -> String {
    format!("{}{}", text.as_ref(), call())
}

#[cached(
    ttl = "10m",
    stale_while_revalidate = "1h",
    condition = n > 0,
    unless = |value: &u64| *value == u64::MAX,
    version = 2,
    jitter = 0.01,
    capacity = 10,
    tags("shapes:{n}")
)]
fn ruled(mut n: u64) -> u64 {
    n += call();
    n
}

#[cached(ttl = "10m", stale_while_revalidate = "1h", cache_err = "10m")]
fn errs(n: u64) -> Result<u64, u64> {
    Err(n + call())
}

#[cached(ttl = "10m", stale_while_revalidate = "1h")]
fn borrows<'a>(
    text: &'a str,
    path: &std::path::Path,
    cow: Cow<'static, str>,
    many: &'a Vec<u64>,
) -> String {
    let cow = cow.into_owned();
    format!("{text}{}{cow}{many:?}{}", path.display(), call())
}

macro_rules! written_by_a_macro {
    ($name:ident, $argument:ident: $type:ty, $($rules:tt)*) => {
        #[cached(ttl = "10m", $($rules)*)]
        fn $name($argument: $type, other: &u64) -> Result<(String, u64), Failed> {
            Ok(($argument.to_string(), call() + other))
        }
    };
}

written_by_a_macro!(by_macro, text: &str, stale_while_revalidate = "1h", hard_timeout = "1m");
written_by_a_macro!(by_macro_soft, n: u64, stale_while_revalidate = "1h", soft_timeout = "1m", fallback = (n.to_string(), 7));

#[tokio::test]
async fn a_function_of_any_shape_is_loaded_anew_behind_its_call() {
    let clock = Clock::freeze();
    let service = Service {
        factor: 2,
        name: "service".into(),
    };
    refreshes!(clock, service.method(3));
    refreshes!(clock, service.method_async("a").await);
    refreshes!(clock, Service::of_none(1));
    refreshes!(clock, Service::in_block(1));
    refreshes!(clock, Service::in_block_async("a", &[1, 2]).await);
    refreshes!(clock, generic("a"));
    refreshes!(clock, generic(7_u8));
    refreshes!(clock, implied("a").await);
    refreshes!(clock, ruled(1));
    refreshes!(clock, errs(1));
    refreshes!(clock, borrows("a", "b".as_ref(), "c".into(), &vec![1]));
    refreshes!(clock, by_macro("a", &0));
    refreshes!(clock, by_macro_soft(3, &0));
    assert_ne!(ruled(0), ruled(0), "its condition does not hold");
    let first = patterns((1, 2), [3, 4], 5);
    clock.advance(2 * MINUTE);
    assert_eq!(patterns((1, 2), [3, 4], 5), first);
    assert!(drain(SOON).await);
    assert_ne!(patterns((1, 2), [3, 4], 5), first);
}
