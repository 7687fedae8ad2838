//! One connection: requests go out as they come in, replies come back in the same order.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use super::endpoint::Halves;
use super::reply;
use super::round::{BatchedCall, Failure, Round};

/// How long a connection may take to come about, and each reply after the one before it. Callers give up much sooner; this
/// is how long a server that has stopped answering is waited for before it is tried anew.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// How many calls are written at once.
const TOGETHER: usize = 1024;

/// Carries calls, this one first, until the connection ends. What is under way then fails. If it ended while nothing was, as
/// when a server is started anew, what is queued is left for the next connection; else it fails as well, because it would
/// wait as long again for the same.
pub(super) async fn carry(
    (read, write): Halves,
    first: BatchedCall,
    calls: &mut UnboundedReceiver<BatchedCall>,
    failure: impl Fn(&io::Error) -> Failure,
) {
    let (sent, mut under_way) = unbounded_channel();
    let mut current = None;
    let end = tokio::select! {
        // An end is noticed before another call is sent into it.
        biased;
        end = receive(BufReader::new(read), &mut under_way, &mut current) => end,
        // Both at once, because a server may stop to read until its replies are read.
        fault = send(write, first, calls, sent) => Err(fault),
    };
    // Before anybody learns of the failure: what is called for afterwards gets a connection of its own.
    let calls = if end.is_err() {
        queued(calls)
    } else {
        Vec::new()
    };
    let error = end
        .err()
        .unwrap_or_else(|| io::Error::other("it closed the connection"));
    let failure = failure(&error);
    let rounds = std::iter::from_fn(|| under_way.try_recv().ok());
    for round in current.into_iter().chain(rounds) {
        round.fail(&failure);
    }
    for call in calls {
        call.fail(&failure);
    }
}

/// What waits to be sent.
pub(super) fn queued(calls: &mut UnboundedReceiver<BatchedCall>) -> Vec<BatchedCall> {
    std::iter::from_fn(|| calls.try_recv().ok()).collect()
}

/// Writes what is called for, as much at once as there is. Ends only if that fails.
async fn send(
    mut to: impl AsyncWrite + Unpin,
    first: BatchedCall,
    calls: &mut UnboundedReceiver<BatchedCall>,
    sent: UnboundedSender<Round>,
) -> io::Error {
    let mut number = 0;
    let mut batch = vec![first];
    while !batch.is_empty() {
        let mut bytes = Vec::new();
        let round = Round::of(std::mem::take(&mut batch), &mut number, &mut bytes);
        // Before it is written, so that its replies are waited for while it is.
        if sent.send(round).is_err() {
            break;
        }
        if let Err(error) = to.write_all(&bytes).await {
            return error;
        }
        calls.recv_many(&mut batch, TOGETHER).await;
    }
    // The store is gone; what is under way may end.
    drop(sent);
    std::future::pending().await
}

/// Reads the replies to what has been sent. `Ok` if the connection ends while nothing is under way, or no more can come.
async fn receive(
    mut from: BufReader<impl AsyncRead + Unpin>,
    under_way: &mut UnboundedReceiver<Round>,
    current: &mut Option<Round>,
) -> io::Result<()> {
    loop {
        let round = tokio::select! {
            biased;
            round = under_way.recv() => round,
            // An end, or words that nobody asked for.
            _ = from.fill_buf() => None,
        };
        let Some(round) = round else {
            return Ok(());
        };
        let round = current.insert(round);
        while let Some((asked, number)) = round.next() {
            let reply = timeout(PATIENCE, reply::read(&mut from, asked, number));
            let late = |_| io::Error::new(io::ErrorKind::TimedOut, "it does not answer");
            round.take(reply.await.map_err(late)??);
        }
    }
}
