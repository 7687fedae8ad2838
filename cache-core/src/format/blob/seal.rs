//! What tells an entry from what only looks like it.

use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher13};

use super::SEAL;

/// Over the key, and all of an entry behind the seal.
///
/// The entry goes through four sums side by side, each of every fourth word: a step maps sums and words one to one, so that no
/// change within one word goes unnoticed, and none of them waits for the others. It is several times as fast as a hash that hides
/// its key, and an entry has nothing to hide. The key goes through a hash that nobody finds two keys for.
pub(super) fn seal(key: &[u8], rest: &[u8]) -> [u8; SEAL] {
    let mut sums = [
        0x6f6e_6520_656e_7472,
        0x7920_696e,
        0x6279_7465,
        rest.len() as u64,
    ];
    let (blocks, last) = rest.as_chunks::<32>();
    for block in blocks {
        add(&mut sums, block);
    }
    let mut padded = [0; 32];
    padded[..last.len()].copy_from_slice(last);
    add(&mut sums, &padded);
    let mut hasher = SipHasher13::new();
    for sum in sums {
        hasher.write(&sum.to_le_bytes());
    }
    hasher.write(key);
    hasher.finish128().as_bytes()
}

/// Adds a word to each sum.
#[inline]
fn add(sums: &mut [u64; 4], block: &[u8; 32]) {
    let (words, _) = block.as_chunks::<8>();
    for (sum, word) in sums.iter_mut().zip(words) {
        // Odd, so that no two products are the same.
        *sum = (*sum ^ u64::from_le_bytes(*word))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29);
    }
}
