//! The instances of an annotated function: a generic function has one for each set of its type parameters.

use std::any::TypeId;

use once_cell::sync::OnceCell;

use super::{DEFAULT_BOUNDS, InstanceTier, Kind, Site, SiteInfo};
use crate::caches;
use crate::entry::{EntryForm, Origin};
#[cfg(feature = "http")]
use crate::far::ValueFormat;
#[cfg(feature = "http")]
use crate::load::{Backing, LoadRequest};
use crate::marks::marks;
use crate::name::{Name, NameScope};
#[cfg(feature = "http")]
use crate::near::{Asker, TierKey};
use crate::near::{Bounds, Near, NearKey, Tier};
use crate::scope;

/// One instance of an annotated function: a generic function has one for each set of its type parameters.
#[derive(Clone, Copy, Debug)]
pub struct Instance {
    site: &'static Site,
    id: TypeId,
    name: &'static str,
    types: fn() -> &'static str,
}

/// No types. Not a closure, which would be compiled for each function.
fn none() -> &'static str {
    ""
}

impl Instance {
    /// The instance of the function that contains the closure `marker`. A closure's type contains the module, the enclosing
    /// function, `Self` and all generics, const ones included.
    #[inline]
    pub fn of<C: Fn()>(site: &'static Site, _marker: &C) -> Self {
        Self {
            site,
            id: typeid::of::<C>(),
            name: std::any::type_name::<C>(),
            types: none,
        }
    }

    /// The one instance of a layer.
    #[cfg(feature = "layer")]
    pub(crate) fn of_layer(site: &'static Site) -> Self {
        Self {
            site,
            id: TypeId::of::<Site>(),
            name: site.info.name,
            types: none,
        }
    }

    /// The instance whose values depend on the type `T`: the terms contain a type as it is written, where an alias may change its
    /// meaning.
    #[cfg(any(feature = "axum", feature = "actix"))]
    #[inline]
    pub(crate) fn with_types<T>(self) -> Self {
        Self {
            types: std::any::type_name::<T>,
            ..self
        }
    }

    /// The static part of the function.
    #[inline]
    pub fn site(self) -> &'static Site {
        self.site
    }

    /// What tells it from the others of its site.
    #[inline]
    pub(crate) fn id(self) -> TypeId {
        self.id
    }

    /// The origin of its entries in a shared tier.
    #[inline]
    pub(crate) fn origin(self) -> Origin {
        Origin(Some(self.id))
    }

    /// The path of the function with its type parameters, as the compiler prints it.
    pub fn name(self) -> &'static str {
        self.name.trim_end_matches("::{{closure}}")
    }

    /// The name of the owner of its entries in a store, as [`origin`](Self::origin) is in a shared tier. Another build of the program
    /// uses them only if the function has the same terms there, and the same types in them.
    #[inline]
    pub(crate) fn own_name(self) -> Name {
        let make = || {
            let path = format!("{} {} {}", self.name, self.site.info.terms, (self.types)());
            self.site.name_of("copy", &path)
        };
        self.site.of_copies.of(self.id, make)
    }

    /// The load of an answer under a key of this instance's own, which lies in the store of its cache in this format.
    #[cfg(feature = "http")]
    pub(crate) fn load_answer(
        self,
        near: &dyn Tier,
        (hash, key): (u64, TierKey),
        names: Box<[Name]>,
        format: fn() -> &'static dyn ValueFormat,
    ) -> Box<LoadRequest<'_>> {
        let cache = self.site.cache();
        let backing = cache.far().map(|far| Backing {
            far,
            near_ttl: cache.near_ttl(),
            format,
            site: Some(self.own_name()),
            has_own_keys: true,
        });
        let asker = Asker {
            origin: self.origin(),
            wants: None,
        };
        LoadRequest::new(near, hash, key, asker, names)
            .before(backing)
            .counted(&self.site.counters)
    }

    /// The near tier of the instance, made at its first use.
    #[inline]
    pub(crate) fn near<K: NearKey, E: EntryForm>(&self) -> &'static Near<K, E> {
        // Most functions have one instance.
        let first = self.site.first().get();
        if let Some(near) = first.and_then(|held| held.near(self.id)) {
            return near;
        }
        let make = |bounds, scope, name| -> Box<dyn Tier> {
            Box::new(Near::<K, E>::new(bounds, marks(), scope).named(name))
        };
        let near = self.held(make).near(self.id);
        near.expect("the tier of an instance has its types")
    }

    #[cold]
    fn held(&self, make: fn(Bounds, NameScope, Name) -> Box<dyn Tier>) -> &'static InstanceTier {
        let mut place = self.site.first();
        loop {
            let held = place.get_or_init(|| {
                let (bounds, scope) = self.bounds();
                Box::new(InstanceTier {
                    instance: self.id,
                    tier: make(bounds, scope, self.site.own_name()),
                    next: OnceCell::new(),
                })
            });
            if held.instance == self.id {
                return held;
            }
            place = &held.next;
        }
    }

    /// The settings of that tier: its bounds, and the scope of its names.
    fn bounds(self) -> (Bounds, NameScope) {
        let SiteInfo { capacity, kind, .. } = self.site.info;
        let mut bounds = Bounds {
            entries: capacity.unwrap_or(DEFAULT_BOUNDS.entries),
            ..DEFAULT_BOUNDS
        };
        let mut scope = scope::private();
        if kind == Kind::Page {
            // A page has a near tier of its own, but shares the store and the names of its cache.
            let cache = self.site.cache();
            scope = cache.scope();
            if cache.far().is_some() {
                bounds.entries = bounds.entries.min(cache.entries());
                bounds.joins = true;
            }
        }
        if caches::are_off() {
            bounds.entries = 0;
            bounds.joins = false;
        }
        (bounds, scope)
    }
}

#[cfg(test)]
mod tests;
