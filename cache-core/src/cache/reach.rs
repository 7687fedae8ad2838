//! Which functions that keep their values for themselves the tags of a cache reach.

use super::Cache;
use crate::name::NameScope;
use crate::scope;

impl Cache {
    /// Lets its tags reach the functions of `private`, wherever the invalidating code runs: a task or thread outside of the scope may
    /// hold a handle from it.
    pub(crate) fn reach(&self, private: NameScope) {
        let mut reached = self.0.reached.lock();
        if !reached.contains(&private) {
            reached.push(private);
        }
    }

    /// The scopes that its tags reach: its own, that of the running code, and those of all parts of the program with this cache.
    pub(super) fn reached(&self) -> Vec<NameScope> {
        let here = scope::private();
        let mut all = vec![self.scope(), here];
        let reached = self.0.reached.lock();
        all.extend(reached.iter().filter(|reached| **reached != here));
        all
    }
}
