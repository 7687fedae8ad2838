//! Counters of a site that is studied.

use super::counters::Counters;
use super::study::StudyTerms;
use crate::clock;

impl Counters {
    /// Whether requests of any key are studied.
    pub(crate) fn is_studied(&self) -> bool {
        self.hits.is_studied(0)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn study(&self, hash: u64, lost: bool) {
        if self.watched().study.note(hash, lost) {
            self.look(&StudyTerms {
                now: clock::now(),
                requests: self.requests(),
                rate: 0.0,
                entries: 0,
                capacity: 0,
                ttl: None,
            });
        }
    }

    /// Looks at what waits to be studied.
    pub(crate) fn look(&self, terms: &StudyTerms) {
        if let Some(studied) = self.watched().study.look(terms) {
            self.hits.study_below(studied);
            // Copies answer without a word to the study.
            self.hot.forget();
        }
    }

    /// Begins to study the site, unless it is studied already or has just been.
    pub(crate) fn begin_study(&self, terms: &StudyTerms) {
        self.watched().study.begin(terms);
        self.look(terms);
    }
}
