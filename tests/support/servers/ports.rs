//! Ports that nobody else is about to take.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the ports that systems hand to clients: none takes the port of a server that is down for a while, and no client
/// that calls such a port is connected to itself. The nodes of a Redis cluster take a second port each, 10000 above.
const FIRST: u16 = 10_000;
const COUNT: u16 = 10_000;

/// A port on which nothing listens on `127.0.0.1`; not handed out twice by a test binary before all were.
pub(super) fn free() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Test binaries that run side by side begin at different places.
    let first = std::process::id().wrapping_mul(0x9E37_79B1) >> 16;
    loop {
        let next = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let offset = u16::try_from((first + next) % u32::from(COUNT)).unwrap_or_default();
        let port = FIRST + offset;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
