//! A store whose every call is a scheduling point and may have a fault, and the data that loads read.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::explorer::Choices;
use crate::clock::{self, Moment};
use crate::error::{Error, Result};
use crate::store::{Answer, Found, Put, Store, When, Written, token_of};
use crate::sync::Mutex;

/// What may go wrong at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It fails and nothing has happened.
    FailsBefore,
    /// It fails and all of it has happened.
    FailsAfter,
    /// The store has dropped one of the keys just before.
    Evicts,
    /// The store has begun another life, with what it held at some earlier time.
    GoesBack,
    /// The store finds every value too large, and does not look what is there.
    IsFull,
}

/// What a world is like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nature {
    /// What may go wrong, and how often in one run.
    pub(super) faults: &'static [Fault],
    pub(super) at_most: usize,
    /// Whether others may act between a call's effect and its answer, and between the keys of a call.
    pub(super) fine: bool,
    /// So many calls in one run may come later than what is called for after them.
    pub(super) late: usize,
    /// So long another process's invalidation may go unseen.
    pub(super) near_ttl: Duration,
}

pub(super) const KIND: Nature = Nature {
    faults: &[],
    at_most: 0,
    fine: false,
    late: 0,
    near_ttl: Duration::ZERO,
};

/// The store and the data, as all processes see them.
#[derive(Clone, Debug)]
pub(super) struct World {
    nature: Nature,
    choices: Choices,
    state: Arc<Mutex<State>>,
}

type Content = BTreeMap<Vec<u8>, (Vec<u8>, Option<Duration>)>;

#[derive(Debug, Default)]
struct State {
    content: Content,
    /// What it held before each change.
    before: Vec<Content>,
    incarnation: u64,
    faults: usize,
    late: usize,
    /// Nothing goes wrong.
    quiet: bool,
    data: u64,
    acknowledged: Vec<Acknowledged>,
}

/// The version that an invalidation was about, and who knows since when.
#[derive(Clone, Copy, Debug)]
struct Acknowledged {
    version: u64,
    by: &'static str,
    at: Moment,
    /// It failed or was dropped: it binds this process alone.
    owed: bool,
    /// What it was about has expired, and may be given as stale.
    soft: bool,
}

/// Lets the others act.
pub(super) async fn step() {
    let mut waited = false;
    poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl World {
    pub(super) fn new(nature: Nature, choices: Choices) -> Self {
        Self {
            nature,
            choices,
            state: Arc::default(),
        }
    }

    /// The data as it is now; others act before the load is over.
    pub(super) async fn load(&self) -> u64 {
        let version = self.state.lock().data;
        self.choices.say(|| format!("loads {version}"));
        step().await;
        version
    }

    /// Changes the data; gives its version.
    pub(super) fn change(&self) -> u64 {
        let mut state = self.state.lock();
        state.data += 1;
        let version = state.data;
        drop(state);
        self.choices
            .say(|| format!("changes the data to {version}"));
        version
    }

    /// The oldest version that a call of this process may give that begins now.
    pub(super) fn floor(&self, process: &'static str) -> u64 {
        self.oldest(process, |_| true)
    }

    /// The oldest version that it may give as a stale one.
    pub(super) fn stale_floor(&self, process: &'static str) -> u64 {
        self.oldest(process, |acknowledged| !acknowledged.soft)
    }

    fn oldest(&self, process: &'static str, counts: fn(&Acknowledged) -> bool) -> u64 {
        let now = clock::now();
        let state = self.state.lock();
        let known = state.acknowledged.iter().filter(|ack| {
            ack.by == process || (!ack.owed && now >= ack.at.after(self.nature.near_ttl))
        });
        let known = known.filter(|ack| counts(ack));
        known.map(|ack| ack.version).max().unwrap_or(0)
    }

    /// Notes how an invalidation has ended.
    pub(super) fn invalidated(&self, by: &'static str, version: u64, owed: bool) {
        self.acknowledged(by, version, owed, false);
    }

    /// Notes how an invalidation has ended, after which what was there is stale.
    pub(super) fn expired(&self, by: &'static str, version: u64, owed: bool) {
        self.acknowledged(by, version, owed, true);
    }

    fn acknowledged(&self, by: &'static str, version: u64, owed: bool, soft: bool) {
        let how = if owed { "owed" } else { "acknowledged" };
        self.choices.say(|| format!("{version} is {how}"));
        let at = clock::now();
        self.state.lock().acknowledged.push(Acknowledged {
            version,
            by,
            at,
            owed,
            soft,
        });
    }

    /// A call that began when `floor` was the oldest version has given `version`.
    pub(super) fn gives(&self, floor: u64, version: u64) {
        self.choices.say(|| format!("gets {version}"));
        if version < floor {
            self.choices
                .blame(format!("got {version} after {floor} was acknowledged"));
        }
    }

    /// A future whose calls have no faults, and are on time.
    pub(super) async fn quietly<T>(&self, future: impl Future<Output = T>) -> T {
        self.state.lock().quiet = true;
        let done = future.await;
        self.state.lock().quiet = false;
        done
    }

    /// How many faults there have been.
    pub(super) fn faults(&self) -> usize {
        self.state.lock().faults
    }

    pub(super) fn say(&self, what: &str) {
        self.choices.say(|| what.to_owned());
    }

    pub(super) fn blame(&self, why: &str) {
        self.choices.blame(why.to_owned());
    }

    /// What goes wrong at a call that touches these keys.
    fn fault(&self, keys: &[&[u8]], writes: bool) -> Option<Fault> {
        let mut state = self.state.lock();
        if state.quiet || state.faults == self.nature.at_most {
            return None;
        }
        let mut options: Vec<(Fault, usize)> = Vec::new();
        for fault in self.nature.faults {
            let of = match fault {
                Fault::Evicts => keys
                    .iter()
                    .filter(|key| state.content.contains_key(**key))
                    .count(),
                Fault::GoesBack => state.before.len(),
                Fault::IsFull => usize::from(writes),
                Fault::FailsBefore | Fault::FailsAfter => 1,
            };
            options.extend((0..of).map(|at| (*fault, at)));
        }
        let (fault, at) = *options.get(self.choices.choose(options.len() + 1).checked_sub(1)?)?;
        state.faults += 1;
        match fault {
            Fault::Evicts => {
                let mut there = keys.iter().filter(|key| state.content.contains_key(**key));
                let key = there.nth(at).map(|key| key.to_vec()).unwrap_or_default();
                state.content.remove(&key);
                self.choices
                    .say(|| format!("the store drops {}", shown(&key)));
            }
            Fault::GoesBack => {
                state.content = state.before[at].clone();
                state.incarnation += 1;
                self.choices
                    .say(|| format!("the store goes back to before change {at}"));
            }
            Fault::FailsBefore | Fault::FailsAfter | Fault::IsFull => {}
        }
        Some(fault)
    }

    /// Whether a call comes late.
    fn is_late(&self) -> bool {
        let mut state = self.state.lock();
        if state.quiet || state.late == self.nature.late {
            return false;
        }
        let late = self.choices.choose(2) == 1;
        state.late += usize::from(late);
        late
    }

    fn goes_back(&self) -> bool {
        self.nature.faults.contains(&Fault::GoesBack)
    }

    async fn call<T>(
        &self,
        what: &str,
        keys: &[&[u8]],
        mut one: impl FnMut(&mut State, usize, Option<Fault>) -> T,
    ) -> Result<(u64, Vec<T>)> {
        step().await;
        if self.is_late() {
            step().await;
        }
        let fault = self.fault(keys, what == "puts");
        if fault == Some(Fault::FailsBefore) {
            self.choices.say(|| format!("{what}: fails before"));
            return Err(Error::store("fails before"));
        }
        let incarnation = self.state.lock().incarnation;
        let mut answers = Vec::with_capacity(keys.len());
        for (at, key) in keys.iter().enumerate() {
            if at > 0 && self.nature.fine {
                step().await;
            }
            answers.push(one(&mut self.state.lock(), at, fault));
            self.choices.say(|| {
                let there = self.state.lock().content.get(*key).cloned();
                let there = there.map_or("nothing".to_owned(), |(value, _)| shown_value(&value));
                format!("{what} {}: {there} is there", shown(key))
            });
        }
        if self.nature.fine {
            step().await;
        }
        if fault == Some(Fault::FailsAfter) {
            self.choices.say(|| "the answer is lost".to_owned());
            return Err(Error::store("fails after"));
        }
        Ok((incarnation, answers))
    }
}

impl State {
    /// A change is about to be made: notes what there was, if the store may go `back` to it.
    fn note(&mut self, back: bool) {
        if back {
            self.before.push(self.content.clone());
        }
    }
}

fn shown(key: &[u8]) -> String {
    String::from_utf8_lossy(key).into_owned()
}

fn shown_value(value: &[u8]) -> String {
    let token = value.first().copied().unwrap_or_default();
    match value {
        [.., last] if value.len() > 16 => format!("value {last} ({token:02x})"),
        _ => format!("token {token:02x}"),
    }
}

impl Store for World {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        let one = |state: &mut State, at: usize, _| {
            let (value, left) = state.content.get(keys[at])?.clone();
            Some(Found {
                value: value.into(),
                left,
            })
        };
        let (incarnation, found) = self.call("gets", keys, one).await?;
        Ok(Answer { incarnation, found })
    }

    async fn get_values(&self, keys: &[&[u8]]) -> Result<Answer> {
        let mut answer = self.get(keys).await?;
        answer
            .found
            .iter_mut()
            .flatten()
            .for_each(|found| found.left = None);
        Ok(answer)
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        let keys: Vec<&[u8]> = puts.iter().map(|put| put.key).collect();
        let back = self.goes_back();
        let one = |state: &mut State, at: usize, fault| {
            let put = &puts[at];
            if fault == Some(Fault::IsFull) && put.value.len() > 16 {
                return Written::TooLarge;
            }
            let there = state.content.get(put.key);
            let met = match put.when {
                When::Always => true,
                When::Absent => there.is_none(),
                When::Is(token) => there.is_some_and(|(value, _)| token_of(value) == Some(token)),
            };
            if !met {
                return Written::No;
            }
            let kept = (put.value.to_vec(), put.ttl);
            state.note(back);
            state.content.insert(put.key.to_vec(), kept);
            Written::Yes
        };
        Ok(self.call("puts", &keys, one).await?.1)
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        let back = self.goes_back();
        let one = |state: &mut State, at: usize, _| {
            state.note(back);
            state.content.remove(keys[at]);
        };
        self.call("deletes", keys, one).await.map(drop)
    }
}
