//! Sites: the static of each annotated function, and the list of all sites.

pub use self::info::{Kind, Named, Pattern, SiteInfo};
pub use self::install::install;
pub use self::instance::Instance;

use self::own_names::OwnNames;

mod info;
mod install;
mod instance;
mod own_names;

use std::any::{Any, TypeId};
use std::ops::Deref;

use once_cell::sync::OnceCell;

use crate::cache::Cache;
use crate::caches;
use crate::error::Invalidated;
use crate::key::CacheKey;
use crate::marks::marks;
use crate::name::Name;
use crate::near::{AnyTier, Bounds};
use crate::scope;
use crate::stats::{Counters, Stats};
use crate::sync::OnDrop;

/// The static part of an annotated function: shared by all instances of a generic one.
#[derive(Debug)]
pub struct Site {
    place: fn() -> &'static str,
    info: SiteInfo,
    pub(crate) counters: Counters,
    first: First,
    cache: OnceCell<&'static Cache>,
    own_name: OnceCell<Name>,
    of_copies: OwnNames,
}

/// The near tiers of a site's instances, a linked list; empty at first.
type First = OnceCell<Box<InstanceTier>>;

/// The near tier of one instance of a site, and the next item of the list.
#[derive(Debug)]
struct InstanceTier {
    instance: TypeId,
    tier: Box<dyn AnyTier>,
    next: First,
}

impl InstanceTier {
    #[inline]
    fn near<N: 'static>(&self, instance: TypeId) -> Option<&N> {
        if self.instance == instance {
            (&*self.tier as &dyn Any).downcast_ref()
        } else {
            None
        }
    }
}

/// The default capacity of a site.
pub(crate) const DEFAULT_BOUNDS: Bounds = Bounds {
    entries: 10_000,
    bytes: 64 << 20,
    joins: false,
};

impl Site {
    /// Returns the site of an annotated function; `place` names a type inside that function.
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

    /// Returns what is known of it at compile time.
    pub fn info(&self) -> &SiteInfo {
        &self.info
    }

    /// Returns its statistics.
    pub fn stats(&'static self) -> Stats {
        let mut stats = self.counters.read();
        for held in self.instances() {
            let tier = held.tier.core();
            stats.entries += tier.len() as u64;
            stats.evictions += tier.evictions();
            stats.reloads += tier.reloads();
        }
        stats
    }

    /// The cache that the site uses.
    #[inline]
    pub(crate) fn cache(&self) -> &'static Cache {
        match scope::here() {
            None => self.cache.get_or_init(|| caches::named(self.info.cache)),
            Some(_) => caches::named(self.info.cache),
        }
    }

    /// The near tiers of its instances, in the scope of the running code.
    #[inline]
    fn first(&'static self) -> &'static First {
        scope::here().map_or(&self.first, |scope| scope.own(self))
    }

    /// The name that every entry of this site carries in a shared cache.
    ///
    /// It is made of the site's path, the functions around it included, but not of its line: an edit above the function does not
    /// invalidate the entries in a store.
    pub(crate) fn own_name(&self) -> Name {
        *self
            .own_name
            .get_or_init(|| self.name_of("site", (self.place)()))
    }

    fn name_of(&self, kind: &str, path: &str) -> Name {
        let version = self.info.version;
        let text = match self.rank() {
            0 => format!("{path} {version}"),
            rank => format!("{path} {version} {rank}"),
        };
        Name::of(kind, text.as_bytes())
    }

    /// Its index among the sites of one path: two functions of the same name in two blocks of a function have the same path.
    fn rank(&self) -> usize {
        let here = (self.info.file, self.info.line);
        let alike = sites().filter(|site| (site.place)() == (self.place)());
        alike
            .filter(|site| (site.info.file, site.info.line) < here)
            .count()
    }

    /// Removes all entries of the site, from tiers of its own and from the shared cache.
    pub(crate) async fn clear(&'static self) -> Invalidated {
        let cache = self.info.shared.then(|| self.cache());
        let _cleared = OnDrop(|| {
            if let Some(cache) = cache {
                marks().mark(marks().slot(cache.scope(), self.own_name()));
            }
            self.instances().for_each(|held| held.tier.clear());
        });
        match cache.and_then(Cache::far) {
            Some(far) => far.forget(&[self.own_name()]).await.into(),
            None => Ok(()).into(),
        }
    }

    fn instances(&'static self) -> impl Iterator<Item = &'static InstanceTier> {
        std::iter::successors(self.first().get(), |held| held.next.get()).map(|held| &**held)
    }
}

/// Lets the fields of [`SiteInfo`] be read from the site: `site.name`.
impl Deref for Site {
    type Target = SiteInfo;

    fn deref(&self) -> &SiteInfo {
        &self.info
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
pub(crate) type StoredKey<K> = <K as CacheKey>::Stored;
