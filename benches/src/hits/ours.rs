//! This project's attribute, with a bound and a ttl.

use std::sync::Arc;

use super::work::{self, Hits, Keys};
use cache_core::cached;

macro_rules! sites {
    ($($name:ident for $keys:tt keeps $capacity:tt;)*) => {
        $(mod $name {
            use super::*;

            #[cached(ttl = "1h", capacity = $capacity)]
            pub(super) fn number(n: u64) -> u64 {
                work::number(n)
            }

            #[cached(ttl = "1h", capacity = $capacity)]
            pub(super) fn text(name: &str, page: u32) -> Arc<str> {
                work::text(name, page)
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
                $($keys => Hits::texts(keys, $name::text),)*
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

#[cached(ttl = "1h", capacity = 10_000)]
pub(super) async fn number_async(n: u64) -> u64 {
    work::number(n)
}

#[cached(ttl = "1h", capacity = 10_000)]
pub(super) async fn text_async(name: &'static str, page: u32) -> Arc<str> {
    work::text(name, page)
}
