//! One connection: requests go out as they come in, replies come back in the same order.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use super::endpoint::Halves;
use super::reply;
use super::round::{Call, Failure, Round};

/// How long a connection may take to come about, and each reply after the one before it. Callers give up much sooner; this
/// is how long a server that has stopped answering is waited for before it is tried anew.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// How many calls are written at once.
const TOGETHER: usize = 1024;

/// Carries calls, this one first, until the connection ends. `Ok` if it did while nothing was under way, or if no more calls
/// can come; else those under way have failed with the error.
pub(super) async fn carry(
    (read, write): Halves,
    first: Call,
    calls: &mut UnboundedReceiver<Call>,
    failure: impl Fn(&io::Error) -> Failure,
) -> Result<(), Failure> {
    let (sent, mut under_way) = unbounded_channel();
    let mut current = None;
    // Both at once, because a server may stop to read until its replies are read.
    let end = tokio::select! {
        fault = send(write, first, calls, sent) => Err(fault),
        end = receive(BufReader::new(read), &mut under_way, &mut current) => end,
    };
    under_way.close();
    let fault = match end {
        Ok(()) => failure(&io::Error::other("it closed the connection")),
        Err(ref error) => failure(error),
    };
    if let Some(round) = current {
        round.fail(&fault);
    }
    while let Ok(round) = under_way.try_recv() {
        round.fail(&fault);
    }
    end.map_err(|_| fault)
}

/// Writes what is called for, as much at once as there is. Ends only if that fails.
async fn send(
    mut to: impl AsyncWrite + Unpin,
    first: Call,
    calls: &mut UnboundedReceiver<Call>,
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

/// Reads the replies to what has been sent.
async fn receive(
    mut from: BufReader<impl AsyncRead + Unpin>,
    under_way: &mut UnboundedReceiver<Round>,
    current: &mut Option<Round>,
) -> io::Result<()> {
    loop {
        let round = tokio::select! {
            biased;
            round = under_way.recv() => round,
            // Read while nothing is asked, so that a server that went away is known before the next call.
            unasked = from.fill_buf() => match unasked? {
                [] => return Ok(()),
                line => return Err(reply::unexpected(line)),
            },
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
