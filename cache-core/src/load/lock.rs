//! One load in all processes that share a store, where a site asks for that.
//!
//! In each process the leader of the flight competes. A leader without the lock waits until the lock changes, looks in the store,
//! and judges what it finds by its stamps. It waits no longer than for a leader of this process.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use super::backing::Backing;
use super::leader::{Leader, Role};
use super::opened::{How, Opened};
use super::patience::LEADER_TIMEOUT;
use super::store::Asked;
use crate::clock::{self, Moment};
use crate::entry::AnyEntry;
use crate::far::{Far, LoadLock, LockAttempt, LockState, WriteOutcome};
use crate::rule::{self, Rule};
use crate::store::Token;
use crate::wait::pause;

/// The shortest and the longest time between two looks at a lock that another process has.
const LOOKS: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(100));
/// A waiter looks again after an eighth of the time that it has waited. So it is late by an eighth of the load at most.
const LATENESS: u32 = 8;
/// How often a waiter competes anew when a load has ended and left nothing for it.
const ROUNDS: usize = 3;

/// What competing for the lock of a key has come to.
enum Competed {
    /// The caller loads. This is what the store has.
    Load(Asked),
    /// The store has a value by now.
    Found(Arc<dyn AnyEntry>),
    /// The stale value of the caller serves.
    Stale(Arc<dyn AnyEntry>),
    /// The caller gives up.
    TimedOut,
}

/// What waiting for another's lock has come to.
enum LockWait {
    /// It has changed.
    Changed,
    /// It takes too long, or the store does not say.
    InVain,
    /// The caller has waited for as long as it wanted to.
    OutOfPatience,
}

impl<'n> Leader<'n> {
    /// Whether this load waits for its like in other processes.
    pub(super) fn takes_lock(&self) -> bool {
        let is_flight = matches!(self.role, Role::Flight(_));
        is_flight && self.request.backing.is_some() && self.request.rules().lock
    }

    /// Takes the lock of the key, or waits for what the process that has it brings. `asked` is what the store had.
    pub(super) async fn compete(
        mut self: Box<Self>,
        backing: Backing<'n>,
        asked: Asked,
    ) -> ControlFlow<Opened<'n>, (Box<Self>, Asked)> {
        ControlFlow::Break(match self.competed(backing, asked).await {
            Competed::Load(asked) => return ControlFlow::Continue((self, asked)),
            Competed::Found(entry) => self.adopt(entry).await,
            // It is loaded anew behind the caller, who waits no longer.
            Competed::Stale(entry) => Opened::Behind(entry, How::Stale, self),
            // The load that it has waited for goes on, and is kept in the store.
            Competed::TimedOut => Opened::TimedOut(self.into_solo()),
        })
    }

    async fn competed(&mut self, backing: Backing<'n>, mut asked: Asked) -> Competed {
        let key = backing.key_of(&self.request.key).into_owned();
        let begun = clock::now();
        for _ in 0..ROUNDS {
            if matches!(asked, Asked::InVain) {
                break;
            }
            let theirs = match backing.far.lock(&key).await {
                Ok(LockAttempt::Ours(lock)) => {
                    self.lock = Some(lock);
                    return self.look_again_if_open(backing, asked).await;
                }
                Ok(LockAttempt::Not(LockState::Held(theirs))) => theirs,
                Ok(LockAttempt::Not(_)) | Err(_) => break,
            };
            match self.wait_for_lock(backing.far, &key, theirs, begun).await {
                LockWait::Changed => {}
                LockWait::InVain => break,
                LockWait::OutOfPatience => match self.out_of_patience() {
                    Some(instead) => return instead,
                    None => continue,
                },
            }
            asked = match self.look_again(backing).await {
                Ok(entry) => return Competed::Found(entry),
                Err(unusable) => unusable,
            };
        }
        Competed::Load(asked)
    }

    /// Waits until the lock is no longer held under this token.
    async fn wait_for_lock(&self, far: &Far, key: &[u8], theirs: Token, begun: Moment) -> LockWait {
        let (last, impatient) = (begun.after(LEADER_TIMEOUT), self.end_of_own_patience());
        loop {
            let now = clock::now();
            if now >= last {
                return LockWait::InVain;
            }
            if now >= impatient {
                return LockWait::OutOfPatience;
            }
            let (shortest, longest) = LOOKS;
            let next = (now.since(begun) / LATENESS).clamp(shortest, longest);
            pause(next.min(last.min(impatient).since(now))).await;
            match far.lock_state(key).await {
                Ok(LockState::Held(token)) if token == theirs => {}
                Ok(_) => return LockWait::Changed,
                Err(_counted) => return LockWait::InVain,
            }
        }
    }

    /// What the caller gets that does not want to wait for longer; `None` if it goes on waiting, without a stale value.
    fn out_of_patience(&mut self) -> Option<Competed> {
        if let Some(stale) = self.stale() {
            return Some(Competed::Stale(stale));
        }
        let patience = self.request.patience.as_mut()?;
        patience.without_stale();
        (clock::now() >= patience.hard_deadline()).then_some(Competed::TimedOut)
    }

    /// When the caller takes its stale value, or gives up. Behind its caller a load has all the time.
    fn end_of_own_patience(&self) -> Moment {
        match &self.request.patience {
            Some(patience) if !self.is_behind => {
                patience.soft_deadline().min(patience.hard_deadline())
            }
            _ => Moment::NEVER,
        }
    }

    /// Looks again, now that the lock is ours: another may have stored the value. A key that was empty needs no look: taking the
    /// lease shows it.
    async fn look_again_if_open(&self, backing: Backing<'n>, asked: Asked) -> Competed {
        match asked {
            Asked::Saw(seen) if !seen.is_lease() => Competed::Load(Asked::Saw(seen)),
            asked if rule::is_left_out(Rule::LooksAgain) => Competed::Load(asked),
            _ => match self.look_again(backing).await {
                Ok(entry) => Competed::Found(entry),
                Err(asked) => Competed::Load(asked),
            },
        }
    }

    async fn look_again(&self, backing: Backing<'n>) -> Result<Arc<dyn AnyEntry>, Asked> {
        let generation = self.generation().renamed(Box::default());
        backing.look(&self.request, &generation).await
    }

    /// Ends the lock of a load that has kept nothing: the next loads do not wait for each other.
    pub(super) fn unlock_without_value(&mut self) {
        if let Some(lock) = self.lock.take() {
            LoadLock::nothing_kept(lock);
        }
    }

    /// Ends the lock of a load whose value was to be kept. What was invalidated meanwhile is loaded by one process again.
    pub(super) fn unlock(&mut self, kept: Option<&WriteOutcome>) {
        if matches!(kept, Some(WriteOutcome::Good | WriteOutcome::Invalidated)) {
            self.lock = None;
        } else {
            self.unlock_without_value();
        }
    }
}
