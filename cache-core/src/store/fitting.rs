//! Keys for stores whose own keys are narrower than ours.

use std::borrow::Cow;
use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher13};

/// The length of the hash that ends a key that was cut.
const HASH: usize = 1 + 32;

/// The key itself if it is no longer than `limit` bytes; else as much of its beginning as fits, `#`, and 128 bits over all
/// of it in hexadecimal. The hash is no secret: two keys can be made to meet, which costs each of them its hits.
///
/// # Panics
///
/// If `limit` is less than 33, which is what the hash takes.
///
/// ```
/// use cache_core::store::fitting;
///
/// assert_eq!(&*fitting(b"user:7", 64), b"user:7");
/// let long = [b'x'; 300];
/// let cut = fitting(&long, 64);
/// assert_eq!(cut.len(), 64);
/// assert!(cut.starts_with(b"xxx"));
/// ```
pub fn fitting(key: &[u8], limit: usize) -> Cow<'_, [u8]> {
    assert!(
        limit >= HASH,
        "a key of {limit} bytes has no room for its hash"
    );
    if key.len() <= limit {
        return Cow::Borrowed(key);
    }
    let mut hasher = SipHasher13::new_with_keys(0x6b65_7973_2074_6861, 0x7420_6172_6520_6c6f);
    hasher.write(key);
    let mut cut = key[..limit - HASH].to_vec();
    cut.extend_from_slice(format!("#{:032x}", hasher.finish128().as_u128()).as_bytes());
    Cow::Owned(cut)
}
