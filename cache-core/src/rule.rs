//! The rules that correctness rests on, by name, where the code follows them: a test leaves one out, and must see a fault.
//!
//! Outside of tests all rules hold, and the compiler removes the question. None is asked about on the way of a hit.

#[cfg(all(test, not(cache_loom)))]
pub(crate) use self::left_out::{LeftOut, is_left_out};

/// A rule that is followed in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// A copy is armed only if the store has reported no change since the first read.
    UnchangedSinceRead,
    /// A copy of which a change was reported since then ends at once.
    ChangedEndsAtOnce,
    /// A cache whose prefix another cache of the process has does not hear of all changes, and arms nothing.
    AloneWithPrefix,
    /// An armed copy is used only while its session lasts.
    SessionLasts,
    /// A loaded value is good only if its stamps are those from before its load.
    StampsConfirmed,
    /// A loaded value is written over the token of its lease alone.
    LeaseIsFence,
    /// A stamp is prolonged only if it is the one that was seen.
    ProlongsWhatItSaw,
    /// A stamp is expired only if it is the one that was seen.
    ExpiresWhatItSaw,
    /// What is undelivered reaches the store before the store is used again.
    UndeliveredFirst,
    /// An invalidation is marked in its own process as well.
    MarksHere,
    /// An invalidation reaches the store before it is marked in its own process.
    StoreFirst,
    /// A stale value that a caller has in hand is judged when it serves.
    StaleJudgedAtUse,
    /// Who has waited for a load takes its value only if that is as good as one that was asked for when the wait began.
    SharedInTime,
    /// What is made of a copy ends with it.
    EndsWithItsParts,
    /// What is made of something stale is not kept.
    StaleIsNotKept,
    /// What is made of a value that was invalidated while it was loaded is for those who wait for it.
    DeadPartsEndAtOnce,
    /// What a store shows as expired stays so, whatever is marked here meanwhile.
    ExpiredStaysExpired,
    /// A lock is renewed while its load runs.
    LockRenewed,
    /// A lock is renewed and freed by its holder alone.
    LockByHolder,
    /// A load that keeps nothing leaves word of that in its lock.
    LeavesVerdict,
    /// Who gets a lock that another had looks at the store again.
    LooksAgain,
    /// `everywhere` waits until no copy is in use.
    EverywhereWaits,
    /// `everywhere` waits a little longer, because clocks differ.
    EverywhereMargin,
}

/// The condition that a rule asks for; met where a test goes without the rule.
#[inline]
pub(crate) fn holds(rule: Rule, condition: bool) -> bool {
    condition || is_left_out(rule)
}

/// What a rule asks for; `without` where a test goes without the rule.
#[inline]
pub(crate) fn asks_for<T>(rule: Rule, with: T, without: T) -> T {
    if is_left_out(rule) { without } else { with }
}

/// Whether a test goes without this rule.
#[cfg(not(all(test, not(cache_loom))))]
#[inline]
pub(crate) const fn is_left_out(_: Rule) -> bool {
    false
}

#[cfg(all(test, not(cache_loom)))]
mod left_out {
    use std::cell::Cell;

    use super::Rule;

    thread_local! {
        static LEFT_OUT: Cell<Option<Rule>> = const { Cell::new(None) };
    }

    /// This thread goes without a rule while this lives.
    pub(crate) struct LeftOut(());

    impl LeftOut {
        pub(crate) fn of(rule: Option<Rule>) -> Self {
            LEFT_OUT.set(rule);
            Self(())
        }
    }

    impl Drop for LeftOut {
        fn drop(&mut self) {
            LEFT_OUT.set(None);
        }
    }

    /// Whether a test goes without this rule.
    pub(crate) fn is_left_out(rule: Rule) -> bool {
        LEFT_OUT.get() == Some(rule)
    }
}
