//! Callers who ask for one key at the same time: it is read once, and each of them gets a copy of its value.

#[cfg(any(
    feature = "redis",
    feature = "sqlite",
    feature = "postgres",
    feature = "mysql"
))]
pub(super) mod keys;

/// How many callers want each of the values that are read.
#[derive(Debug, Default)]
pub(super) struct Wanted(Vec<usize>);

impl Wanted {
    /// The place of one more value, which one caller wants.
    pub(super) fn add(&mut self) -> usize {
        self.0.push(1);
        self.0.len() - 1
    }

    /// One more caller wants the value at a place.
    pub(super) fn join(&mut self, place: usize) {
        self.0[place] += 1;
    }

    /// The value at a place, for one of those who want it: the last gets it itself, the others a copy.
    pub(super) fn hand_out<T: Clone + Default>(&mut self, place: usize, value: &mut T) -> T {
        self.0[place] -= 1;
        if self.0[place] == 0 {
            std::mem::take(value)
        } else {
            value.clone()
        }
    }
}
