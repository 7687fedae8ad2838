//! The `cached` crate's own attributes, with a bound and a ttl: the plain one, and the one over shards.

use std::sync::Arc;

use super::work::{self, Hits, Keys};
use ::cached::proc_macro::{cached, concurrent_cached};

macro_rules! sites {
    ($attribute:ident: $($name:ident for $keys:tt keeps $capacity:tt;)*) => {
        $(mod $name {
            use super::*;

            #[$attribute(max_size = $capacity, ttl_secs = 3600)]
            pub(super) fn number(n: u64) -> u64 {
                work::number(n)
            }

            #[$attribute(max_size = $capacity, ttl_secs = 3600)]
            pub(super) fn text(name: &str, page: u32) -> Arc<str> {
                work::text(name, page)
            }
        })*

        pub(in crate::hits) fn numbers(keys: Keys) -> Hits {
            match keys.0 {
                $($keys => Hits::numbers(keys, $name::number),)*
                other => panic!("no function for {other} keys"),
            }
        }

        pub(in crate::hits) fn texts(keys: Keys) -> Hits {
            match keys.0 {
                $($keys => Hits::texts(keys, $name::text),)*
                other => panic!("no function for {other} keys"),
            }
        }

        #[$attribute(max_size = 10_000, ttl_secs = 3600)]
        pub(in crate::hits) async fn number_async(n: u64) -> u64 {
            work::number(n)
        }

        #[$attribute(max_size = 10_000, ttl_secs = 3600)]
        pub(in crate::hits) async fn text_async(name: &'static str, page: u32) -> Arc<str> {
            work::text(name, page)
        }
    };
}

pub(super) mod plain {
    use super::{Arc, Hits, Keys, cached, work};

    sites! {
        cached:
        thousand for 1_024 keeps 10_000;
        hundred_thousand for 100_000 keeps 200_000;
        million for 1_000_000 keeps 2_000_000;
        ten_million for 10_000_000 keeps 20_000_000;
    }
}

pub(super) mod sharded {
    use super::{Arc, Hits, Keys, concurrent_cached, work};

    sites! {
        concurrent_cached:
        thousand for 1_024 keeps 10_000;
        hundred_thousand for 100_000 keeps 200_000;
        million for 1_000_000 keeps 2_000_000;
        ten_million for 10_000_000 keeps 20_000_000;
    }
}
