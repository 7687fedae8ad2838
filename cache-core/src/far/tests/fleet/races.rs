//! The races that the protocol must stand, counted as they are reached.

/// What has happened in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(usize)]
pub(super) enum Race {
    /// Another has changed a key that was written without being read again.
    ChangeAfterOwnPlainWrite,
    /// The server did not know the script.
    ScriptUnknown,
    Reconnect,
    /// A push was read while a load of its process ran.
    PushDuringLoad,
    /// An invalidation was acknowledged while another process loaded the key.
    InvalidatedDuringLoad,
    /// The same, softly.
    ExpiredDuringLoad,
    /// `everywhere` returned while a process was stopped.
    EverywhereWhileStopped,
    /// `everywhere` returned while a process was cut off.
    EverywhereWhileCut,
    /// A value was given that was past its life or expired.
    GaveStale,
    /// A process was killed while it loaded under a lock.
    LockHolderKilled,
    /// A call under a lock found what another process had loaded.
    FoundAfterLock,
    /// A writer was killed right after its invalidation was acknowledged.
    WriterKilledAfterAck,
    /// A call was dropped.
    CallDropped,
    /// A load has panicked.
    LoadPanicked,
    /// A load has failed under a lock.
    FailedUnderLock,
    /// An invalidation failed, and was owed.
    Owed,
    /// Two processes loaded a key under a lock at once.
    TwoUnderLock,
    /// What a call gave had been loaded before the last change, which was not acknowledged to it.
    GaveLate,
}

const RACES: usize = Race::GaveLate as usize + 1;

#[derive(Clone, Debug, Default)]
pub(super) struct Races([u64; RACES]);

impl Races {
    pub(super) fn reach(&mut self, race: Race) {
        self.0[race as usize] += 1;
    }

    pub(super) fn count(&self, race: Race) -> u64 {
        self.0[race as usize]
    }

    pub(super) fn add(&mut self, others: &Self) {
        for (one, other) in self.0.iter_mut().zip(others.0) {
            *one += other;
        }
    }
}
