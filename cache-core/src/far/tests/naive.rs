//! The rules one by one: a small loader and invalidator over the same store, which follow them all but one. With each that
//! is left out there is an order of events in which an old value is given after the acknowledgement.

use std::sync::Arc;

use super::super::token;
use super::explorer::{Bounds, Choices, Explored, Task, explore};
use super::world::{Fault, KIND, Nature, World};
use crate::error::Result;
use crate::store::{Put, Store, Token, When, Written, token_of};
use crate::sync::{AtomicBool, AtomicU64, Mutex, Ordering};

const ENTRY: &[u8] = b"entry";
const STAMP: &[u8] = b"stamp";

/// What is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Without {
    Nothing,
    /// Values are written whatever is there.
    Lease,
    /// Values are written where nothing is, and no lease is put.
    LeaseButAbsent,
    /// Who deletes a key leaves a lease that he finds.
    DeletedLease,
    /// The stamp is made after the load.
    StampBeforeLoad,
    /// The stamp counts from one.
    RandomStamp,
    /// A value is good once it is written.
    Confirmation,
    /// A put is repeated when its answer is lost.
    SinglePut,
    /// A value does not carry the life of the store.
    Era,
    /// The moment of birth is read after the store.
    BirthBeforeRead,
    /// The mark is made before the store is told.
    StoreBeforeMark,
    /// The store is used although an invalidation is owed to it.
    Debt,
}

/// One process, its near tier of one value, and what it owes.
#[derive(Clone)]
struct Process(Arc<Inner>);

struct Inner {
    name: &'static str,
    without: Without,
    world: World,
    epoch: AtomicU64,
    near: Mutex<Option<(u64, u64)>>,
    keeps: bool,
    owes: AtomicBool,
}

/// What an entry holds: a token, the stamp and the incarnation that it was born under, a value.
fn entry(stamp: Token, incarnation: u64, version: u64) -> Vec<u8> {
    let incarnation = u8::try_from(incarnation).unwrap();
    let version = u8::try_from(version).unwrap();
    [&token::fresh().0[..], &stamp.0, &[incarnation, version]].concat()
}

impl Inner {
    async fn put(&self, key: &[u8], value: &[u8], when: When) -> Result<Written> {
        let put = [Put {
            key,
            value,
            ttl: None,
            when,
        }];
        let written = self.world.put(&put).await;
        if written.is_err() && self.without == Without::SinglePut {
            return Ok(self.world.put(&put).await?[0]);
        }
        Ok(written?[0])
    }

    /// What the store has, if it is good; the incarnation, what is under the key, and the stamp.
    async fn look(&self) -> Result<(Option<u64>, u64, Option<Vec<u8>>, Option<Token>)> {
        if self.owes.load(Ordering::Relaxed) && self.without != Without::Debt {
            self.world.delete(&[ENTRY, STAMP]).await?;
            self.owes.store(false, Ordering::Relaxed);
        }
        let answer = self.world.get(&[ENTRY, STAMP]).await?;
        let value = |at: usize| answer.found[at].as_ref().map(|found| found.value.to_vec());
        let (there, stamp) = (value(0), value(1));
        let stamp = stamp.and_then(|stamp| token_of(&stamp));
        let good = there.as_ref().filter(|there| {
            there.len() > 16
                && stamp.is_some_and(|stamp| there[16..32] == stamp.0)
                && (u64::from(there[32]) == answer.incarnation || self.without == Without::Era)
        });
        let version = good.map(|there| u64::from(there[33]));
        Ok((version, answer.incarnation, there, stamp))
    }

    async fn stamp(&self) -> Result<Token> {
        let stamp = match self.without {
            Without::RandomStamp => Token([1; 16]),
            _ => token::fresh(),
        };
        if self.put(STAMP, &stamp.0, When::Absent).await? == Written::Yes {
            return Ok(stamp);
        }
        let (.., there) = self.look().await?;
        there.ok_or_else(|| crate::Error::store("it is gone again"))
    }

    /// The value, and whether it may be kept and shared.
    async fn load(&self) -> Result<(u64, bool)> {
        let (good, incarnation, there, stamp) = self.look().await?;
        if let Some(version) = good {
            return Ok((version, true));
        }
        let late = self.without == Without::StampBeforeLoad;
        let early = match stamp {
            None if !late => Some(self.stamp().await?),
            stamp => stamp,
        };
        let ours = token::fresh();
        let when = match there.as_deref().and_then(token_of) {
            _ if self.without == Without::Lease => When::Always,
            _ if self.without == Without::LeaseButAbsent => When::Absent,
            Some(theirs) if there.is_some_and(|there| there.len() == 16) => When::Is(theirs),
            there => {
                let over = there.map_or(When::Absent, When::Is);
                if self.put(ENTRY, &ours.0, over).await? != Written::Yes {
                    return Ok((self.world.load().await, false));
                }
                When::Is(ours)
            }
        };
        let version = self.world.load().await;
        let stamp = match early {
            Some(stamp) => stamp,
            None => self.stamp().await?,
        };
        let floor = self.world.floor(self.name);
        let bytes = entry(stamp, incarnation, version);
        let mut good = self.put(ENTRY, &bytes, when).await? == Written::Yes;
        if good && self.without != Without::Confirmation {
            let (_, now, _, there) = self.look().await?;
            good = there == Some(stamp) && (now == incarnation || self.without == Without::Era);
        }
        if good {
            self.world.gives(floor, version);
        }
        Ok((version, good))
    }

    async fn call(&self) {
        let floor = self.world.floor(self.name);
        let mut born = self.epoch.load(Ordering::Relaxed);
        let near = self.near.lock().filter(|near| near.1 == born);
        let version = if let Some((version, _)) = near {
            version
        } else if let Ok((version, good)) = self.load().await {
            if self.without == Without::BirthBeforeRead {
                born = self.epoch.load(Ordering::Relaxed);
            }
            if good && self.keeps {
                *self.near.lock() = Some((version, born));
            }
            version
        } else {
            self.world.load().await
        };
        self.world.gives(floor, version);
    }

    fn mark(&self) {
        self.epoch.fetch_add(1, Ordering::Relaxed);
    }

    async fn invalidate(&self, key: &[u8]) {
        let version = self.world.change();
        let early = self.without == Without::StoreBeforeMark;
        if early {
            self.mark();
        }
        let reached = self.delete(key).await;
        self.owes.store(reached.is_err(), Ordering::Relaxed);
        if !early {
            self.mark();
        }
        self.world.invalidated(self.name, version, reached.is_err());
    }

    async fn delete(&self, key: &[u8]) -> Result<()> {
        if self.without == Without::DeletedLease {
            let (_, _, there, _) = self.look().await?;
            if there.is_some_and(|there| there.len() == 16) {
                return Ok(());
            }
        }
        if self.without == Without::RandomStamp && key == STAMP {
            let (.., there) = self.look().await?;
            let next = there.map_or(1, |there| there.0[0] + 1);
            return self.put(STAMP, &[next; 16], When::Always).await.map(drop);
        }
        self.world.delete(&[key]).await
    }
}

impl Process {
    fn call(&self, task: &'static str) -> Task {
        let inner = self.0.clone();
        Task::new(task, async move { inner.call().await })
    }

    fn invalidate(&self, task: &'static str, key: &'static [u8]) -> Task {
        let inner = self.0.clone();
        Task::new(task, async move { inner.invalidate(key).await })
    }
}

/// Two who call, one who invalidates, and one who calls in each process.
fn model(
    without: Without,
    key: &'static [u8],
    keeps: bool,
    faults: &'static [Fault],
    preemptions: usize,
) -> Explored {
    let nature = Nature {
        faults,
        at_most: usize::from(!faults.is_empty()),
        ..KIND
    };
    let bounds = Bounds {
        preemptions,
        drops: 0,
    };
    explore(bounds, |choices: Choices| {
        let world = World::new(nature, choices);
        let process = |name, keeps| {
            Process(Arc::new(Inner {
                name,
                without,
                world: world.clone(),
                epoch: AtomicU64::new(0),
                near: Mutex::new(None),
                keeps,
                owes: AtomicBool::new(false),
            }))
        };
        let (a, b) = (process("A", false), process("B", keeps));
        vec![
            a.call("A1"),
            b.call("B1"),
            b.invalidate("B2", key),
            b.call("B3"),
        ]
    })
}

const KEY: &[u8] = ENTRY;
const TAG: &[u8] = STAMP;

#[test]
fn with_all_rules_nothing_goes_wrong() {
    for key in [KEY, TAG] {
        model(Without::Nothing, key, true, &[], 2).is_clean();
    }
}

#[test]
fn with_all_rules_no_fault_does_harm() {
    let faults = [
        &[Fault::FailsBefore][..],
        &[Fault::FailsAfter],
        &[Fault::Evicts],
        &[Fault::GoesBack],
    ];
    for faults in faults {
        for key in [KEY, TAG] {
            model(Without::Nothing, key, true, faults, 1).is_clean();
        }
    }
}

#[test]
fn each_rule_is_needed() {
    use Without::*;

    let rules: [(Without, &'static [u8], bool, &'static [Fault]); 11] = [
        (Lease, KEY, false, &[]),
        (LeaseButAbsent, KEY, false, &[]),
        (DeletedLease, KEY, false, &[]),
        (StampBeforeLoad, TAG, false, &[]),
        (RandomStamp, TAG, false, &[Fault::Evicts]),
        (Confirmation, TAG, false, &[]),
        (SinglePut, TAG, false, &[Fault::FailsAfter]),
        (Era, KEY, false, &[Fault::GoesBack]),
        (BirthBeforeRead, KEY, true, &[]),
        (StoreBeforeMark, KEY, true, &[]),
        (Debt, KEY, false, &[Fault::FailsBefore]),
    ];
    for (without, key, keeps, faults) in rules {
        eprintln!("\nwithout {without:?}:");
        model(without, key, keeps, faults, 2).is_bad();
    }
}
