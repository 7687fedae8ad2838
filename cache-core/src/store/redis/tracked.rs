//! A connection over which the server tells of changes to the keys that were read over it: client-side caching, as Redis
//! calls it, in its default mode (<https://redis.io/docs/latest/develop/reference/client-side-caching/>).
//!
//! - Reads of every kind count, also of keys under which nothing is, and those inside a script.
//! - The server tells nobody of what it changes over his own connection (`NOLOOP`), and then has forgotten that he had read
//!   the key. Conditional writes read it again in the same script; the others are told by whoever makes them.
//! - The messages come in the order of the changes, and before the answers to what was asked after these. They are handled
//!   where the connection is read, so that whoever has an answer knows of all changes before it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::{PushInfo, PushKind, RedisResult, Value};
use tokio::task::AbortHandle;
use tokio::time::sleep;

use super::wire::{Pushes, Wire};
use crate::clock;
use crate::entry::Session;
use crate::tracking::{SESSION, Tracking};

/// How often the server is asked whether it is there: often enough that one answer that is late ends nothing.
const PING: Duration = SESSION.checked_div(3).expect("three is not zero");

/// What a connection tells of, while it lasts.
pub(super) struct Tracked {
    pub(super) tracking: Arc<Tracking>,
    session: Arc<Session>,
    pings: AbortHandle,
}

/// A connection that may tell of changes once it has signed in.
pub(super) struct Listener {
    tracking: Arc<Tracking>,
    session: Arc<Session>,
}

impl Listener {
    pub(super) fn new(tracking: &Arc<Tracking>) -> Self {
        Self {
            tracking: tracking.clone(),
            session: Arc::new(Session::new()),
        }
    }

    /// What takes the server's messages.
    pub(super) fn pushes(&self) -> Pushes {
        let (tracking, session) = (self.tracking.clone(), self.session.clone());
        Arc::new(move |push| hear(&tracking, &session, push))
    }

    /// Has the server tell of changes; `None` if it does not. Sets `broken` when the server gives no answer any more.
    ///
    /// # Errors
    ///
    /// If it does not answer.
    pub(super) async fn begin(
        self,
        connection: &Wire,
        broken: &Arc<AtomicBool>,
    ) -> RedisResult<Option<Tracked>> {
        let Self { tracking, session } = self;
        let mut connection = connection.clone();
        let mut on = redis::cmd("CLIENT");
        on.arg("TRACKING").arg("ON").arg("NOLOOP");
        let asked = clock::now();
        match on.query_async::<()>(&mut connection).await {
            Ok(()) => {}
            Err(error) if error.is_io_error() => return Err(error),
            Err(_refused) => return Ok(None),
        }
        session.last_until(asked.after(SESSION));
        tracking.begin(&session);
        let (told, over, broken) = (tracking.clone(), session.clone(), broken.clone());
        let pinging = async move {
            ping(connection, &over).await;
            told.end(&over);
            broken.store(true, Ordering::Relaxed);
        };
        Ok(Some(Tracked {
            pings: tokio::spawn(pinging).abort_handle(),
            tracking,
            session,
        }))
    }
}

impl Tracked {
    pub(super) fn end(&self) {
        self.pings.abort();
        self.tracking.end(&self.session);
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.end();
    }
}

/// Prolongs the session with each answer, by the time at which it was asked for, until there is none.
async fn ping(mut connection: Wire, session: &Session) {
    loop {
        sleep(PING).await;
        let asked = clock::now();
        let answer = redis::cmd("PING").query_async::<()>(&mut connection).await;
        // An error that the server gives is an answer.
        if answer.is_err_and(|error| error.is_io_error()) {
            return;
        }
        session.last_until(asked.after(SESSION));
    }
}

fn hear(tracking: &Tracking, session: &Arc<Session>, push: PushInfo) {
    match push.kind {
        PushKind::Disconnection => tracking.end(session),
        PushKind::Invalidate => match push.data.into_iter().next() {
            Some(Value::Array(keys)) => {
                for key in keys {
                    match key {
                        Value::BulkString(key) => tracking.changed(&key),
                        _ => tracking.all_changed(),
                    }
                }
            }
            // The server was emptied.
            _ => tracking.all_changed(),
        },
        _ => {}
    }
}
