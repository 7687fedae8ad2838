//! The attribute on a whole `impl` block, inherent or of a trait.

use cache_core::cached;
use cache_core::testing::Clock;
use std::marker::PhantomData;

use crate::support::{Runs, installed};

static RUNS: Runs = Runs::new();

trait Unit: 'static {
    const FACTOR: u64;
}
struct Metre;
struct Mile;
impl Unit for Metre {
    const FACTOR: u64 = 1;
}
impl Unit for Mile {
    const FACTOR: u64 = 1_609;
}

struct Length<U>(PhantomData<U>);

#[cached(ttl = "1h")]
impl<U: Unit> Length<U> {
    #[cached]
    fn in_metres(n: u64) -> u64 {
        RUNS.run();
        n * U::FACTOR
    }

    #[cached]
    fn factor() -> u64 {
        U::FACTOR
    }

    fn untouched(n: u64) -> u64 {
        Self::in_metres(n) + Self::in_metres(n)
    }
}

#[test]
fn functions_without_self_see_their_type() {
    installed();
    let _clock = Clock::freeze();
    for _ in 0..2 {
        assert_eq!(
            (Length::<Metre>::in_metres(2), Length::<Mile>::in_metres(2)),
            (2, 3_218)
        );
        assert_eq!(
            (Length::<Metre>::factor(), Length::<Mile>::factor()),
            (1, 1_609)
        );
    }
    assert_eq!(RUNS.count(), 2);
    assert_eq!(Length::<Metre>::untouched(5), 10);
    assert_eq!(RUNS.count(), 3);
    assert_eq!(Length::<Mile>::in_metres_peek(&5), None);
}

trait Source {
    fn name(&self, n: u64) -> String;
    fn fetch(&self, n: u64) -> impl Future<Output = Result<u64, String>> + Send;
    fn kind() -> &'static str;
}

struct First(u64);
struct Second(u64);

#[cached]
impl Source for First {
    #[cached(skip(self))]
    fn name(&self, n: u64) -> String {
        format!("first {} {n}", self.0)
    }

    #[cached(key = "{self.0}:{n}", local)]
    async fn fetch(&self, n: u64) -> Result<u64, String> {
        tokio::task::yield_now().await;
        if n == 0 {
            Err(self.0.to_string())
        } else {
            Ok(self.0 * n)
        }
    }

    #[cached]
    fn kind() -> &'static str {
        "first"
    }
}

#[cached]
impl Source for Second {
    #[cached(skip(self))]
    fn name(&self, n: u64) -> String {
        format!("second {} {n}", self.0)
    }

    async fn fetch(&self, n: u64) -> Result<u64, String> {
        Ok(n)
    }

    #[cached]
    fn kind() -> &'static str {
        "second"
    }
}

#[tokio::test]
async fn implementations_of_one_trait_never_share() {
    installed();
    for _ in 0..2 {
        assert_eq!(
            (First(1).name(1), Second(1).name(1)),
            ("first 1 1".into(), "second 1 1".into())
        );
        assert_eq!((First::kind(), Second::kind()), ("first", "second"));
        assert_eq!(
            (First(2).fetch(3).await, First(3).fetch(3).await),
            (Ok(6), Ok(9))
        );
    }
    assert_eq!(First(9).name(1), "first 1 1", "`self` is skipped");
    assert_eq!(Second(9).fetch(3).await, Ok(3));
}
