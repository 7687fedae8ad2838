//! Paths and other texts of the system, which need not be UTF-8.

use std::ffi::{CStr, CString, OsStr, OsString};
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use super::{CacheKey, KeyWriter};

/// They are compared by their bytes: the paths `a/b` and `a//b` are two keys.
macro_rules! bytes {
    ($($type:ty: |$value:ident| $bytes:expr;)*) => {$(
        impl CacheKey for $type {
            type Stored = Box<[u8]>;

            fn hash<H: Hasher>(&self, state: &mut H) {
                let $value = self;
                Hash::hash($bytes, state);
            }

            fn same(&self, stored: &Box<[u8]>) -> bool {
                let $value = self;
                *$bytes == **stored
            }

            fn store(&self) -> Box<[u8]> {
                let $value = self;
                $bytes.into()
            }

            fn write(&self, out: &mut KeyWriter<'_>) {
                let $value = self;
                out.bytes($bytes);
            }
        }
    )*};
}

bytes! {
    OsStr: |text| text.as_encoded_bytes();
    OsString: |text| text.as_encoded_bytes();
    Path: |path| path.as_os_str().as_encoded_bytes();
    PathBuf: |path| path.as_os_str().as_encoded_bytes();
    CStr: |text| text.to_bytes();
    CString: |text| text.to_bytes();
}

bytes! {
    bytes::Bytes: |bytes| &bytes[..];
    bytes::BytesMut: |bytes| &bytes[..];
}
