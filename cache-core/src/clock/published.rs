//! The time that most hits read: a number in memory, which a thread sets every twenty milliseconds while there are such hits.
//!
//! While nobody knows it, because nobody asks or because tests have stopped a clock, it is later than every moment.

use std::sync::atomic::AtomicBool;
use std::thread::Thread;
use std::time::Duration;

use once_cell::sync::OnceCell;

use super::{Moment, SIXTEENTH, running};
use crate::sync::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// Each step interrupts a thread that is at work: with steps of two milliseconds, a page's server lost a tenth of its rate.
const STEP: Duration = Duration::from_millis(20);
/// How many steps the thread makes that nobody asks for, before it sleeps.
const QUIET: u32 = 5;
/// It is woken if so many ask within this time.
const MANY: u32 = 256;
const WITHIN: Duration = Duration::from_millis(100);

/// A published time that lags by more is withdrawn: a sixteenth of a second.
const LAG: u64 = 1 << SIXTEENTH;
// A thread that is late by a step does not yet withdraw it.
const _: () = assert!(STEP.as_millis() * 2 < 1_000 / 16);

/// From here on, a number is no moment: nobody knows the time.
const UNKNOWN: u64 = 1 << 63;

/// How many threads have entered a stopped clock: while none has, nobody looks further.
static STOPPED: AtomicUsize = AtomicUsize::new(0);

static NOW: AtomicU64 = AtomicU64::new(UNKNOWN);
/// How often it was withdrawn: each time it has another value, so that the thread cannot take one for another.
static WITHDRAWN: AtomicU64 = AtomicU64::new(0);
static WAS_ASKED: AtomicBool = AtomicBool::new(false);
static ASKED_IN_VAIN: AtomicU32 = AtomicU32::new(0);
static IN_VAIN_SINCE: AtomicU64 = AtomicU64::new(0);
static IS_WOKEN: AtomicBool = AtomicBool::new(false);
/// `None` where the system refuses the thread.
static THREAD: OnceCell<Option<Thread>> = OnceCell::new();

/// The moment that was last published, as bits; later than every moment while it is unknown.
#[inline]
pub(crate) fn published() -> u64 {
    NOW.load(Ordering::Relaxed)
}

/// Whether a moment is surely still to come: if not, it may be. By the published time as far as that may lag, where it is known.
#[inline]
pub(crate) fn is_surely_before(moment: Moment) -> bool {
    // What is unknown is later than every moment but that which never comes.
    published().saturating_add(LAG) < moment.to_bits()
}

/// Asks for the time to be published. A published time that lags is withdrawn: its thread does not get to run.
pub(crate) fn ask() {
    if !WAS_ASKED.load(Ordering::Relaxed) {
        WAS_ASKED.store(true, Ordering::Relaxed);
    }
    let published = published();
    let now = running();
    if published >= UNKNOWN {
        ask_in_vain(now);
    } else if now.to_bits().saturating_sub(published) > LAG {
        withdraw();
    }
}

#[cold]
fn ask_in_vain(now: Moment) {
    if !is_running() || IS_WOKEN.load(Ordering::Relaxed) {
        return;
    }
    let asked = ASKED_IN_VAIN.fetch_add(1, Ordering::Relaxed) + 1;
    if asked == 1 {
        IN_VAIN_SINCE.store(now.to_bits(), Ordering::Relaxed);
    }
    if asked < MANY {
        return;
    }
    ASKED_IN_VAIN.store(0, Ordering::Relaxed);
    let since = Moment::from_bits(IN_VAIN_SINCE.load(Ordering::Relaxed));
    if now.since(since) < WITHIN && !IS_WOKEN.swap(true, Ordering::Relaxed) {
        let thread = THREAD.get_or_init(begin);
        thread.iter().for_each(Thread::unpark);
    }
}

/// Whether no thread has entered a stopped clock.
#[inline]
pub(super) fn is_running() -> bool {
    // A thread that has not entered one need not know at once.
    STOPPED.load(Ordering::Relaxed) == 0
}

/// A thread enters a stopped clock: from now on nobody knows the time.
pub(super) fn stop() {
    // In this order: who publishes looks at the first after it has read the second.
    STOPPED.fetch_add(1, Ordering::SeqCst);
    withdraw();
}

/// A thread has left one.
pub(super) fn go_on() {
    STOPPED.fetch_sub(1, Ordering::Relaxed);
}

fn withdraw() {
    let number = WITHDRAWN.fetch_add(1, Ordering::SeqCst);
    NOW.store(UNKNOWN | number, Ordering::SeqCst);
}

fn begin() -> Option<Thread> {
    let thread = std::thread::Builder::new().name("cache-clock".into());
    let handle = thread.stack_size(64 << 10).spawn(publish).ok()?;
    Some(handle.thread().clone())
}

fn publish() {
    loop {
        let mut quiet = 0;
        while quiet < QUIET {
            step();
            std::thread::sleep(STEP);
            quiet = if WAS_ASKED.swap(false, Ordering::Relaxed) {
                0
            } else {
                quiet + 1
            };
        }
        withdraw();
        IS_WOKEN.store(false, Ordering::Relaxed);
        while !IS_WOKEN.load(Ordering::Relaxed) {
            std::thread::park();
        }
    }
}

/// Publishes the time, unless a clock is stopped. One that is stopped meanwhile has withdrawn what is replaced here.
fn step() {
    let former = NOW.load(Ordering::SeqCst);
    if is_running() {
        let now = running().to_bits();
        let _ = NOW.compare_exchange(former, now, Ordering::SeqCst, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Other tests of the process stop clocks as well, so what is seen without one is not asserted.
    #[test]
    fn nobody_knows_the_time_while_a_clock_is_stopped() {
        stop();
        for _ in 0..2 * MANY {
            ask();
            step();
            assert!(published() >= UNKNOWN);
        }
        go_on();
    }
}
