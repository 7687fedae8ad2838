//! What the parts of a value make of its entry.

use super::Meta;

impl Meta {
    /// The same of an entry that was made of something stale, if it was.
    pub(crate) fn tainted(self, is_tainted: bool) -> Self {
        Self { is_tainted, ..self }
    }

    /// Whether it was made of something stale.
    pub(crate) fn is_tainted(&self) -> bool {
        self.is_tainted
    }

    /// The same of an entry that was made of something which ends with its life alone, if it was.
    pub(crate) fn made_of_aging(self, has_aging_part: bool) -> Self {
        Self {
            has_aging_part,
            ..self
        }
    }

    /// Whether something that it was made of ends with its life alone.
    pub(crate) fn has_aging_part(&self) -> bool {
        self.has_aging_part
    }

    /// Whether it, or something that it was made of, ends with its life alone: it has no name but that of its function.
    pub(crate) fn ages(&self) -> bool {
        self.has_aging_part || !self.life.is_endless() && self.generation.slots().len() <= 1
    }
}
