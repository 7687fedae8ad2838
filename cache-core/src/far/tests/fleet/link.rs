//! A process's end of a line: who waits for which replies, and what is done with each message of the server, as
//! `store/redis/{link,tracked}.rs` do it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::omissions::Omission;
use super::races::Race;
use super::server::{Command, Item, Reply};
use super::state::{Fleet, Pid};
use crate::clock;
use crate::entry::Session;
use crate::spawn::simulated;
use crate::sync::{AtomicBool, Mutex, Ordering};
use crate::tracking::{SESSION, Tracking};
use crate::wait::{WaitCell, pause};

/// How long an answer may take before the line counts as dead.
const ANSWER: Duration = Duration::from_secs(5);
/// How long each step of connecting may take.
const CONNECT: Duration = Duration::from_secs(2);
const PING: Duration = SESSION.checked_div(3).expect("three is not zero");

/// The server gives no answer any more.
#[derive(Debug)]
pub(super) struct Gone;

pub(super) struct Link {
    fleet: Fleet,
    pub(super) line: usize,
    pub(super) pid: Pid,
    pub(super) incarnation: u64,
    tracking: Arc<Tracking>,
    session: Arc<Session>,
    is_tracked: AtomicBool,
    is_broken: AtomicBool,
    waiting: Mutex<VecDeque<Waiting>>,
}

struct Waiting {
    left: usize,
    replies: Vec<Reply>,
    done: Arc<WaitCell<Option<Result<Vec<Reply>, Gone>>>>,
}

impl Link {
    /// Connects: asks who the server is, and has it tell of changes.
    pub(super) async fn open(
        fleet: &Fleet,
        pid: Pid,
        tracking: &Arc<Tracking>,
        former: Option<&Arc<Session>>,
    ) -> Result<Arc<Self>, Gone> {
        let number = fleet.with(|state| state.open_line(pid));
        let session = match former {
            Some(former) if fleet.omits(Omission::LossEndsSession) => former.clone(),
            _ => Arc::new(Session::new()),
        };
        let link = |incarnation| {
            Arc::new(Self {
                fleet: fleet.clone(),
                line: number,
                pid,
                incarnation,
                tracking: tracking.clone(),
                session: session.clone(),
                is_tracked: AtomicBool::new(false),
                is_broken: AtomicBool::new(false),
                waiting: Mutex::default(),
            })
        };
        let hello = link(0);
        fleet.with(|state| state.links.insert(number, hello.clone()));
        let who = hello.ask_within(vec![Command::Hello], CONNECT).await?;
        let Some(Reply::Number(life)) = who.into_iter().next() else {
            return Err(Gone);
        };
        let life = if fleet.omits(Omission::Incarnation) {
            1
        } else {
            u64::try_from(life).unwrap() + 1
        };
        let link = link(life);
        fleet.with(|state| state.links.insert(number, link.clone()));
        link.clone().begin(former.is_some()).await?;
        Ok(link)
    }

    async fn begin(self: Arc<Self>, is_again: bool) -> Result<(), Gone> {
        let asked = clock::now();
        self.ask_within(vec![Command::Track], CONNECT).await?;
        self.session.last_until(asked.after(SESSION));
        if is_again {
            self.fleet.reach(Race::Reconnect);
        }
        if !is_again || !self.fleet.omits(Omission::LossEndsSession) {
            self.tracking.begin(&self.session);
        }
        self.is_tracked.store(true, Ordering::Relaxed);
        let pinged = self.clone();
        drop(simulated::spawn(async move {
            pinged.ping().await;
            pinged.give_up();
        }));
        Ok(())
    }

    /// Prolongs the session with each answer, by the time at which it was asked for, until there is none.
    async fn ping(&self) {
        loop {
            pause(PING).await;
            if self.is_broken() {
                return;
            }
            let asked = clock::now();
            let answer = if self.fleet.omits(Omission::PongsInOrder) {
                self.ping_beside().await
            } else {
                self.ask_within(vec![Command::Ping], ANSWER).await
            };
            if answer.is_err() {
                return;
            }
            let from = if self.fleet.omits(Omission::PingTimeAtSend) {
                clock::now()
            } else {
                asked
            };
            self.session.last_until(from.after(SESSION));
        }
    }

    /// A ping over another connection.
    async fn ping_beside(&self) -> Result<Vec<Reply>, Gone> {
        pause(Duration::from_millis(1)).await;
        let is_cut = |until: &u64| self.fleet.with(|state| state.now < *until);
        let until = self
            .fleet
            .with(|state| state.cut_until.get(&self.pid).copied());
        if until.as_ref().is_some_and(is_cut) {
            return Err(Gone);
        }
        Ok(Vec::new())
    }

    pub(super) fn session(&self) -> &Arc<Session> {
        &self.session
    }

    pub(super) fn is_broken(&self) -> bool {
        self.is_broken.load(Ordering::Relaxed)
    }

    /// The next request goes over another line, and this one tells of no change any more.
    pub(super) fn give_up(&self) {
        self.is_broken.store(true, Ordering::Relaxed);
        self.end();
    }

    fn end(&self) {
        if !self.fleet.omits(Omission::LossEndsSession) {
            self.tracking.end(&self.session);
        }
    }

    /// Where changes are told, if they are.
    pub(super) fn told(&self) -> Option<&Tracking> {
        let is_tracked = self.is_tracked.load(Ordering::Relaxed);
        is_tracked.then_some(&*self.tracking)
    }

    /// Sends commands, and waits for a reply to each.
    pub(super) async fn ask(&self, commands: Vec<Command>) -> Result<Vec<Reply>, Gone> {
        let replies = self.ask_within(commands, ANSWER).await;
        if replies.is_err() {
            self.give_up();
        }
        replies
    }

    async fn ask_within(
        &self,
        commands: Vec<Command>,
        limit: Duration,
    ) -> Result<Vec<Reply>, Gone> {
        if self.is_broken() {
            return Err(Gone);
        }
        let done = Arc::new(WaitCell::new(None));
        self.waiting.lock().push_back(Waiting {
            left: commands.len(),
            replies: Vec::new(),
            done: done.clone(),
        });
        self.fleet.with(|state| {
            for command in commands {
                state.send(self.line, command);
            }
        });
        let deadline = clock::now().after(limit);
        let replies = done.until(deadline, Option::take).await;
        replies.unwrap_or(Err(Gone))
    }

    /// What has arrived is read.
    pub(super) fn hear(&self, item: Item) {
        match item {
            Item::Push(Some(key)) => self.tracking.changed(&key),
            Item::Push(None) if self.fleet.omits(Omission::NullPush) => {}
            Item::Push(None) => self.tracking.all_changed(),
            Item::Reply(reply) => {
                let mut waiting = self.waiting.lock();
                let Some(first) = waiting.front_mut() else {
                    return;
                };
                first.replies.push(reply);
                first.left -= 1;
                if first.left == 0 {
                    let whole = waiting.pop_front();
                    drop(waiting);
                    if let Some(Waiting { replies, done, .. }) = whole {
                        done.update(|there| *there = Some(Ok(replies)));
                    }
                }
            }
        }
    }

    /// The connection was closed.
    pub(super) fn closed(&self) {
        self.is_broken.store(true, Ordering::Relaxed);
        self.end();
        let waiting = std::mem::take(&mut *self.waiting.lock());
        for waiting in waiting {
            waiting.done.update(|there| *there = Some(Err(Gone)));
        }
    }
}
