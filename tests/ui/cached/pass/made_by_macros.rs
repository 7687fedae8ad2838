//! Functions that `macro_rules!` makes, with names from either side.

#![deny(warnings)]

use cache_core::cached;

macro_rules! doubled {
    ($name:ident, $argument:ident: $type:ty, $seconds:literal) => {
        #[cached(ttl = $seconds)]
        fn $name($argument: $type, n: u32) -> String {
            format!("{}{n}", $argument)
        }
    };
}
doubled!(by_value, text: String, 60);
doubled!(by_reference, text: &str, "1m");

macro_rules! keyed {
    ($name:ident, $key:literal, $ttl:expr, $condition:expr) => {
        #[cached(key = $key, local, ttl = $ttl, condition = $condition, crate = $crate::cache_core_by_another_name)]
        fn $name(id: u32, page: u32) -> u32 {
            id * page
        }
    };
}
use cache_core as cache_core_by_another_name;

keyed!(by_key, "{id}:{page}", std::time::Duration::from_secs(5), true);

macro_rules! method {
    ($($function:tt)*) => {
        impl Repo {
            #[cached(skip(self))]
            $($function)*
        }
    };
}

struct Repo;

method! {
    fn find(&self, id: u32) -> u32 {
        let _ = self;
        id + 1
    }
}

macro_rules! whole_block {
    ($type:ty, $body:block) => {
        #[cached]
        impl $type {
            #[cached]
            fn made(n: u32) -> u32 {
                let _ = n;
                $body
            }
        }
    };
}
whole_block!(Repo, { 5 });

fn main() {
    assert_eq!(by_value("a".to_owned(), 1), "a1");
    assert_eq!(by_reference("a", 1), "a1");
    assert_eq!(by_reference::peek("a", &1), Some("a1".to_owned()));
    assert_eq!((by_key(2, 3), by_key::peek(&2, &3)), (6, Some(6)));
    assert_eq!((Repo.find(1), Repo::find_peek(&1)), (2, Some(2)));
    assert_eq!((Repo::made(1), Repo::made_peek(&1)), (5, Some(5)));
}
