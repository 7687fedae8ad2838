//! Caches of a part of the program: their tags reach the values that its functions keep for themselves.

use super::Caches;
use crate::name::NameScope;
use crate::scope::Scope;

impl Caches {
    /// Makes a scope with these caches.
    pub(crate) fn into_scope(self) -> &'static Scope {
        let scope = Scope::new(self);
        if let Some(caches) = scope.caches::<Self>() {
            caches.reach(scope.private());
        }
        scope
    }

    /// These caches, for the program outside of all scopes.
    pub(super) fn of_the_program(self) -> Self {
        self.reach(NameScope::PRIVATE);
        self
    }

    fn reach(&self, private: NameScope) {
        self.all().for_each(|(_, cache)| cache.reach(private));
    }
}
