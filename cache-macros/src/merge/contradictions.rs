//! Attributes that contradict each other.

use super::Merged;
use crate::attr::AttributeKind;
use crate::errors::Errors;

impl Merged {
    /// Refuses attributes that contradict each other.
    pub(crate) fn check(&self, errors: &mut Errors) {
        if let (Some((name, _)), Some(_)) = (&self.cache_control, &self.never_cache) {
            errors.at(
                name,
                "`#[cache_control]` contradicts `#[never_cache]`, which says all that there is to say; leave one of them out",
            );
        }
        let Some(primary) = &self.primary else { return };
        if let Some((name, _)) = &self.never_cache {
            errors.at(
                name,
                format!(
                    "`#[never_cache]` contradicts {}; leave one of them out",
                    primary.kind
                ),
            );
        }
        for (kind, name) in self.changes() {
            errors.at(
                name,
                format!(
                    "{kind} contradicts {}: a function is kept, or it changes what others keep, because a hit does not run it; make it two",
                    primary.kind
                ),
            );
        }
        if primary.kind == AttributeKind::Cached {
            for (name, _) in &self.vary_on {
                errors.at(
                    name,
                    "`#[vary_on]` is for pages; what a function depends on is an argument of it",
                );
            }
            let cache_control = self.cache_control.iter().map(|(name, _)| name);
            let conditional = self.conditional.iter().map(|(name, _)| name);
            for name in cache_control.chain(conditional) {
                errors.at(
                    name,
                    format!("`#[{name}]` is for handlers, whose answers have header fields; write it on the handler that calls this function"),
                );
            }
        }
    }
}
