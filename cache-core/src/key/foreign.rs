//! Types of the standard library that are keys by their text.

use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::time::{Duration, SystemTime};

use super::{CacheKey, KeyWriter};

/// Small `Copy` types that are stored as themselves; `$text` says what they write.
macro_rules! copied {
    ($($type:ty: |$value:ident| $text:expr),* $(,)?) => {$(
        impl CacheKey for $type {
            type Stored = Self;

            fn hash<H: Hasher>(&self, state: &mut H) {
                Hash::hash(self, state);
            }

            fn same(&self, stored: &Self) -> bool {
                self == stored
            }

            fn store(&self) -> Self {
                *self
            }

            fn write(&self, out: &mut KeyWriter<'_>) {
                let $value = self;
                out.text(&$text);
            }
        }
    )*};
}

copied! {
    IpAddr: |address| address.to_string(),
    Ipv4Addr: |address| address.to_string(),
    Ipv6Addr: |address| address.to_string(),
    SocketAddr: |address| match address {
        SocketAddr::V4(v4) => v4.to_string(),
        SocketAddr::V6(v6) => whole(v6),
    },
    SocketAddrV4: |address| address.to_string(),
    SocketAddrV6: |address| whole(address),
    Duration: |duration| format!("{}ns", duration.as_nanos()),
    SystemTime: |time| match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => format!("{}ns", after.as_nanos()),
        Err(before) => format!("-{}ns", before.duration().as_nanos()),
    },
}

/// `Display` leaves the flow out.
fn whole(address: &SocketAddrV6) -> String {
    match address.flowinfo() {
        0 => address.to_string(),
        flow => format!("{address}~{flow}"),
    }
}
