//! Calls that are sent together, and their replies.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use tokio::sync::oneshot;

use super::reply::MetaReply;
use super::request::{MetaCommand, MetaRequest};
use crate::store::coalesce::Wanted;

/// Why a server did not answer; shared by all who waited for it.
pub(super) type Failure = Arc<str>;

/// What one caller asks of one server.
#[derive(Debug)]
pub(super) struct BatchedCall {
    pub(super) requests: Vec<MetaRequest>,
    /// Gets a reply to each request, in their order.
    pub(super) answer: oneshot::Sender<Result<Vec<MetaReply>, Failure>>,
}

impl BatchedCall {
    pub(super) fn fail(self, failure: &Failure) {
        // Whoever has stopped waiting needs no answer.
        let _ = self.answer.send(Err(Arc::clone(failure)));
    }

    /// Whether it can be left out: it changes nothing, and nobody waits for it.
    fn is_idle(&self) -> bool {
        let mut requests = self.requests.iter();
        self.answer.is_closed() && requests.all(|request| request.asked() == MetaCommand::Get)
    }
}

/// Calls whose requests have become one write. Reads of the same key that no write separates are one request: it is sent
/// after all of these calls have begun.
#[derive(Debug, Default)]
pub(super) struct Round {
    /// What is asked, with its number, in the order of the replies.
    expected: Vec<(MetaCommand, u64)>,
    /// What has come, and how many wait for it.
    replies: Vec<MetaReply>,
    wanted: Wanted,
    waiting: VecDeque<WaitingCall>,
}

#[derive(Debug)]
struct WaitingCall {
    /// Which of the replies it gets, in the order of its requests.
    places: Vec<usize>,
    /// How many must have come.
    needed: usize,
    call: BatchedCall,
}

impl Round {
    /// Takes these calls and writes their requests as bytes. Each gets its own number, counted up from `number`.
    pub(super) fn of(calls: Vec<BatchedCall>, number: &mut u64, out: &mut Vec<u8>) -> Self {
        let mut round = Self::default();
        let mut reads = HashMap::new();
        for mut call in calls.into_iter().filter(|call| !call.is_idle()) {
            let mut places = Vec::with_capacity(call.requests.len());
            for request in std::mem::take(&mut call.requests) {
                places.push(round.place(request, &mut reads, number, out));
            }
            let needed = places.iter().map(|place| place + 1).max().unwrap_or(0);
            round.waiting.push_back(WaitingCall {
                places,
                needed,
                call,
            });
        }
        round
    }

    /// Where the reply to this request will be.
    fn place(
        &mut self,
        request: MetaRequest,
        reads: &mut HashMap<Vec<u8>, usize>,
        number: &mut u64,
        out: &mut Vec<u8>,
    ) -> usize {
        let asked = request.asked();
        if asked == MetaCommand::Get
            && let Some(&place) = reads.get(request.key())
        {
            self.wanted.join(place);
            return place;
        }
        let place = self.wanted.add();
        *number += 1;
        request.encode(*number, out);
        self.expected.push((asked, *number));
        match request {
            MetaRequest::Get { key } => drop(reads.insert(key, place)),
            other => drop(reads.remove(other.key())),
        }
        place
    }

    /// What the next reply is to; `None` if all have come.
    pub(super) fn next(&self) -> Option<(MetaCommand, u64)> {
        self.expected.get(self.replies.len()).copied()
    }

    /// Takes the next reply, and answers those who have all of theirs.
    pub(super) fn take(&mut self, reply: MetaReply) {
        self.replies.push(reply);
        let come = self.replies.len();
        while self
            .waiting
            .front()
            .is_some_and(|front| front.needed <= come)
            && let Some(waiting) = self.waiting.pop_front()
        {
            let hand_out = |&place| self.wanted.hand_out(place, &mut self.replies[place]);
            let replies = waiting.places.iter().map(hand_out).collect();
            let _ = waiting.call.answer.send(Ok(replies));
        }
    }

    /// Tells all who wait still that nothing more will come.
    pub(super) fn fail(self, failure: &Failure) {
        for waiting in self.waiting {
            waiting.call.fail(failure);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memcached::request::Mode;

    type ComingReplies = oneshot::Receiver<Result<Vec<MetaReply>, Failure>>;

    fn call(requests: Vec<MetaRequest>) -> (BatchedCall, ComingReplies) {
        let (answer, coming) = oneshot::channel();
        (BatchedCall { requests, answer }, coming)
    }

    fn gets(keys: &[&str]) -> (BatchedCall, ComingReplies) {
        call(
            keys.iter()
                .map(|key| MetaRequest::get(key.as_bytes()))
                .collect(),
        )
    }

    fn round(calls: Vec<BatchedCall>) -> (Round, String) {
        let mut bytes = Vec::new();
        let round = Round::of(calls, &mut 0, &mut bytes);
        (round, String::from_utf8(bytes).unwrap())
    }

    fn found(text: &str) -> MetaReply {
        MetaReply::Found {
            value: text.into(),
            left: None,
            cas: 1,
        }
    }

    #[test]
    fn equal_reads_are_one_request_and_each_caller_gets_its_own() {
        let (first, mut to_first) = gets(&["a", "stamp"]);
        let (second, mut to_second) = gets(&["stamp", "b", "b"]);
        let (mut round, bytes) = round(vec![first, second]);
        let lines = ["mg a v t c O1", "mg stamp v t c O2", "mg b v t c O3", ""];
        assert_eq!(bytes, lines.join("\r\n"));
        round.take(found("a"));
        assert!(to_first.try_recv().is_err());
        round.take(found("stamp"));
        assert_eq!(
            to_first.try_recv().unwrap().unwrap(),
            [found("a"), found("stamp")]
        );
        assert_eq!(round.next(), Some((MetaCommand::Get, 3)));
        round.take(found("b"));
        assert_eq!(
            to_second.try_recv().unwrap().unwrap(),
            [found("stamp"), found("b"), found("b")]
        );
        assert_eq!(round.next(), None);
    }

    #[test]
    fn a_read_after_a_write_is_one_of_its_own() {
        let get = || MetaRequest::get(b"a");
        let put = MetaRequest::put(b"a", b"x", None, Mode::Always);
        let (call, _coming) = call(vec![
            get(),
            put,
            get(),
            MetaRequest::delete(b"a"),
            get(),
            get(),
        ]);
        let (_, bytes) = round(vec![call]);
        assert_eq!(bytes.matches("mg a").count(), 3, "{bytes}");
    }

    #[test]
    fn what_nobody_waits_for_is_left_out_if_it_only_reads() {
        let (read, _) = gets(&["a"]);
        let (write, _) = call(vec![MetaRequest::delete(b"b")]);
        let (_, bytes) = round(vec![read, write]);
        assert_eq!(bytes, "md b O1\r\n");
    }

    #[test]
    fn who_waits_learns_of_the_failure() {
        let (first, mut to_first) = gets(&["a"]);
        let (second, mut to_second) = gets(&["b"]);
        let (mut round, _) = round(vec![first, second]);
        round.take(MetaReply::Missing);
        round.fail(&Failure::from("gone"));
        assert_eq!(to_first.try_recv().unwrap().unwrap(), [MetaReply::Missing]);
        assert_eq!(&*to_second.try_recv().unwrap().unwrap_err(), "gone");
    }
}
