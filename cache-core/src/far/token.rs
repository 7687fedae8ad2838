//! Tokens: 128 bits that nobody else has chosen.

use std::hash::{BuildHasher, RandomState};

use crate::store::Token;

/// A token that is like no other, in any process: hashes under a key that the system's random numbers made.
pub(super) fn fresh() -> Token {
    let random = RandomState::new();
    let half = |which: u8| u128::from(random.hash_one(which));
    Token(((half(0) << 64) | half(1)).to_le_bytes())
}

/// Half as many bits, for what is hashed into a token.
pub(super) fn nonce() -> [u8; 8] {
    RandomState::new().hash_one(0_u8).to_le_bytes()
}
