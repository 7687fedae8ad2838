//! The lock of a key: of all processes that miss it, one loads it.
//!
//! Under the lock's key a store holds nothing, or a token and a byte that says whether the lock is held, is free, or was left by a
//! load that kept nothing. All steps are conditional puts over the token that was seen, so a lock that was lost is never freed or
//! renewed by the one who had it. The lock protects no value: its lease does. A lock that ends too early costs a load.

use std::sync::Arc;
use std::time::Duration;

use super::{Far, token};
use crate::clock;
use crate::error::{Error, Result};
use crate::rule::{self, Rule};
use crate::store::{Put, Token, When, Written, token_of};
use crate::wait::WaitCell;

/// How long a lock stands that is not renewed: what a process costs the others that is killed during a load.
const LIFE: Duration = Duration::from_secs(3);
/// How often it is renewed while its load runs.
const RENEWAL: Duration = Duration::from_secs(1);
/// After this time a lock is no longer renewed: others stop waiting, as in one process.
const LONGEST: Duration = Duration::from_secs(10);
/// How long it stays known how a load has ended.
const AFTERWARDS: Duration = Duration::from_secs(1);
/// How often to try for a lock that others take and free in between.
const TRIES: usize = 4;

const HELD: u8 = b'h';
const FREE: u8 = b'f';
const NOTHING_KEPT: u8 = b'n';

/// What a lock is, as its store shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LockState {
    /// Nobody has it.
    Free(When),
    /// The holder of this token loads.
    Held(Token),
    /// A load has just ended and kept nothing: for a second, nobody waits for another's load.
    NothingKept,
}

/// What came of asking for a lock.
#[derive(Debug)]
pub(crate) enum LockAttempt {
    /// It is ours until this is dropped.
    Ours(LoadLock),
    /// It is not ours.
    Not(LockState),
}

/// A lock that this process holds, and renews. Dropped, it is free, or says that nothing was kept if the thread panics.
///
/// A task of its own renews and frees it, so that a load may block its thread and may be dropped anywhere.
#[derive(Debug)]
pub(crate) struct LoadLock {
    left: Arc<WaitCell<Option<u8>>>,
}

impl LoadLock {
    /// Ends the lock of a load that kept nothing.
    pub(crate) fn nothing_kept(self) {
        self.end(NOTHING_KEPT);
    }

    fn end(&self, state: u8) {
        let state = rule::asks_for(Rule::LeavesVerdict, state, FREE);
        self.left.update(|left| _ = left.get_or_insert(state));
    }
}

impl Drop for LoadLock {
    fn drop(&mut self) {
        let has_failed = std::thread::panicking();
        self.end(if has_failed { NOTHING_KEPT } else { FREE });
    }
}

impl Far {
    /// Asks for the lock of a key. A caller that is dropped meanwhile may leave it held, for the life of a lock.
    ///
    /// # Errors
    ///
    /// If the store could not be asked, or does not take the lock.
    pub(crate) async fn lock(&self, key: &[u8]) -> Result<LockAttempt> {
        let slot = self.space.lock(key);
        let ours = token::fresh();
        let mut when = When::Absent;
        for _ in 0..TRIES {
            match self.put_lock(&slot, (ours, HELD), when, LIFE).await? {
                Written::Yes => return Ok(LockAttempt::Ours(self.hold(slot, ours))),
                Written::TooLarge => return Err(self.fault(Error::too_large())),
                Written::No => {}
            }
            match self.lock_state(key).await? {
                LockState::Free(over) => when = over,
                other => return Ok(LockAttempt::Not(other)),
            }
        }
        Err(self.overtaken())
    }

    /// What the lock of a key is now.
    ///
    /// # Errors
    ///
    /// If the store could not be asked.
    pub(crate) async fn lock_state(&self, key: &[u8]) -> Result<LockState> {
        let slot = self.space.lock(key);
        let found = self.get(&[&slot], false).await?.found;
        let Some(found) = found.into_iter().next().flatten() else {
            return Ok(LockState::Free(When::Absent));
        };
        let token = token_of(&found.value).ok_or_else(Error::absent)?;
        Ok(match found.value.get(Token::LENGTH) {
            Some(&HELD) => LockState::Held(token),
            Some(&NOTHING_KEPT) => LockState::NothingKept,
            _ => LockState::Free(When::Is(token)),
        })
    }

    fn hold(&self, slot: Vec<u8>, ours: Token) -> LoadLock {
        let left = Arc::new(WaitCell::new(None));
        let lock = LoadLock { left: left.clone() };
        if let Some(far) = self.itself.upgrade() {
            let keep = async move { far.renew(&slot, ours, &left).await };
            #[cfg(all(test, not(cache_loom)))]
            let Err(keep) = crate::spawn::simulated::spawn(keep) else {
                return lock;
            };
            in_background(keep);
        }
        lock
    }

    /// Renews a lock until its load has ended, and then says how.
    async fn renew(&self, slot: &[u8], ours: Token, left: &WaitCell<Option<u8>>) {
        let held = rule::asks_for(Rule::LockByHolder, When::Is(ours), When::Always);
        let renewal = rule::asks_for(Rule::LockRenewed, RENEWAL, LONGEST);
        let last = clock::now().after(LONGEST);
        loop {
            let next = clock::now().after(renewal).min(last);
            if let Some(state) = left.until(next, Option::take).await {
                // With a token of its own: a renewal that the store executes late finds another.
                let end = (token::fresh(), state);
                drop(self.put_lock(slot, end, held, AFTERWARDS).await);
                return;
            }
            if clock::now() >= last {
                return;
            }
            let renewed = self.put_lock(slot, (ours, HELD), held, LIFE).await;
            // What fails is tried again. Another may have the lock by now.
            if matches!(renewed, Ok(Written::No)) {
                return;
            }
        }
    }

    async fn put_lock(
        &self,
        slot: &[u8],
        (token, state): (Token, u8),
        when: When,
        ttl: Duration,
    ) -> Result<Written> {
        self.deliver().await?;
        let put = Put {
            key: slot,
            value: &[&token.0[..], &[state]].concat(),
            ttl: Some(ttl),
            when,
        };
        Ok(self.put(&[put]).await?[0])
    }
}

/// Runs what keeps a lock on the stores' thread, by the caller's clock.
#[cfg(all(feature = "runtime", not(cache_loom)))]
fn in_background(keep: impl Future<Output = ()> + Send + 'static) {
    // Without the thread, the lock ends when it is not renewed.
    drop(crate::store::runtime::spawn(
        crate::clock::stopped::InClock::here(keep),
    ));
}

/// Runs what keeps a lock on a thread of its own, by the caller's clock.
#[cfg(not(any(feature = "runtime", cache_loom)))]
fn in_background(keep: impl Future<Output = ()> + Send + 'static) {
    let clock = crate::clock::stopped::here();
    let thread = std::thread::Builder::new().name("cache-lock".into());
    // Without the thread, the lock ends when it is not renewed.
    drop(thread.spawn(move || {
        let _clock = clock.as_ref().map(crate::clock::stopped::Stopped::enter);
        crate::wait::block_on(keep);
    }));
}

/// The models take no locks.
#[cfg(cache_loom)]
fn in_background(_: impl Future<Output = ()> + Send + 'static) {}
