//! Stores: bytes under keys, kept elsewhere. What is promised of invalidation, leases and counters is built above this
//! contract, once for all of them.
#![doc = include_str!("docs/stores.md")]

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::error::Result;
use crate::tracking::Tracking;

pub(crate) use self::any::AnyStore;
#[cfg(feature = "file")]
pub use self::file::FileStore;
pub use self::fitting::fitting;
#[cfg(feature = "memcached")]
pub use self::memcached::MemcachedStore;
pub use self::memory::MemoryStore;
pub use self::null::NullStore;
#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub use self::sql::SqlStore;

mod any;
#[cfg(feature = "file")]
mod blocking;
mod both;
mod bounds;
#[cfg(any(
    feature = "redis",
    feature = "memcached",
    feature = "sqlite",
    feature = "postgres",
    feature = "mysql"
))]
mod coalesce;
#[cfg(feature = "file")]
mod file;
mod fitting;
#[cfg(feature = "memcached")]
mod memcached;
mod memory;
mod null;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "runtime")]
pub(crate) mod runtime;
mod shared;
#[cfg(any(feature = "redis", feature = "memcached"))]
mod socket;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod sql;
#[cfg(any(feature = "redis", feature = "memcached"))]
mod stage;
#[cfg(any(feature = "file", feature = "sql"))]
mod sweeper;
#[cfg(all(feature = "tls", any(feature = "redis", feature = "memcached")))]
mod tls;

/// A place for bytes: a map with lives and one atomic step.
///
/// It need not know what it keeps. Keys are any bytes of any length, values are any bytes from none to many megabytes; a
/// store whose own keys are narrower maps them so that two keys rarely meet (see [`fitting`]): every entry carries its full
/// key and is checked, so that keys that meet cost a load and nothing else.
///
/// Three things are asked of it, and [`testing::conformance`](crate::testing::conformance) checks them:
///
/// - **What was acknowledged is seen.** A `get` that begins after a `put` or `delete` has returned sees it, in every
///   process. Reads from a copy that lags behind do not qualify.
/// - **`put` is one step**: with [`When::Absent`] or [`When::Is`], of all who try at once at most one writes.
/// - **It may lose anything at any time**, but not bring it back. A server that can go back in time (a restart from a
///   snapshot, a promoted replica) says so with another [`Answer::incarnation`].
///
/// A call may be dropped before it has returned, and then may or may not have happened. It must not leave its answer to the
/// next caller. Time limits and retries are the caller's business.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
///
/// use cache_core::store::{Answer, Found, Put, Store, When, Written, token_of};
///
/// /// A map of this process, without lives: enough for a test.
/// #[derive(Debug, Default)]
/// struct Map(Mutex<HashMap<Vec<u8>, Vec<u8>>>);
///
/// impl Store for Map {
///     async fn get(&self, keys: &[&[u8]]) -> cache_core::Result<Answer> {
///         let map = self.0.lock().unwrap();
///         let found = |key: &&[u8]| map.get(*key).map(|value| Found { value: value.clone().into(), left: None });
///         Ok(Answer::from(keys.iter().map(found).collect::<Vec<_>>()))
///     }
///
///     async fn put(&self, puts: &[Put<'_>]) -> cache_core::Result<Vec<Written>> {
///         let mut map = self.0.lock().unwrap();
///         let put = |put: &Put<'_>| {
///             let there = map.get(put.key);
///             let met = match put.when {
///                 When::Always => true,
///                 When::Absent => there.is_none(),
///                 When::Is(token) => there.is_some_and(|there| token_of(there) == Some(token)),
///             };
///             if met {
///                 map.insert(put.key.to_vec(), put.value.to_vec());
///             }
///             if met { Written::Yes } else { Written::No }
///         };
///         Ok(puts.iter().map(put).collect())
///     }
///
///     async fn delete(&self, keys: &[&[u8]]) -> cache_core::Result<()> {
///         let mut map = self.0.lock().unwrap();
///         keys.iter().for_each(|key| drop(map.remove(*key)));
///         Ok(())
///     }
/// }
/// ```
pub trait Store: Debug + Send + Sync + 'static {
    /// What is under each of these keys, in their order. All are read after the call has begun, not necessarily at one
    /// moment. One round trip where the store has any; the same key may stand there twice.
    ///
    /// # Errors
    ///
    /// If the store could not be asked, or its answer not be understood.
    fn get(&self, keys: &[&[u8]]) -> impl Future<Output = Result<Answer>> + Send;

    /// [`get`](Self::get) for a caller who does not ask how long the values will be there: [`Found::left`] may be `None` for
    /// all of them. For stores to which that is a question of its own.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get).
    fn get_values(&self, keys: &[&[u8]]) -> impl Future<Output = Result<Answer>> + Send {
        self.get(keys)
    }

    /// Writes each of these, in one round trip where the store has any, and says of each what became of it. Each is atomic;
    /// together they are not. Each is written at most once: to send one again because its answer was lost could bring back
    /// what somebody has deleted in between.
    ///
    /// # Errors
    ///
    /// If the store could not be reached; then any of them may have been written.
    fn put(&self, puts: &[Put<'_>]) -> impl Future<Output = Result<Vec<Written>>> + Send;

    /// Removes whatever is under these keys. To remove nothing is no error. It must work on a store that is full.
    ///
    /// # Errors
    ///
    /// If the store could not be reached; then any of them may have been removed.
    fn delete(&self, keys: &[&[u8]]) -> impl Future<Output = Result<()>> + Send;

    /// [`get`](Self::get) of these keys and [`put`](Self::put) of these values at the same time, in one round trip where the
    /// store has any. Each is what it is by itself; where a key is read and written, either may come first. It returns when
    /// both have ended, whatever comes of one of them.
    ///
    /// As it stands it makes both calls at once. A store that can say both in one breath, the keys first, has one to write.
    ///
    /// # Errors
    ///
    /// Those of either; then any of the values may have been written.
    fn get_and_put(
        &self,
        keys: &[&[u8]],
        puts: &[Put<'_>],
    ) -> impl Future<Output = Result<(Answer, Vec<Written>)>> + Send {
        both::both(self.get(keys), self.put(puts))
    }

    /// Removes expired entries, for stores that do not expire them on their own. This crate never calls it: `FileStore` and
    /// `SqlStore` sweep in the background while their process writes; a store of yours that needs it starts its own task.
    ///
    /// # Errors
    ///
    /// If the store could not be reached.
    fn sweep(&self) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Where this store reports changes to what was read over it, if it does.
    #[doc(hidden)]
    fn tracking(&self) -> Option<Arc<Tracking>> {
        None
    }

    /// Returns the address of the store for error messages, without user names and passwords. By default, the name of its type.
    fn address(&self) -> String {
        std::any::type_name::<Self>().to_owned()
    }

    /// Returns what the store is doing, for the error of a call that timed out, such as "connecting to 10.0.0.1:6379"; `None` if
    /// it waits for an answer.
    fn doing(&self) -> Option<String> {
        None
    }
}

/// What a store says of the keys that it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Which life of the store this is. Another number, and nothing that was written before counts any more: for servers
    /// that may restart with less than they had acknowledged. Zero for all others.
    pub incarnation: u64,
    /// What is there, in the order of the keys.
    pub found: Vec<Option<Found>>,
}

impl From<Vec<Option<Found>>> for Answer {
    fn from(found: Vec<Option<Found>>) -> Self {
        Self {
            incarnation: 0,
            found,
        }
    }
}

/// A value in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The bytes: any `Vec<u8>`, by `into`, or a part of what a client has received, which is not copied.
    pub value: Bytes,
    /// How long it will be there, by the store's own clock; `None` if it does not expire, or if nobody has asked. May be rounded
    /// down.
    pub left: Option<Duration>,
}

/// A value to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Put<'a> {
    /// Where.
    pub key: &'a [u8],
    /// What. Its first 16 bytes are its [`Token`].
    pub value: &'a [u8],
    /// How long it is to be there, never zero; `None`: until it is removed or evicted. A store that counts in seconds rounds
    /// up: the entry itself knows when it ends.
    pub ttl: Option<Duration>,
    /// On what condition.
    pub when: When,
}

/// When a value may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Whatever is there.
    Always,
    /// If nothing is there, or only what has expired.
    Absent,
    /// If what is there begins with this token, and has not expired.
    Is(Token),
}

/// The first 16 bytes of a value: no two values have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token(pub [u8; Token::LENGTH]);

impl Token {
    /// How many bytes it has.
    pub const LENGTH: usize = 16;
}

/// The token of a value; `None` if it is too short to have one.
pub fn token_of(value: &[u8]) -> Option<Token> {
    value.first_chunk().map(|bytes| Token(*bytes))
}

/// What became of a [`Put`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is there.
    Yes,
    /// Its condition was not met.
    No,
    /// It is larger than the store takes, or the store is full. Whatever was under the key may be there still.
    TooLarge,
}
