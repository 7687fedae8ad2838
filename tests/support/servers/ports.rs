//! Free ports for servers.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the ports that systems give to clients: no client takes the port of a server that is down for a while, and no client of
/// such a port is connected to itself. Each node of a Redis cluster takes a second port, 10000 above.
const FIRST: u16 = 10_000;
const COUNT: u16 = 10_000;

/// Returns a free port of `127.0.0.1`; a test binary gets none twice until all were used.
pub(super) fn free() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Concurrent test binaries begin at different ports.
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
