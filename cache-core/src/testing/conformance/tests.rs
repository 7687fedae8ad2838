//! Stores that are wrong in one way each: the suite has to name that way.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::conformance;
use crate::error::{Error, Result};
use crate::store::{Answer, Found, MemoryStore, Put, Store, When, Written, fitting};
use crate::sync::Mutex;
use crate::wait::block_on;

const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);

fn store() -> MemoryStore {
    MemoryStore::bounded(10_000, 64 << 20)
}

/// What the suite says of a store where it checks the promises that begin so.
fn broken(store: impl Store, promise: &str) -> String {
    let checks = super::store::CHECKS.iter().chain(super::cache::CHECKS);
    let chosen = checks.filter(|(name, _)| name.starts_with(promise) || promise.starts_with(name));
    let chosen: Vec<_> = chosen.copied().collect();
    assert!(!chosen.is_empty(), "there is no promise `{promise}`");
    let store: Arc<dyn crate::store::AnyStore> = Arc::new(store);
    block_on(super::broken(&store, &chosen))
}

#[track_caller]
fn assert_breaks(store: impl Store, promise: &str) {
    let broken = broken(store, promise);
    assert!(
        broken.contains(&format!("- {promise}")),
        "`{promise}` is not seen to be broken: {broken}"
    );
}

#[track_caller]
fn assert_keeps(store: impl Store, promise: &str) {
    assert_eq!(broken(store, promise), "");
}

/// What is wrong with a store; all that is not overridden is right.
trait Fault: std::fmt::Debug + Send + Sync + 'static {
    fn key<'a>(&self, key: &'a [u8]) -> Cow<'a, [u8]> {
        key.into()
    }

    fn put<'a>(&self, _: &MemoryStore, put: Put<'a>) -> Put<'a> {
        put
    }

    fn written(&self, written: Written) -> Result<Written> {
        Ok(written)
    }

    fn found(&self, found: Vec<Option<Found>>) -> Vec<Option<Found>> {
        found
    }
}

#[derive(Debug)]
struct Faulty<F>(MemoryStore, F);

fn faulty<F: Fault>(fault: F) -> Faulty<F> {
    Faulty(store(), fault)
}

impl<F: Fault> Store for Faulty<F> {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        let keys: Vec<_> = keys.iter().map(|key| self.1.key(key)).collect();
        let keys: Vec<_> = keys.iter().map(|key| &**key).collect();
        Ok(self.1.found(self.0.get(&keys).await?.found).into())
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        let mut written = Vec::new();
        for put in puts {
            let key = self.1.key(put.key);
            let put = self.1.put(&self.0, Put { key: &key, ..*put });
            written.push(self.1.written(self.0.put(&[put]).await?[0])?);
        }
        Ok(written)
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        let keys: Vec<_> = keys.iter().map(|key| self.1.key(key)).collect();
        let keys: Vec<_> = keys.iter().map(|key| &**key).collect();
        self.0.delete(&keys).await
    }
}

#[test]
fn a_store_that_keeps_its_promises_passes() {
    block_on(conformance(store()));
}

#[test]
fn the_token_is_not_looked_at() {
    #[derive(Debug)]
    struct Any;
    impl Fault for Any {
        fn put<'a>(&self, store: &MemoryStore, put: Put<'a>) -> Put<'a> {
            let there = block_on(store.get(&[put.key])).unwrap().found[0].is_some();
            let when = match put.when {
                When::Is(_) if there => When::Always,
                when => when,
            };
            Put { when, ..put }
        }
    }
    assert_breaks(faulty(Any), "Is writes over its token, and over no other");
    assert_breaks(faulty(Any), "tokens are compared byte by byte");
    assert_breaks(faulty(Any), "no step is lost");
}

#[test]
fn the_condition_is_looked_at_before_the_step() {
    #[derive(Debug)]
    struct Apart;
    impl Fault for Apart {
        fn put<'a>(&self, store: &MemoryStore, put: Put<'a>) -> Put<'a> {
            let there = block_on(store.get(&[put.key])).unwrap().found.remove(0);
            let met = match put.when {
                When::Always => true,
                When::Absent => there.is_none(),
                When::Is(token) => there.is_some_and(|there| there.value.starts_with(&token.0)),
            };
            std::thread::sleep(Duration::from_millis(1)); // others come between
            let when = if met { When::Always } else { put.when };
            Put { when, ..put }
        }
    }
    assert_breaks(
        faulty(Apart),
        "of many that put Absent at once, one is told Yes",
    );
    assert_breaks(faulty(Apart), "no step is lost");
    assert_keeps(faulty(Apart), "Is writes over its token, and over no other");
}

#[test]
fn the_ttl_is_lost() {
    #[derive(Debug)]
    struct Endless;
    impl Fault for Endless {
        fn put<'a>(&self, _: &MemoryStore, put: Put<'a>) -> Put<'a> {
            Put { ttl: None, ..put }
        }
    }
    assert_breaks(faulty(Endless), "what has expired is absent");
    assert_breaks(faulty(Endless), "what is left of a life is told");
}

#[test]
fn an_older_ttl_outlives_its_value() {
    #[derive(Debug)]
    struct Sticky;
    impl Fault for Sticky {
        fn put<'a>(&self, store: &MemoryStore, put: Put<'a>) -> Put<'a> {
            let there = block_on(store.get(&[put.key])).unwrap().found.remove(0);
            let old = there.and_then(|there| there.left);
            Put {
                ttl: put.ttl.or(old),
                ..put
            }
        }
    }
    assert_breaks(faulty(Sticky), "a put replaces the ttl");
}

#[test]
fn a_ttl_above_a_month_is_taken_for_a_date() {
    #[derive(Debug)]
    struct Dated;
    impl Fault for Dated {
        fn put<'a>(&self, _: &MemoryStore, put: Put<'a>) -> Put<'a> {
            let dated = |ttl| if ttl > MONTH { Duration::ZERO } else { ttl };
            Put {
                ttl: put.ttl.map(dated),
                ..put
            }
        }
    }
    assert_breaks(faulty(Dated), "a ttl beyond 30 days counts from now");
}

#[test]
fn whole_seconds_round_down() {
    #[derive(Debug)]
    struct Whole;
    impl Fault for Whole {
        fn put<'a>(&self, _: &MemoryStore, put: Put<'a>) -> Put<'a> {
            // A life of no seconds is said as no end.
            let whole = |ttl: Duration| Some(Duration::from_secs(ttl.as_secs()));
            let ttl = put.ttl.and_then(whole).filter(|ttl| !ttl.is_zero());
            Put { ttl, ..put }
        }
    }
    assert_breaks(faulty(Whole), "a ttl may be of fractions of a second");
}

#[test]
fn answers_are_in_another_order() {
    #[derive(Debug)]
    struct Reversed;
    impl Fault for Reversed {
        fn found(&self, mut found: Vec<Option<Found>>) -> Vec<Option<Found>> {
            found.reverse();
            found
        }
    }
    assert_breaks(faulty(Reversed), "answers stand in the order of the keys");
}

#[test]
fn values_alone_are_in_another_order() {
    #[derive(Debug)]
    struct Careless(MemoryStore);
    impl Store for Careless {
        async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
            self.0.get(keys).await
        }
        async fn get_values(&self, keys: &[&[u8]]) -> Result<Answer> {
            let mut answer = self.0.get(keys).await?;
            answer.found.reverse();
            Ok(answer)
        }
        async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
            self.0.put(puts).await
        }
        async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
            self.0.delete(keys).await
        }
    }
    assert_breaks(Careless(store()), "answers stand in the order of the keys");
}

#[test]
fn what_is_missing_is_left_out() {
    #[derive(Debug)]
    struct Short;
    impl Fault for Short {
        fn found(&self, mut found: Vec<Option<Found>>) -> Vec<Option<Found>> {
            found.retain(Option::is_some);
            found
        }
    }
    assert_breaks(faulty(Short), "answers stand in the order of the keys");
}

/// As a connection does whose answer nobody took.
#[test]
fn a_dropped_call_leaves_its_answer() {
    #[derive(Debug)]
    struct Late(MemoryStore, Mutex<Option<Answer>>);
    impl Store for Late {
        async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
            let answer = self.0.get(keys).await?;
            let before = self.1.lock().replace(answer.clone());
            let mut waited = false;
            std::future::poll_fn(|context| {
                context.waker().wake_by_ref();
                if std::mem::replace(&mut waited, true) {
                    std::task::Poll::Ready(())
                } else {
                    std::task::Poll::Pending
                }
            })
            .await;
            *self.1.lock() = None;
            Ok(before
                .filter(|before| before.found.len() != keys.len())
                .unwrap_or(answer))
        }
        async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
            self.0.put(puts).await
        }
        async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
            self.0.delete(keys).await
        }
    }
    assert_breaks(
        Late(store(), Mutex::new(None)),
        "a dropped call leaves nothing to the next",
    );
}

#[test]
fn one_gets_the_answer_of_another() {
    #[derive(Debug)]
    struct Shared(Mutex<Option<Vec<Option<Found>>>>);
    impl Fault for Shared {
        fn found(&self, found: Vec<Option<Found>>) -> Vec<Option<Found>> {
            let length = found.len();
            *self.0.lock() = Some(found.clone());
            std::thread::sleep(Duration::from_millis(1)); // others come between
            let last = self.0.lock().clone();
            last.filter(|last| last.len() == length).unwrap_or(found)
        }
    }
    assert_breaks(
        faulty(Shared(Mutex::new(None))),
        "answers belong to their questions",
    );
}

#[test]
fn keys_are_narrowed() {
    #[derive(Debug)]
    struct Narrow(fn(&[u8]) -> Vec<u8>);
    impl Fault for Narrow {
        fn key<'a>(&self, key: &'a [u8]) -> Cow<'a, [u8]> {
            self.0(key).into()
        }
    }
    let collated = "keys are told apart by case, accents and spaces";
    assert_breaks(faulty(Narrow(<[u8]>::to_ascii_lowercase)), collated);
    assert_breaks(
        faulty(Narrow(|key| key.trim_ascii_end().to_vec())),
        collated,
    );
    let cut = |key: &[u8]| key[..key.len().min(250)].to_vec();
    assert_breaks(faulty(Narrow(cut)), "keys are told apart however long");
    let spaces = |key: &[u8]| {
        String::from_utf8_lossy(key)
            .replace(' ', "%20")
            .into_bytes()
    };
    assert_breaks(
        faulty(Narrow(spaces)),
        "keys that look alike once escaped are told apart",
    );
    assert_breaks(faulty(Narrow(spaces)), "keys are any bytes");
    assert_keeps(faulty(Narrow(|key| fitting(key, 64).into_owned())), "keys");
}

#[test]
fn values_are_cut_or_refused_wrongly() {
    #[derive(Debug)]
    struct Cut;
    impl Fault for Cut {
        fn put<'a>(&self, _: &MemoryStore, put: Put<'a>) -> Put<'a> {
            let value = &put.value[..put.value.len().min(1 << 20)];
            Put { value, ..put }
        }
    }
    let large = "large values are kept whole or refused";
    assert_breaks(faulty(Cut), large);
    assert_keeps(MemoryStore::bounded(10_000, 1_000_000), large);
}

#[test]
fn a_call_fails() {
    #[derive(Debug)]
    struct Fails;
    impl Fault for Fails {
        fn written(&self, _: Written) -> Result<Written> {
            Err(Error::store("out of order"))
        }
    }
    assert_breaks(
        faulty(Fails),
        "values are any bytes: a call failed: the store failed: out of order",
    );
}

#[test]
fn a_call_panics() {
    #[derive(Debug)]
    struct Panics;
    impl Fault for Panics {
        fn found(&self, _: Vec<Option<Found>>) -> Vec<Option<Found>> {
            panic!("nobody thought of that")
        }
    }
    assert_breaks(
        faulty(Panics),
        "to ask for nothing is no error: a call panicked: nobody thought of that",
    );
    assert_breaks(
        faulty(Panics),
        "answers belong to their questions: a call panicked: nobody thought of that",
    );
}

#[test]
fn what_is_written_is_answered_for_what_is_read() {
    #[derive(Debug)]
    struct Mixed(MemoryStore);
    impl Store for Mixed {
        async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
            self.0.get(keys).await
        }
        async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
            self.0.put(puts).await
        }
        async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
            self.0.delete(keys).await
        }
        async fn get_and_put(
            &self,
            keys: &[&[u8]],
            puts: &[Put<'_>],
        ) -> Result<(Answer, Vec<Written>)> {
            let written = self.0.put(puts).await?;
            let put: Vec<_> = puts.iter().map(|put| put.key).collect();
            let asked: Vec<_> = put.into_iter().chain(keys.iter().copied()).collect();
            let mut answer = self.0.get(&asked).await?;
            answer.found.truncate(keys.len());
            Ok((answer, written))
        }
    }
    assert_breaks(Mixed(store()), "keys are read while others are written");
}
