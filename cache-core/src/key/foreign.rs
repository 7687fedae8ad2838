//! Types of the standard library that are keys by their text or their parts.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, SystemTime};

use super::{CacheKey, KeyWriter, items};

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
        SocketAddr::V6(v6) if v6.flowinfo() != 0 => format!("{v6}~{}", v6.flowinfo()),
        _ => address.to_string(),
    },
    Duration: |duration| format!("{}ns", duration.as_nanos()),
    SystemTime: |time| match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => format!("{}ns", after.as_nanos()),
        Err(before) => format!("-{}ns", before.duration().as_nanos()),
    },
}

impl<T: CacheKey> CacheKey for BTreeSet<T> {
    type Stored = Box<[T::Stored]>;

    fn hash<H: Hasher>(&self, state: &mut H) {
        items::hash(self.iter(), state);
    }

    fn same(&self, stored: &Self::Stored) -> bool {
        items::same(self.iter(), stored)
    }

    fn store(&self) -> Self::Stored {
        items::store(self.iter())
    }

    fn write(&self, out: &mut KeyWriter<'_>) {
        items::write(self.iter(), out);
    }
}

impl<K: CacheKey, T: CacheKey> CacheKey for BTreeMap<K, T> {
    type Stored = Box<[(K::Stored, T::Stored)]>;

    fn hash<H: Hasher>(&self, state: &mut H) {
        items::hash(self.iter(), state);
    }

    fn same(&self, stored: &Self::Stored) -> bool {
        items::same(self.iter(), stored)
    }

    fn store(&self) -> Self::Stored {
        items::store(self.iter())
    }

    fn write(&self, out: &mut KeyWriter<'_>) {
        items::write(self.iter(), out);
    }
}
