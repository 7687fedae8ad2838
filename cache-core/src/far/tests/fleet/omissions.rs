//! What a run may leave out: rules of the code, and rules that the model of the server and of its client follows.

use crate::rule::Rule;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Omission {
    /// A rule that the code follows.
    Rule(Rule),
    /// A script that writes reads the key again.
    ScriptsReadAgain,
    /// A session lasts from the time at which a ping was sent.
    PingTimeAtSend,
    /// Pongs come behind the pushes before them.
    PongsInOrder,
    /// A push without keys is about all of them.
    NullPush,
    /// The loss of a connection ends its session.
    LossEndsSession,
    /// Entries are of one life of the server.
    Incarnation,
    /// Copies that are not armed end soon.
    NearTtl,
}

impl Omission {
    pub(super) fn rule(self) -> Option<Rule> {
        match self {
            Self::Rule(rule) => Some(rule),
            _ => None,
        }
    }
}
