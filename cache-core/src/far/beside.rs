//! Two types under one key: one program stores a type, another, or its next build, a type of the same name that has changed.
//!
//! Who comes first has the key itself. Who finds a good value of another type there stores **beside** it, under a key that
//! has the type in it, and so each loads once rather than over the other's value at every call. What lies beside carries the
//! token of the value that it lies beside, as if it were the stamp of a name: whatever replaces or removes that value, a
//! delete or a set by hand, takes away all that lies beside it. Nobody has to know what that is.

use super::Far;
use crate::format::schema::Fingerprint;
use crate::name::Name;

/// The name whose stamp is the token of the value under the key itself.
pub(crate) const BESIDE: Name = Name::from_bytes(*b"of the key alone");

const MARK: &[u8] = b"~";
/// The mark, the digits of a fingerprint, and a colon.
const BEFORE: usize = 1 + DIGITS + 1;
const DIGITS: usize = 2 * Fingerprint::LENGTH;

/// The key of what lies beside a key's value, for one type.
pub(crate) fn beside(key: &[u8], fingerprint: Fingerprint) -> Vec<u8> {
    let mut bytes = [0; 16];
    bytes[..Fingerprint::LENGTH].copy_from_slice(&fingerprint.to_bytes());
    let digits = Name::from_bytes(bytes).to_digits();
    [MARK, &digits[..DIGITS], b":", key].concat()
}

impl Far {
    /// The key of a name's stamp, for the entry under a key.
    pub(super) fn stamp_of(&self, name: Name, key: &[u8]) -> Vec<u8> {
        if name == BESIDE {
            self.space.entry(key.get(BEFORE..).unwrap_or_default())
        } else {
            self.space.stamp(name)
        }
    }
}
