//! Types that may decide the value, with a key of their own.

use cache_core::cached;

#[cached(key = "count:{times}", local)]
fn count<T: Default + Into<u32>, const N: u32>(times: u32) -> u32 {
    T::default().into() * times * N
}

struct Table<T>(T);

#[cached]
impl<T: Default + Into<u32> + 'static> Table<T> {
    #[cached(key = "table:{times}", local)]
    fn count(times: u32) -> u32 {
        T::default().into() * times
    }
}

fn main() {}
