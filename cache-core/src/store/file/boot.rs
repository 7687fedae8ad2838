//! Since when the machine is up: files that nobody synced may be older after a crash than they were before.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

/// A number of this run of the machine; zero where the system does not tell.
pub(super) fn number() -> u64 {
    std::fs::read("/proc/sys/kernel/random/boot_id").map_or(0, |id| {
        let mut hasher = SipHasher13::new();
        hasher.write(&id);
        hasher.finish()
    })
}
