//! The room that a check has in a store: keys of its own, and calls that say what failed.

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use crate::cache::{Builder, Cache};
use crate::error::Error;
use crate::far::KeySpace;
use crate::store::{Answer, AnyStore, Found, Put, Store, Token, When, Written};
use crate::sync::Mutex;

/// What no call takes even on a store that is slow.
const LIMIT: Duration = Duration::from_secs(30);

/// What a check found: nothing wrong, or what.
pub(super) type Verdict = Result<(), String>;

/// Ends a check with what is wrong, unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($fault:tt)+) => {
        if !$condition {
            return Err(format!($($fault)+));
        }
    };
}
pub(super) use ensure;

/// A store, and a prefix of keys that nobody else uses.
pub(super) struct Room {
    pub(super) store: Arc<dyn AnyStore>,
    pub(super) prefix: String,
    used: Mutex<BTreeSet<Vec<u8>>>,
    incarnation: Mutex<Option<u64>>,
}

impl Room {
    pub(super) fn new(store: Arc<dyn AnyStore>) -> Self {
        let random = RandomState::new();
        let prefix = format!("conformance-{:016x}:", random.hash_one("prefix"));
        Self {
            store,
            prefix,
            used: Mutex::new(BTreeSet::new()),
            incarnation: Mutex::new(None),
        }
    }

    /// A key of this room, deleted in the end.
    pub(super) fn key(&self, name: impl AsRef<[u8]>) -> Vec<u8> {
        let key = [self.prefix.as_bytes(), name.as_ref()].concat();
        self.used.lock().insert(key.clone());
        key
    }

    /// The settings of a cache over the store, all of whose keys are this room's. It asks the store at every call.
    pub(super) fn builder(self: &Arc<Self>) -> Builder {
        Cache::builder()
            .near(0)
            .prefix(self.prefix.as_str())
            .timeout(LIMIT)
            .store(Noting(self.clone()))
    }

    /// Such a cache. Two of them are as good as two processes.
    pub(super) fn cache(self: &Arc<Self>) -> Cache {
        self.builder().build()
    }

    /// Where an entry of [`cache`](Self::cache) lies in the store.
    pub(super) fn place(&self, key: impl AsRef<[u8]>) -> Vec<u8> {
        KeySpace::new(&self.prefix, 1).entry(key.as_ref())
    }

    /// Deletes whatever was put.
    pub(super) async fn clear(&self) -> Verdict {
        let used = std::mem::take(&mut *self.used.lock());
        let used: Vec<_> = used.iter().map(Vec::as_slice).collect();
        self.delete(&used).await
    }

    pub(super) async fn get_all(&self, keys: &[&[u8]]) -> Result<Vec<Option<Found>>, String> {
        let answer = self.store.get(keys).await.map_err(|error| failed(&error))?;
        self.found(keys, answer)
    }

    /// By [`Store::get_values`].
    pub(super) async fn values(&self, keys: &[&[u8]]) -> Result<Vec<Option<Found>>, String> {
        let answer = self.store.get_values(keys).await;
        self.found(keys, answer.map_err(|error| failed(&error))?)
    }

    fn found(&self, keys: &[&[u8]], answer: Answer) -> Result<Vec<Option<Found>>, String> {
        let (asked, told) = (keys.len(), answer.found.len());
        ensure!(
            asked == told,
            "`get` was asked for {asked} keys and answered for {told}"
        );
        let incarnation = *self.incarnation.lock().get_or_insert(answer.incarnation);
        ensure!(
            incarnation == answer.incarnation,
            "the incarnation was {incarnation} and is {}, though nobody has restarted the store",
            answer.incarnation
        );
        Ok(answer.found)
    }

    pub(super) async fn get(&self, key: &[u8]) -> Result<Option<Found>, String> {
        Ok(self.get_all(&[key]).await?.pop().flatten())
    }

    pub(super) async fn put_all(&self, puts: &[Put<'_>]) -> Result<Vec<Written>, String> {
        let written = self.store.put(puts).await.map_err(|error| failed(&error))?;
        of_each(puts, &written)?;
        Ok(written)
    }

    pub(super) async fn get_and_put(
        &self,
        keys: &[&[u8]],
        puts: &[Put<'_>],
    ) -> Result<(Vec<Option<Found>>, Vec<Written>), String> {
        let both = self.store.get_and_put(keys, puts).await;
        let (answer, written) = both.map_err(|error| failed(&error))?;
        of_each(puts, &written)?;
        Ok((self.found(keys, answer)?, written))
    }

    pub(super) async fn put(
        &self,
        key: &[u8],
        value: &[u8],
        ttl: Option<Duration>,
        when: When,
    ) -> Result<Written, String> {
        let put = Put {
            key,
            value,
            ttl,
            when,
        };
        let written = self.put_all(&[put]).await?;
        written.first().copied().ok_or_else(String::new)
    }

    /// Puts a value whatever is there, and insists.
    pub(super) async fn fill(&self, key: &[u8], value: &[u8], ttl: Option<Duration>) -> Verdict {
        let written = self.put(key, value, ttl, When::Always).await?;
        ensure!(
            written == Written::Yes,
            "`put` Always of {} bytes was answered {written:?}",
            value.len()
        );
        Ok(())
    }

    pub(super) async fn delete(&self, keys: &[&[u8]]) -> Verdict {
        self.store
            .delete(keys)
            .await
            .map_err(|error| failed(&error))
    }

    /// Puts a value on a condition, and insists on the answer and on what is there afterwards.
    pub(super) async fn attempt(&self, attempt: Attempt<'_>) -> Verdict {
        let Attempt {
            key,
            value,
            when,
            expected,
            then,
        } = attempt;
        let written = self.put(key, value, None, when).await?;
        ensure!(
            written == expected,
            "`put` {when:?} was answered {written:?} instead of {expected:?}"
        );
        self.holds(key, then)
            .await
            .map_err(|fault| format!("after `put` {when:?} was answered {written:?}: {fault}"))
    }

    /// Insists on what is under a key.
    pub(super) async fn holds(&self, key: &[u8], expected: Option<&[u8]>) -> Verdict {
        let found = self.get(key).await?;
        same(found.as_ref(), expected)
    }
}

/// The store of a room, which notes what is put there.
struct Noting(Arc<Room>);

impl fmt::Debug for Noting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.store.fmt(out)
    }
}

impl Store for Noting {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer, Error> {
        self.0.store.get(keys).await
    }

    async fn get_values(&self, keys: &[&[u8]]) -> Result<Answer, Error> {
        self.0.store.get_values(keys).await
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>, Error> {
        let keys = puts.iter().map(|put| put.key.to_vec());
        self.0.used.lock().extend(keys);
        self.0.store.put(puts).await
    }

    async fn get_and_put(
        &self,
        keys: &[&[u8]],
        puts: &[Put<'_>],
    ) -> Result<(Answer, Vec<Written>), Error> {
        let written = puts.iter().map(|put| put.key.to_vec());
        self.0.used.lock().extend(written);
        self.0.store.get_and_put(keys, puts).await
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<(), Error> {
        self.0.store.delete(keys).await
    }

    async fn sweep(&self) -> Result<(), Error> {
        self.0.store.sweep().await
    }
}

fn of_each(puts: &[Put<'_>], written: &[Written]) -> Verdict {
    let (asked, told) = (puts.len(), written.len());
    ensure!(
        asked == told,
        "`put` was given {asked} values and answered for {told}"
    );
    Ok(())
}

/// A put on a condition, and what is to come of it.
pub(super) struct Attempt<'a> {
    pub(super) key: &'a [u8],
    pub(super) value: &'a [u8],
    pub(super) when: When,
    pub(super) expected: Written,
    pub(super) then: Option<&'a [u8]>,
}

/// Insists that this was found.
pub(super) fn same(found: Option<&Found>, expected: Option<&[u8]>) -> Verdict {
    let found = found.map(|found| &found.value[..]);
    ensure!(
        found == expected,
        "found {} instead of {}",
        shown(found),
        shown(expected)
    );
    Ok(())
}

/// A value that begins with the token `[token; 16]`.
pub(super) fn value(token: u8, rest: impl AsRef<[u8]>) -> Vec<u8> {
    [&[token; Token::LENGTH], rest.as_ref()].concat()
}

fn shown(value: Option<&[u8]>) -> String {
    match value {
        None => "nothing".to_owned(),
        Some(value) => {
            let beginning = &value[..value.len().min(40)];
            let more = if value.len() > 40 { "…" } else { "" };
            format!("{} bytes `{}{more}`", value.len(), beginning.escape_ascii())
        }
    }
}

/// Whatever failed ends the check.
pub(super) trait OrFault<T> {
    fn or_fault(self) -> Result<T, String>;
}

impl<T> OrFault<T> for Result<T, Error> {
    fn or_fault(self) -> Result<T, String> {
        self.map_err(|error| failed(&error))
    }
}

fn failed(error: &Error) -> String {
    format!("a call failed: {error}")
}
