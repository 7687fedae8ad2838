//! Numbers for calls.

/// Numbers that look random, each time the same.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ mixed >> 27
    }

    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }

    /// Below `most`, the small ones more often.
    pub(crate) fn skewed(&mut self, most: u64) -> u64 {
        self.below(most).min(self.below(most))
    }
}
