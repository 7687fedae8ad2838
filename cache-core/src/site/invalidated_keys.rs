//! Whether the keys of a site are invalidated by name.

use super::{Named, Site, TemplatePattern, sites};

impl Site {
    /// Whether a function of the program invalidates keys that entries of this one may have. What is invalidated by hand is not known.
    pub(crate) fn has_invalidated_keys(&self) -> bool {
        let ask = || self.has_key_that_is_invalidated();
        *self.has_invalidated_keys.get_or_init(ask)
    }

    fn has_key_that_is_invalidated(&self) -> bool {
        // What a function keeps for itself is reached by tags and namespaces, but not by keys.
        let Some(key) = self.info.key.filter(|_| self.info.shared) else {
            return false;
        };
        let mut key = TemplatePattern::new(key);
        if let Some(namespace) = self.info.namespace {
            key = key.inside(namespace);
        }
        let reaching = sites().filter(|by| by.info.reaches(&self.info));
        let names = reaching.flat_map(|by| by.info.invalidates);
        let mut keys = names.filter(|name| name.what == Named::Key);
        keys.any(|name| TemplatePattern::new(name.template).meets(&key))
    }
}
