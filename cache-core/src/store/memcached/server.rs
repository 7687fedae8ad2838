//! One server: a queue of calls, and the task that carries them.

use std::io;
use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::connection::{PATIENCE, carry, queued};
use super::endpoint::{Endpoint, Halves};
use super::reply::MetaReply;
use super::request::MetaRequest;
use super::round::{BatchedCall, Failure};
use crate::error::{Error, Result};
use crate::store::runtime;
use crate::store::stage::Stage;

/// A server, whether it can be reached or not. It has one connection, made by the first call and again by the first call
/// after it broke; all calls share it.
pub(super) struct MemcachedServer {
    name: String,
    stage: Stage,
    calls: UnboundedSender<BatchedCall>,
}

/// Replies that are still to come.
pub(super) struct ComingReplies(oneshot::Receiver<std::result::Result<Vec<MetaReply>, Failure>>);

impl MemcachedServer {
    /// Starts the task. It ends with the store.
    ///
    /// # Errors
    ///
    /// If the system refuses the stores' thread.
    pub(super) fn start(endpoint: Endpoint) -> Result<Self> {
        let name = endpoint.name().to_owned();
        let (calls, queue) = unbounded_channel();
        let stage = Stage::default();
        drop(runtime::spawn(serve(endpoint, stage.clone(), queue))?);
        Ok(Self { name, stage, calls })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What it is busy with before it can be asked.
    pub(super) fn doing(&self) -> Option<String> {
        self.stage.get()
    }

    /// Asks; what is asked is carried out whether the replies are waited for or not.
    pub(super) fn ask(&self, requests: Vec<MetaRequest>) -> ComingReplies {
        let (answer, coming) = oneshot::channel();
        // A task that has ended drops the call, which its caller then learns.
        let _ = self.calls.send(BatchedCall { requests, answer });
        ComingReplies(coming)
    }
}

impl ComingReplies {
    /// A reply to each request, in their order.
    ///
    /// # Errors
    ///
    /// If the server was not reached or did not answer as it should.
    pub(super) async fn replies(self) -> Result<Vec<MetaReply>> {
        let replies = self.0.await.map_err(Error::store)?;
        replies.map_err(|failure| Error::store(failure.to_string()))
    }
}

async fn serve(endpoint: Endpoint, stage: Stage, mut calls: UnboundedReceiver<BatchedCall>) {
    let failure = |error: &io::Error| -> Failure { Arc::from(format!("{endpoint}: {error}")) };
    while let Some(first) = calls.recv().await {
        match connect(&endpoint, &stage).await {
            Ok(halves) => carry(halves, first, &mut calls, failure).await,
            Err(error) => {
                let failure = failure(&error);
                let calls = queued(&mut calls);
                for call in std::iter::once(first).chain(calls) {
                    call.fail(&failure);
                }
            }
        }
    }
}

async fn connect(endpoint: &Endpoint, stage: &Stage) -> io::Result<Halves> {
    let connected = timeout(PATIENCE, endpoint.connect(stage)).await;
    let connected = connected.unwrap_or_else(|_| {
        let doing = stage.get().unwrap_or_default();
        let late = format!("no answer: {doing}");
        Err(io::Error::new(io::ErrorKind::TimedOut, late))
    });
    stage.clear();
    connected
}
