//! The store of a process: what all its callers ask goes over one line, as in `store/redis/{dispatch,batch,pipeline}.rs`.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::call::{Answered, Call};
use super::link::{Gone, Link};
use super::server::{Command, Reply};
use super::state::{Fleet, Pid};
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::spawn::simulated;
use crate::store::{Answer, Put, Store, Written};
use crate::sync::Ordering;
use crate::tracking::Tracking;
use crate::wait::{WaitCell, pause};

/// Batches that are on their way at once.
const ON_THE_WAY: usize = 2;
/// Between two connects of which the first has failed.
const PAUSE: Duration = Duration::from_millis(20);

#[derive(Clone)]
pub(super) struct Client {
    tracking: Arc<Tracking>,
    calls: Arc<WaitCell<Calls>>,
    tells: bool,
    _end: Arc<End>,
}

/// With the last handle, the dispatcher ends.
struct End(Arc<WaitCell<Calls>>);

#[derive(Default)]
struct Calls {
    waiting: VecDeque<Arc<Call>>,
    is_over: bool,
}

impl fmt::Debug for Client {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Client")
    }
}

impl Client {
    pub(super) fn new(fleet: &Fleet, pid: Pid) -> Self {
        let tracking = Arc::new(Tracking::default());
        let calls = Arc::new(WaitCell::new(Calls::default()));
        let slot = Slot {
            fleet: fleet.clone(),
            pid,
            tracking: tracking.clone(),
            link: None,
        };
        drop(simulated::spawn(dispatch(slot, calls.clone())));
        let end = Arc::new(End(calls.clone()));
        Self {
            tracking,
            calls,
            tells: fleet.with(|state| state.profile.tells),
            _end: end,
        }
    }

    async fn ask(&self, call: Call) -> Result<Answered> {
        /// A read for which nobody waits any more need not be made.
        struct Asking(Arc<Call>);
        impl Drop for Asking {
            fn drop(&mut self) {
                self.0.is_abandoned.store(true, Ordering::Relaxed);
            }
        }
        let asking = Asking(Arc::new(call));
        self.calls
            .update(|calls| calls.waiting.push_back(asking.0.clone()));
        let answer = asking.0.answer.until(Moment::NEVER, Option::take).await;
        answer.unwrap_or(Err("no answer")).map_err(Error::store)
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.0.update(|calls| calls.is_over = true);
    }
}

/// The line of a process, as long as it is good.
struct Slot {
    fleet: Fleet,
    pid: Pid,
    tracking: Arc<Tracking>,
    link: Option<Arc<Link>>,
}

impl Slot {
    async fn link(&mut self) -> std::result::Result<Arc<Link>, Gone> {
        if let Some(link) = &self.link
            && !link.is_broken()
        {
            return Ok(link.clone());
        }
        let former = self.link.take();
        let session = former.as_ref().map(|link| link.session());
        let opened = Link::open(&self.fleet, self.pid, &self.tracking, session).await;
        if let Ok(link) = &opened {
            self.link = Some(link.clone());
        } else {
            // Its session is remembered for the next one.
            self.link = former;
            pause(PAUSE).await;
        }
        opened
    }
}

/// Serves until the store is dropped.
async fn dispatch(mut slot: Slot, calls: Arc<WaitCell<Calls>>) {
    let room = Arc::new(WaitCell::new(ON_THE_WAY));
    let waiting = |calls: &mut Calls| {
        if calls.is_over {
            Some(VecDeque::new())
        } else {
            (!calls.waiting.is_empty()).then(|| std::mem::take(&mut calls.waiting))
        }
    };
    while let Some(mut batch) = calls.until(Moment::NEVER, waiting).await
        && !batch.is_empty()
    {
        let free = |free: &mut usize| (*free > 0).then(|| *free -= 1);
        room.until(Moment::NEVER, free).await;
        batch.extend(calls.update(|calls| std::mem::take(&mut calls.waiting)));
        batch.retain(|call| !(call.is_read_only() && call.is_abandoned.load(Ordering::Relaxed)));
        if batch.is_empty() {
            room.update(|free| *free += 1);
            continue;
        }
        let Ok(link) = slot.link().await else {
            room.update(|free| *free += 1);
            for call in batch {
                call.answer.update(|there| *there = Some(Err("no line")));
            }
            continue;
        };
        let room = room.clone();
        drop(simulated::spawn(async move {
            run(&link, batch).await;
            room.update(|free| *free += 1);
        }));
    }
    if let Some(link) = slot.link {
        link.give_up();
    }
}

/// Asks everything over this line, what is read first and what is deleted last, and answers everybody.
async fn run(link: &Link, batch: VecDeque<Arc<Call>>) {
    let asks = batch.iter().flat_map(|call| call.asks());
    let writes = batch.iter().flat_map(|call| &call.writes);
    let deletes = batch.iter().map(|call| call.deletes.clone());
    let deletes = deletes.filter(|keys| !keys.is_empty());
    let commands: Vec<Command> = asks
        .chain(writes.map(|(_, command)| command.clone()))
        .chain(deletes.map(Command::Unlink))
        .collect();
    let replies = match link.ask(commands.clone()).await {
        Ok(replies) => spell_out(link, &commands, replies).await,
        Err(Gone) => Err(Gone),
    };
    for call in &batch {
        tell(link, call);
    }
    let Ok(replies) = replies else {
        for call in batch {
            call.answer
                .update(|there| *there = Some(Err("the answer is lost")));
        }
        return;
    };
    let mut replies = replies.into_iter();
    let asked: Vec<Vec<Reply>> = batch
        .iter()
        .map(|call| replies.by_ref().take(call.asks().len()).collect())
        .collect();
    for (call, asked) in batch.iter().zip(asked) {
        let written = replies.by_ref().take(call.writes.len()).collect();
        let answer = call.understand(link.incarnation, asked, written);
        call.answer.update(|there| *there = Some(answer));
    }
}

/// Sends again, with its script, what the server did not know by the script's hash.
async fn spell_out(
    link: &Link,
    commands: &[Command],
    mut replies: Vec<Reply>,
) -> std::result::Result<Vec<Reply>, Gone> {
    let unknown = |at: &usize| matches!(replies[*at], Reply::NoScript);
    let unknown: Vec<usize> = (0..replies.len()).filter(unknown).collect();
    if unknown.is_empty() {
        return Ok(replies);
    }
    let whole = unknown.iter().map(|at| match commands[*at].clone() {
        Command::WriteIf(token, write, _) => Command::WriteIf(token, write, false),
        other => other,
    });
    let again = link.ask(whole.collect()).await?;
    for (at, reply) in unknown.into_iter().zip(again) {
        replies[at] = reply;
    }
    Ok(replies)
}

/// The server tells others of what was changed over this line: this process is told here.
fn tell(link: &Link, call: &Call) {
    let Some(tracking) = link.told() else {
        return;
    };
    for (key, command) in &call.writes {
        match command {
            Command::WriteIf(..) => tracking.replaced(key),
            _ => tracking.changed(key),
        }
    }
    for key in &call.deletes {
        tracking.changed(key);
    }
}

impl Store for Client {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        let answered = self.ask(Call::new().reading(keys, true)).await?;
        Ok(answered.into_answer())
    }

    async fn get_values(&self, keys: &[&[u8]]) -> Result<Answer> {
        let answered = self.ask(Call::new().reading(keys, false)).await?;
        Ok(answered.into_answer())
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        Ok(self.ask(Call::new().writing(puts)).await?.written)
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        let deletes = keys.iter().map(|key| key.to_vec()).collect();
        self.ask(Call {
            deletes,
            ..Call::new()
        })
        .await
        .map(drop)
    }

    async fn get_and_put(
        &self,
        keys: &[&[u8]],
        puts: &[Put<'_>],
    ) -> Result<(Answer, Vec<Written>)> {
        let call = Call::new().reading(keys, true).writing(puts);
        let mut answered = self.ask(call).await?;
        let written = std::mem::take(&mut answered.written);
        Ok((answered.into_answer(), written))
    }

    fn tracking(&self) -> Option<Arc<Tracking>> {
        self.tells.then(|| self.tracking.clone())
    }
}
