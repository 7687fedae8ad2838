//! Whom a cache's tags reach outside of it: functions that keep their values for themselves.

use super::Cache;
use crate::name::NameScope;
use crate::scope;

impl Cache {
    /// Its tags reach the functions of `private`, wherever the code runs that invalidates: a handle goes with tasks and threads
    /// that are outside of the scope it came from.
    pub(crate) fn reach(&self, private: NameScope) {
        let mut reached = self.0.reached.lock();
        if !reached.contains(&private) {
            reached.push(private);
        }
    }

    /// Where its tags mean something: in itself, where the code runs, and in all parts of the program that have this cache.
    pub(super) fn reached(&self) -> Vec<NameScope> {
        let here = scope::private();
        let mut all = vec![self.scope(), here];
        let reached = self.0.reached.lock();
        all.extend(reached.iter().filter(|reached| **reached != here));
        all
    }
}
