//! The handle for code that is not async.

use super::Cache;
use super::fragment::BlockingFragment;
use crate::error::Result;
use crate::key::{Key, Tag};
use crate::ttl::IntoTtl;
use crate::value::SharedValue;
use crate::wait::block_on;

/// The calls of a [`Cache`] for code that is not async: [`Cache::blocking`] returns it.
///
/// Each blocks the thread until the store has answered or its time is over; without a store, no call blocks. A thread of its own
/// drives the store: a call may be made on the only thread of a runtime, which then does nothing else.
///
/// ```
/// let cache = cache_core::Cache::memory(100);
/// let cache = cache.blocking();
/// cache.set("visits", &1_u64)?;
/// assert_eq!(cache.incr("visits", 2)?, 3);
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Blocking<'c>(&'c Cache);

impl<'c> Blocking<'c> {
    pub(super) fn new(cache: &'c Cache) -> Self {
        Self(cache)
    }

    /// [`Cache::get_or_set`].
    ///
    /// # Errors
    ///
    /// Those of `load`.
    pub fn get_or_set<T: SharedValue, E>(
        self,
        key: impl Into<Key>,
        ttl: impl IntoTtl,
        load: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.0.get_or_set_blocking(key.into(), ttl, load)
    }

    /// [`Cache::fragment`].
    ///
    /// ```
    /// let cache = cache_core::Cache::memory(100);
    /// let sidebar = cache.blocking().fragment("sidebar").with(7_u64).ttl("5m");
    /// let text: String = sidebar.render(|| Ok::<_, std::fmt::Error>("<nav>7</nav>".to_owned()))?;
    /// # assert_eq!(text, "<nav>7</nav>");
    /// # Ok::<(), std::fmt::Error>(())
    /// ```
    pub fn fragment(self, name: &str) -> BlockingFragment {
        BlockingFragment(self.0.fragment(name))
    }

    /// [`Cache::set_many`].
    ///
    /// # Errors
    ///
    /// Those of the async call.
    pub fn set_many<'v, T: SharedValue>(
        self,
        values: impl IntoIterator<Item = (impl Into<Key>, &'v T)>,
    ) -> Result<()> {
        block_on(self.0.set_many(values))
    }

    /// [`Cache::settled`].
    pub fn settled(self) {
        block_on(self.0.settled());
    }
}

/// Calls that only differ from the async ones in how they wait.
macro_rules! blocking {
    ($(fn $name:ident$(<$type:ident>)?($($argument:ident: $kind:ty),*) -> $output:ty;)*) => {
        impl Blocking<'_> {$(
            #[doc = concat!("[`Cache::", stringify!($name), "`].")]
            ///
            /// # Errors
            ///
            /// Those of the async call.
            #[track_caller]
            pub fn $name$(<$type: SharedValue>)?(self, $($argument: $kind),*) -> Result<$output> {
                block_on(self.0.$name$(::<$type>)?($($argument),*))
            }
        )*}
    };
}

blocking! {
    fn get<T>(key: impl Into<Key>) -> Option<T>;
    fn set<T>(key: impl Into<Key>, value: &T) -> ();
    fn add<T>(key: impl Into<Key>, value: &T) -> bool;
    fn contains(key: impl Into<Key>) -> bool;
    fn touch(key: impl Into<Key>, ttl: impl IntoTtl) -> bool;
    fn delete(key: impl Into<Key>) -> bool;
    fn incr(key: impl Into<Key>, by: i64) -> i64;
    fn decr(key: impl Into<Key>, by: i64) -> i64;
    fn get_many<T>(keys: impl IntoIterator<Item = impl Into<Key>>) -> Vec<Option<T>>;
    fn clear() -> ();
    fn invalidate_tag(tag: impl Into<Tag>) -> ();
    fn delete_many(keys: impl IntoIterator<Item = impl Into<Key>>) -> ();
}
