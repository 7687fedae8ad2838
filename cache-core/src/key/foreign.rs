//! Types of the standard library whose key is their text.

use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::time::{Duration, SystemTime};

use super::{CacheKey, KeyWriter};

values! {
    [] IpAddr as Self: |address| *address, address.to_string();
    [] Ipv4Addr as Self: |address| *address, address.to_string();
    [] Ipv6Addr as Self: |address| *address, address.to_string();
    [] SocketAddr as Self: |address| *address, match address {
        SocketAddr::V4(v4) => v4.to_string(),
        SocketAddr::V6(v6) => whole(v6),
    };
    [] SocketAddrV4 as Self: |address| *address, address.to_string();
    [] SocketAddrV6 as Self: |address| *address, whole(address);
    [] Duration as Self: |duration| *duration, format!("{}ns", duration.as_nanos());
    [] SystemTime as Self: |time| *time, match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => format!("{}ns", after.as_nanos()),
        Err(before) => format!("-{}ns", before.duration().as_nanos()),
    };
}

/// `Display` leaves out the flow information.
fn whole(address: &SocketAddrV6) -> String {
    match address.flowinfo() {
        0 => address.to_string(),
        flow => format!("{address}~{flow}"),
    }
}
