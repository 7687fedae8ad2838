//! The names by which the instances of a function own their entries in a shared store.

use std::any::TypeId;

use once_cell::sync::OnceCell;

use crate::name::Name;

/// The names of a site's instances, each made at its first use.
#[derive(Debug)]
pub(super) struct OwnNames(OnceCell<Box<OfOne>>);

#[derive(Debug)]
struct OfOne {
    instance: TypeId,
    name: Name,
    next: OwnNames,
}

impl OwnNames {
    pub(super) const fn new() -> Self {
        Self(OnceCell::new())
    }

    /// The name of an instance. Most functions have only one.
    #[inline]
    pub(super) fn of(&self, instance: TypeId, make: impl Fn() -> Name) -> Name {
        let mut names = self;
        loop {
            let first = names.0.get_or_init(|| {
                Box::new(OfOne {
                    instance,
                    name: make(),
                    next: Self::new(),
                })
            });
            if first.instance == instance {
                return first.name;
            }
            names = &first.next;
        }
    }
}
