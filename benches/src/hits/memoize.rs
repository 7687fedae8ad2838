//! `memoize`, shared by all threads, with a bound and a ttl. It takes owned arguments only, and has no async form.
#![allow(
    dead_code,
    reason = "the attribute adds functions that flush and count"
)]

use std::sync::Arc;
use std::time::Duration;

use super::work::{self, Hits, Keys};

macro_rules! sites {
    ($($name:ident for $keys:tt keeps $capacity:tt;)*) => {
        $(mod $name {
            use super::*;

            #[memoize::memoize(SharedCache, Capacity: $capacity, TimeToLive: Duration::from_hours(1))]
            pub(super) fn number(n: u64) -> u64 {
                work::number(n)
            }

            #[memoize::memoize(SharedCache, Capacity: $capacity, TimeToLive: Duration::from_hours(1))]
            pub(super) fn text(name: String, page: u32) -> Arc<str> {
                work::text(&name, page)
            }
        })*

        pub(super) fn numbers(keys: Keys) -> Hits {
            match keys.0 {
                $($keys => Hits::numbers(keys, $name::number),)*
                other => panic!("no function for {other} keys"),
            }
        }

        pub(super) fn texts(keys: Keys) -> Hits {
            match keys.0 {
                $($keys => Hits::texts(keys, |name, page| $name::text(name.to_owned(), page)),)*
                other => panic!("no function for {other} keys"),
            }
        }
    };
}

sites! {
    thousand for 1_024 keeps 10_000;
    hundred_thousand for 100_000 keeps 200_000;
    million for 1_000_000 keeps 2_000_000;
    ten_million for 10_000_000 keeps 20_000_000;
}
