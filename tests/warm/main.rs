//! Pages that are kept warm. Whoever invalidates anything in the process looks them over, so these tests run one at a time and away
//! from all others.

#[path = "../http/support.rs"]
#[allow(
    dead_code,
    unused_imports,
    reason = "that of pages, of which these tests use a part"
)]
mod support;

mod journal;
mod pages;
mod reach;
mod renders;
mod stores;

use std::ops::Deref;

use cache_core::testing::Clock;
use tokio::sync::{Mutex, MutexGuard};

/// The turn of a test, with a clock that it turns by hand.
struct Turn {
    clock: Clock,
    _alone: MutexGuard<'static, ()>,
}

impl Turn {
    async fn take() -> Self {
        static TURNS: Mutex<()> = Mutex::const_new(());
        let alone = TURNS.lock().await;
        Self {
            clock: Clock::freeze(),
            _alone: alone,
        }
    }
}

impl Deref for Turn {
    type Target = Clock;

    fn deref(&self) -> &Clock {
        &self.clock
    }
}
