//! The attribute on an `impl` block: functions without `self`, generic types, traits.

#![deny(warnings)]

use cache_core::cached;
use std::marker::PhantomData;

struct Numbers<T>(PhantomData<T>);

trait Named {
    const NAME: &'static str;
}
impl Named for u8 {
    const NAME: &'static str = "u8";
}
impl Named for u16 {
    const NAME: &'static str = "u16";
}

#[cached(ttl = "1h")]
impl<T: Named + 'static> Numbers<T> {
    const FACTOR: u64 = 3;

    #[cached]
    fn triple(n: u64) -> u64 {
        n * Self::FACTOR
    }

    #[cached]
    fn name() -> &'static str {
        T::NAME
    }

    #[cached(key = "named:{T}:{n}", local)]
    pub fn keyed(n: u64) -> String {
        format!("{}{n}", T::NAME)
    }

    fn plain() -> u64 {
        Self::triple(7)
    }
}

trait Twice {
    type Out;
    fn twice(&self, n: u64) -> u64;
    fn describe(n: u64, pair: (u8, u8)) -> String;
    fn by_value(self, n: u64) -> u64;
    fn later(&self, n: u64) -> impl Future<Output = Result<u64, std::fmt::Error>> + Send;
}

struct Two(u64);

#[cached]
impl Twice for Two {
    type Out = u64;

    #[cached(key = "{self.0}x{n}", local, condition = n != 9)]
    fn twice(&self, n: u64) -> u64 {
        if n == 0 {
            return self.0;
        }
        self.0 * n
    }

    #[cached(ttl = if a > 1 { minutes(n) } else { seconds(n + 1) }, condition = n != 9)]
    fn describe(mut n: u64, (a, b): (u8, u8)) -> String {
        n += 1;
        format!("{n}{a}{b}")
    }

    #[cached(key = "{self.0}:{n}", local)]
    fn by_value(self, n: u64) -> u64 {
        self.0 + n
    }

    #[cached(skip(self), ttl = "5m", unless = |n| *n == 0)]
    async fn later(&self, n: u64) -> Result<u64, std::fmt::Error> {
        if n == 1 {
            Err(std::fmt::Error)?;
        }
        Ok(self.0 * n)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(Numbers::<u8>::plain(), 21);
    assert_eq!(Numbers::<u8>::triple_peek(&7), Some(21));
    assert_eq!(Numbers::<u16>::triple_peek(&7), None);
    assert_eq!((Numbers::<u8>::name(), Numbers::<u16>::name(), Numbers::<u8>::name()), ("u8", "u16", "u8"));
    assert_eq!((Numbers::<u8>::keyed(1), Numbers::<u16>::keyed(1)), ("u81".to_owned(), "u161".to_owned()));

    assert_eq!((Two(2).twice(4), Two(3).twice(4), Two(2).twice(0), Two(2).twice(9)), (8, 12, 2, 18));
    assert_eq!((Two::describe(1, (2, 3)), Two::describe(1, (2, 3))), ("223".to_owned(), "223".to_owned()));
    assert_eq!(Two::describe(9, (2, 3)), "1023");
    assert_eq!((Two(2).by_value(1), Two(3).by_value(1)), (3, 4));
    assert_eq!(Two(2).later(4).await, Ok(8));
    assert_eq!(Two(3).later(4).await, Ok(8), "`self` is skipped");
    assert!(Two(3).later(1).await.is_err());
}
