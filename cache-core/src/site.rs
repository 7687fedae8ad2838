//! Sites: what every annotated function expands to, and the list of them all.

pub use self::info::{Kind, Named, Pattern, SiteInfo};
pub use self::install::install;

use self::own_names::OwnNames;

mod info;
mod install;
mod own_names;

use std::any::{Any, TypeId};
use std::ops::Deref;

use once_cell::sync::OnceCell;

use crate::cache::Cache;
use crate::caches;
use crate::entry::Origin;
use crate::error::Invalidated;
use crate::key::CacheKey;
use crate::marks::{Name, Scope, marks};
use crate::near::{Bounds, Near};
use crate::stats::{Counters, Stats};

/// The static part of an annotated function: shared by all copies of a generic one.
#[derive(Debug)]
pub struct Site {
    place: fn() -> &'static str,
    info: SiteInfo,
    pub(crate) counters: Counters,
    first: OnceCell<Box<Held>>,
    cache: OnceCell<&'static Cache>,
    own_name: OnceCell<Name>,
    of_copies: OwnNames,
}

/// The near tier of one copy of a site; the next copy's behind it.
#[derive(Debug)]
struct Held {
    copy: TypeId,
    tier: Box<dyn Tier>,
    next: OnceCell<Box<Held>>,
}

impl Held {
    #[inline]
    fn near<N: 'static>(&self, copy: TypeId) -> Option<&N> {
        if self.copy == copy {
            (&*self.tier as &dyn Any).downcast_ref()
        } else {
            None
        }
    }
}

/// What can be asked of a near tier without knowing its types.
pub(crate) trait Tier: Any + Send + Sync + std::fmt::Debug {
    fn clear(&self);
    fn len(&self) -> usize;
    fn evictions(&self) -> u64;
}

impl<K, V> Tier for Near<K, V>
where
    K: Eq + Clone + Send + Sync + 'static,
    V: ?Sized + Send + Sync + 'static,
{
    fn clear(&self) {
        Near::clear(self);
    }

    fn len(&self) -> usize {
        Near::len(self)
    }

    fn evictions(&self) -> u64 {
        Near::evictions(self)
    }
}

/// What a site keeps for itself where it says nothing.
pub(crate) const DEFAULT_BOUNDS: Bounds = Bounds {
    entries: 10_000,
    bytes: 64 << 20,
    joins: false,
};

impl Site {
    /// A site, as the static of an annotated function; `place` names a type inside that function.
    pub const fn new(place: fn() -> &'static str, info: SiteInfo) -> Self {
        Self {
            place,
            info,
            counters: Counters::new(),
            first: OnceCell::new(),
            cache: OnceCell::new(),
            own_name: OnceCell::new(),
            of_copies: OwnNames::new(),
        }
    }

    /// What is known of it at compile time.
    pub fn info(&self) -> &SiteInfo {
        &self.info
    }

    /// What has happened here so far.
    pub fn stats(&self) -> Stats {
        let mut stats = self.counters.read();
        for held in self.copies() {
            stats.entries += held.tier.len() as u64;
            stats.evictions += held.tier.evictions();
        }
        stats
    }

    /// The cache that the site shares.
    #[inline]
    pub(crate) fn cache(&self) -> &'static Cache {
        self.cache.get_or_init(|| caches::named(self.info.cache))
    }

    /// The name that every entry of this site carries in a cache that it shares.
    ///
    /// It is the site's path and not its line, so that what lies in a store outlives an edit above the function.
    pub(crate) fn own_name(&self) -> Name {
        *self
            .own_name
            .get_or_init(|| self.name_of("site", self.place()))
    }

    /// The path of the function as the compiler writes it, with the functions and blocks around it: unlike the path in
    /// the listings, no other site has it.
    pub(crate) fn place(&self) -> &'static str {
        (self.place)()
    }

    fn name_of(&self, kind: &str, path: &str) -> Name {
        Name::of(kind, format!("{path} {}", self.info.version).as_bytes())
    }

    /// Forgets all that the site has stored, in tiers of its own and in the cache that it shares.
    pub(crate) async fn clear(&self) -> Invalidated {
        let mut reached = Ok(());
        if self.info.shared {
            let cache = self.cache();
            if let Some(far) = cache.far() {
                reached = far.forget(&[self.own_name()]).await;
            }
            marks().mark(marks().slot(cache.scope(), self.own_name()));
        }
        self.copies().for_each(|held| held.tier.clear());
        reached.into()
    }

    fn copies(&self) -> impl Iterator<Item = &Held> {
        std::iter::successors(self.first.get(), |held| held.next.get()).map(|held| &**held)
    }
}

/// What is known of it at compile time can be read of the site itself: `site.name`.
impl Deref for Site {
    type Target = SiteInfo;

    fn deref(&self) -> &SiteInfo {
        &self.info
    }
}

/// One copy of an annotated function: a generic function has one for each set of its type parameters.
#[derive(Clone, Copy, Debug)]
pub struct Copy {
    site: &'static Site,
    id: TypeId,
    name: &'static str,
}

impl Copy {
    /// The copy that `marker`, a closure inside the function, belongs to. A closure's type contains the module, the
    /// enclosing function, `Self` and all generics, const ones included.
    #[inline]
    pub fn of<C: Fn()>(site: &'static Site, _marker: &C) -> Self {
        Self {
            site,
            id: typeid::of::<C>(),
            name: std::any::type_name::<C>(),
        }
    }

    /// The static part.
    #[inline]
    pub fn site(self) -> &'static Site {
        self.site
    }

    /// Tells entries of this copy from others' in a shared tier.
    #[inline]
    pub(crate) fn origin(self) -> Origin {
        Origin(Some(self.id))
    }

    /// The path of the function with its type parameters, as the compiler writes it.
    pub fn name(self) -> &'static str {
        self.name.trim_end_matches("::{{closure}}")
    }

    /// Whose entries those of this copy are in a store: what [`origin`](Self::origin) is in a shared tier.
    #[inline]
    pub(crate) fn own_name(self) -> Name {
        let make = || self.site.name_of("copy", self.name);
        self.site.of_copies.of(self.id, make)
    }

    /// The copy's own near tier, made at the first use.
    #[inline]
    pub(crate) fn near<K, V>(self) -> &'static Near<K, V>
    where
        K: Eq + Clone + Send + Sync + 'static,
        V: Send + Sync + 'static,
    {
        // Most functions have one copy.
        match self.site.first.get().and_then(|held| held.near(self.id)) {
            Some(near) => near,
            None => self.near_of_many(),
        }
    }

    #[cold]
    fn near_of_many<K, V>(self) -> &'static Near<K, V>
    where
        K: Eq + Clone + Send + Sync + 'static,
        V: Send + Sync + 'static,
    {
        let mut place = &self.site.first;
        loop {
            let held = place.get_or_init(|| Box::new(self.hold::<K, V>()));
            if let Some(near) = held.near(self.id) {
                return near;
            }
            place = &held.next;
        }
    }

    fn hold<K, V>(self) -> Held
    where
        K: Eq + Clone + Send + Sync + 'static,
        V: Send + Sync + 'static,
    {
        let SiteInfo { capacity, kind, .. } = self.site.info;
        let mut bounds = Bounds {
            entries: capacity.unwrap_or(DEFAULT_BOUNDS.entries),
            ..DEFAULT_BOUNDS
        };
        let mut scope = Scope::PRIVATE;
        if kind == Kind::Page {
            // A page keeps its answers apart, and shares the store and the names of its cache.
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
        let tier = Box::new(Near::<K, V>::new(bounds, marks(), scope));
        Held {
            copy: self.id,
            tier,
            next: OnceCell::new(),
        }
    }
}

/// A site in the list of all sites of the program.
#[derive(Debug)]
pub struct Registered(pub &'static Site);

inventory::collect!(Registered);

/// Every annotated function of the program, in no particular order.
pub fn sites() -> impl Iterator<Item = &'static Site> {
    inventory::iter::<Registered>().map(|registered| registered.0)
}

/// The stored form of a key.
pub(crate) type Stored<K> = <K as CacheKey>::Stored;
