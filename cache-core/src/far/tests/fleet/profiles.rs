//! What runs are like.

use super::faults::Fault;
use super::truth::STORED;
use super::visits::Visit;

#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says a thing of its own, and profiles name them"
)]
pub(super) struct Profile {
    pub(super) name: &'static str,
    pub(super) processes: usize,
    /// Clients of each process, and what each of them does.
    pub(super) clients: usize,
    pub(super) visits: usize,
    pub(super) kinds: &'static [(Visit, u64)],
    /// How many milliseconds a client waits between two visits.
    pub(super) between: (u64, u64),
    /// What goes wrong, of a thousand steps so many, and how often at most.
    pub(super) faults: &'static [(Fault, u64)],
    pub(super) fault_rate: u64,
    pub(super) most_faults: usize,
    /// Of a thousand writers, so many are killed as soon as what they have changed is acknowledged.
    pub(super) kills_writers: u64,
    /// Of a thousand polls of a call, so many are its last.
    pub(super) drops: u64,
    /// How many milliseconds loads take.
    pub(super) loads: (u64, u64),
    /// Of a thousand loads, so many take seconds, hang, fail, or panic.
    pub(super) slow: u64,
    pub(super) hang: u64,
    pub(super) fail: u64,
    pub(super) panic: u64,
    /// How many microseconds everything takes on its way.
    pub(super) latency: (u64, u64),
    /// The clocks of the first two processes differ as much as clocks may.
    pub(super) clocks_are_apart: bool,
    /// How many keys there are.
    pub(super) keys: usize,
    /// Whether the store tells of changes.
    pub(super) tells: bool,
    /// How long the store may take.
    pub(super) timeout: &'static str,
    /// Of a thousand pushes, so many are lost.
    pub(super) loses: u64,
    /// How many entries each process keeps.
    pub(super) near: usize,
    /// Whoever has read all that was sent to it before a change was acknowledged gives nothing older any more.
    pub(super) tells_at_once: bool,
    /// A call under a lock ends after so many milliseconds.
    pub(super) longest: Option<u64>,
    /// No value is loaded again while it lives.
    pub(super) loads_once: bool,
    /// A second cache in each process has the same prefix.
    pub(super) has_twins: bool,
    /// Two processes do not load a key at once under its lock, unless so many loads of it have begun lately: who has waited for
    /// several in vain waits no longer.
    pub(super) one_under_lock: Option<usize>,
}

const MIXED: &[(Visit, u64)] = &[
    (Visit::Get, 15),
    (Visit::Call, 40),
    (Visit::CallStale, 15),
    (Visit::CallLocked, 10),
    (Visit::CallMade, 10),
    (Visit::CallInHand, 4),
    (Visit::CallOfNoLife, 2),
    (Visit::Invalidate, 10),
    (Visit::Everywhere, 2),
    (Visit::Expire, 8),
    (Visit::Delete, 6),
    (Visit::Clear, 2),
];

/// Everything works.
pub(super) const KIND: Profile = Profile {
    name: "kind",
    processes: 2,
    clients: 2,
    visits: 12,
    kinds: MIXED,
    between: (0, 400),
    faults: &[],
    fault_rate: 0,
    most_faults: 0,
    kills_writers: 0,
    drops: 0,
    loads: (0, 60),
    slow: 20,
    hang: 0,
    fail: 0,
    panic: 0,
    latency: (50, 1_000),
    clocks_are_apart: false,
    keys: STORED,
    tells: true,
    timeout: "500ms",
    loses: 0,
    near: 16,
    tells_at_once: false,
    longest: None,
    loads_once: false,
    has_twins: false,
    one_under_lock: None,
};

/// Everything goes wrong.
pub(super) const ROUGH: Profile = Profile {
    name: "rough",
    processes: 3,
    clients: 2,
    visits: 10,
    faults: &[
        (Fault::Stop, 4),
        (Fault::Stand, 2),
        (Fault::Cut, 4),
        (Fault::Part, 2),
        (Fault::Close, 5),
        (Fault::Stall, 5),
        (Fault::PushTwice, 2),
        (Fault::Evict, 6),
        (Fault::ForgetRead, 4),
        (Fault::Flush, 2),
        (Fault::Restart, 2),
        (Fault::Refuse, 2),
        (Fault::Fill, 2),
        (Fault::Kill, 3),
    ],
    fault_rate: 12,
    most_faults: 8,
    drops: 8,
    slow: 30,
    hang: 3,
    fail: 40,
    panic: 20,
    ..KIND
};

/// Everything works, and all that is read is told of.
pub(super) const TOLD: Profile = Profile {
    name: "told",
    kinds: &[
        (Visit::Get, 10),
        (Visit::Call, 40),
        (Visit::CallStale, 10),
        (Visit::CallLocked, 10),
        (Visit::CallInHand, 4),
        (Visit::Invalidate, 12),
        (Visit::Expire, 8),
        (Visit::Delete, 6),
        (Visit::Clear, 2),
    ],
    between: (0, 100),
    visits: 50,
    tells_at_once: true,
    ..KIND
};

/// No process is behind on what was made known everywhere, even one that is stopped or cut off.
pub(super) const EVERYWHERE: Profile = Profile {
    name: "everywhere",
    processes: 3,
    clients: 3,
    visits: 90,
    kinds: &[
        (Visit::Get, 15),
        (Visit::Call, 40),
        (Visit::CallStale, 10),
        (Visit::CallMade, 10),
        (Visit::Everywhere, 8),
        (Visit::Invalidate, 2),
    ],
    between: (0, 60),
    faults: &[
        (Fault::Stop, 6),
        (Fault::Cut, 6),
        (Fault::Part, 6),
        (Fault::Stall, 4),
        (Fault::Close, 1),
        (Fault::Stand, 1),
    ],
    fault_rate: 5,
    most_faults: 12,
    ..KIND
};

/// Of all processes, one loads at a time.
pub(super) const LOCKS: Profile = Profile {
    name: "locks",
    processes: 3,
    visits: 12,
    kinds: &[
        (Visit::CallLocked, 80),
        (Visit::Invalidate, 10),
        (Visit::Delete, 5),
    ],
    between: (0, 300),
    faults: &[(Fault::Kill, 1)],
    fault_rate: 3,
    most_faults: 2,
    slow: 200,
    one_under_lock: Some(3),
    ..KIND
};

/// Loads fail, and nobody queues for the next one.
pub(super) const FAILING: Profile = Profile {
    name: "failing",
    processes: 4,
    visits: 6,
    kinds: &[(Visit::CallLocked, 1)],
    keys: 1,
    between: (0, 50),
    loads: (200, 200),
    slow: 0,
    fail: 1_000,
    longest: Some(950),
    ..KIND
};

/// Two caches of a process have one prefix and one connection.
pub(super) const TWINS: Profile = Profile {
    name: "twins",
    has_twins: true,
    processes: 1,
    visits: 40,
    kinds: &[(Visit::Get, 10), (Visit::Call, 40), (Visit::Expire, 2)],
    between: (0, 500),
    ..KIND
};

/// Writers are killed as soon as what they have changed is acknowledged, and it counts all the same.
pub(super) const KILLED_WRITERS: Profile = Profile {
    name: "killed writers",
    processes: 3,
    visits: 30,
    most_faults: 8,
    kills_writers: 400,
    ..TOLD
};

/// What a process has brought is there for all.
pub(super) const ONCE: Profile = Profile {
    name: "once",
    processes: 3,
    kinds: &[(Visit::CallLocked, 20), (Visit::Invalidate, 1)],
    loads: (20, 100),
    slow: 0,
    loads_once: true,
    ..KIND
};

/// The server loses what it holds, and its connections.
pub(super) const SERVER: Profile = Profile {
    name: "server",
    visits: 20,
    kinds: &[
        (Visit::Get, 10),
        (Visit::Call, 40),
        (Visit::CallStale, 8),
        (Visit::Invalidate, 14),
        (Visit::Expire, 6),
    ],
    between: (0, 700),
    faults: &[
        (Fault::Flush, 4),
        (Fault::Restart, 4),
        (Fault::Close, 4),
        (Fault::Cut, 2),
        (Fault::Stall, 4),
        (Fault::Evict, 2),
        (Fault::ForgetRead, 1),
    ],
    fault_rate: 20,
    most_faults: 10,
    ..KIND
};

/// Loads take seconds, and the store is away meanwhile.
pub(super) const SLOW: Profile = Profile {
    name: "slow",
    clients: 4,
    visits: 12,
    kinds: &[
        (Visit::Call, 40),
        (Visit::CallStale, 10),
        (Visit::CallMade, 10),
        (Visit::Invalidate, 16),
        (Visit::Expire, 4),
    ],
    between: (0, 900),
    faults: &[(Fault::Part, 3), (Fault::Cut, 2), (Fault::Refuse, 2)],
    fault_rate: 20,
    most_faults: 8,
    slow: 600,
    fail: 100,
    ..KIND
};

/// One process sets values by hand.
pub(super) const SETS: Profile = Profile {
    name: "sets",
    clients: 3,
    visits: 20,
    kinds: &[(Visit::Get, 20), (Visit::Call, 10), (Visit::Set, 10)],
    between: (0, 300),
    ..KIND
};

/// Values serve past their lives, or after they have expired.
pub(super) const STALE: Profile = Profile {
    name: "stale",
    clients: 3,
    visits: 16,
    kinds: &[
        (Visit::Call, 10),
        (Visit::CallStale, 40),
        (Visit::CallMade, 20),
        (Visit::Invalidate, 8),
        (Visit::Expire, 16),
        (Visit::Delete, 3),
    ],
    between: (0, 300),
    fail: 200,
    panic: 30,
    slow: 60,
    ..KIND
};

/// One holder is stopped, and may lose its lock meanwhile.
pub(super) const LOST_LOCKS: Profile = Profile {
    name: "lost locks",
    processes: 4,
    faults: &[(Fault::Stop, 1)],
    kinds: &[(Visit::CallLocked, 1)],
    between: (0, 1_500),
    fault_rate: 3,
    most_faults: 1,
    visits: 5,
    timeout: "1h",
    slow: 900,
    one_under_lock: Some(3),
    ..LOCKS
};

/// Loads fail, and what served before is invalidated meanwhile.
pub(super) const FALLBACK: Profile = Profile {
    name: "fallback",
    clients: 3,
    visits: 24,
    kinds: &[
        (Visit::Call, 10),
        (Visit::CallStale, 40),
        (Visit::Invalidate, 12),
        (Visit::Expire, 20),
    ],
    between: (0, 200),
    loads: (50, 500),
    slow: 0,
    fail: 500,
    ..KIND
};

/// The server is far away, and processes are stopped while much is on its way to them.
pub(super) const FAR_AWAY: Profile = Profile {
    name: "far away",
    clients: 10,
    visits: 24,
    kinds: &[(Visit::Get, 60), (Visit::Call, 40), (Visit::Invalidate, 1)],
    between: (0, 200),
    latency: (60_000, 110_000),
    faults: &[(Fault::Stop, 1)],
    fault_rate: 8,
    most_faults: 8,
    ..KIND
};

/// One process, which makes values of those that it has too long.
pub(super) const TAINTED: Profile = Profile {
    name: "tainted",
    processes: 1,
    clients: 1,
    visits: 60,
    kinds: &[(Visit::CallStale, 1), (Visit::CallMade, 4)],
    between: (100, 900),
    ..KIND
};

/// The store tells of nothing, and what is made known everywhere is only just known everywhere.
pub(super) const UNTOLD: Profile = Profile {
    name: "untold",
    visits: 800,
    kinds: &[(Visit::Call, 300), (Visit::Everywhere, 1)],
    keys: 1,
    tells: false,
    clocks_are_apart: true,
    between: (0, 6),
    ..KIND
};

/// The server is emptied.
pub(super) const FLUSHED: Profile = Profile {
    name: "flushed",
    visits: 40,
    kinds: &[(Visit::Get, 10), (Visit::Call, 60), (Visit::Invalidate, 4)],
    between: (0, 300),
    faults: &[(Fault::Flush, 1)],
    fault_rate: 4,
    most_faults: 3,
    ..KIND
};

/// The server tells of only some changes: nobody knows what others have changed, and nothing is stuck.
pub(super) const SILENT: Profile = Profile {
    name: "silent",
    loses: 500,
    ..ROUGH
};

/// Every load panics, hangs or fails, and many calls are dropped.
pub(super) const HOPELESS: Profile = Profile {
    name: "hopeless",
    kinds: &[
        (Visit::Call, 10),
        (Visit::CallStale, 10),
        (Visit::CallLocked, 10),
        (Visit::CallMade, 10),
        (Visit::CallInHand, 10),
        (Visit::CallOfNoLife, 5),
        (Visit::Invalidate, 2),
        (Visit::Delete, 2),
    ],
    drops: 100,
    hang: 200,
    panic: 400,
    fail: 500,
    ..KIND
};

/// The processes keep nothing themselves.
pub(super) const NOT_NEAR: Profile = Profile {
    name: "not near",
    near: 0,
    ..ROUGH
};
