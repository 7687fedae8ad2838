//! Sites: the static of each annotated function, and the list of all sites.

pub use self::info::{Kind, Named, Pattern, SiteInfo};
pub use self::install::install;
pub use self::instance::Instance;
pub(crate) use self::layers::all as all_sites;
pub(crate) use self::pattern::TemplatePattern;
#[cfg(feature = "axum")]
pub(crate) use self::suspects::CheckPlace;
pub(crate) use self::suspects::{Remembered, Suspect, Suspects};

use self::own_names::OwnNames;

mod info;
mod install;
mod instance;
mod invalidated_keys;
pub(crate) mod layers;
mod own_names;
mod pattern;
mod suspects;

use std::any::{Any, TypeId};
use std::ops::Deref;
use std::time::Duration;

use once_cell::sync::OnceCell;

use crate::cache::Cache;
use crate::caches;
use crate::cdn::Purge;
use crate::error::Invalidated;
use crate::events;
use crate::name::Name;
use crate::near::{Bounds, Census, Tier};
use crate::scope;
use crate::stats::{Counters, Stats};
use crate::why::{self, CallSite, InvalidatedKind};

/// The static part of an annotated function: shared by all instances of a generic one.
#[derive(Debug)]
pub struct Site {
    place: SitePlace,
    info: SiteInfo,
    pub(crate) counters: Counters,
    first: First,
    cache: OnceCell<&'static Cache>,
    own_name: OnceCell<Name>,
    of_copies: OwnNames,
    suspects: OnceCell<Box<Suspects>>,
    has_invalidated_keys: OnceCell<bool>,
    number: OnceCell<usize>,
}

/// Where a site is.
#[derive(Clone, Copy, Debug)]
enum SitePlace {
    /// In the function whose path this gives.
    Function(fn() -> &'static str),
    /// Where a layer was made, or what it is called.
    #[cfg(feature = "layer")]
    Layer(&'static str),
}

impl SitePlace {
    fn path(self) -> &'static str {
        match self {
            Self::Function(path) => path(),
            #[cfg(feature = "layer")]
            Self::Layer(name) => name,
        }
    }
}

/// The near tiers of a site's instances, a linked list; empty at first.
type First = OnceCell<Box<InstanceTier>>;

/// The near tier of one instance of a site, and the next item of the list.
#[derive(Debug)]
struct InstanceTier {
    instance: TypeId,
    tier: Box<dyn Tier>,
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

/// So many entries are counted exactly.
const EXACT: usize = 16_384;

/// The default capacity of a site.
pub(crate) const DEFAULT_BOUNDS: Bounds = Bounds {
    entries: 10_000,
    bytes: 64 << 20,
    joins: false,
};

impl Site {
    /// Returns the site of an annotated function; `place` names a type inside that function.
    pub const fn new(place: fn() -> &'static str, info: SiteInfo) -> Self {
        Self::at(SitePlace::Function(place), info)
    }

    /// The site of a layer, which is told from others by its name.
    #[cfg(feature = "layer")]
    pub(crate) fn of_layer(info: SiteInfo) -> Self {
        Self::at(SitePlace::Layer(info.name), info)
    }

    const fn at(place: SitePlace, info: SiteInfo) -> Self {
        Self {
            place,
            info,
            counters: Counters::new(info.name),
            first: OnceCell::new(),
            cache: OnceCell::new(),
            own_name: OnceCell::new(),
            of_copies: OwnNames::new(),
            suspects: OnceCell::new(),
            has_invalidated_keys: OnceCell::new(),
            number: OnceCell::new(),
        }
    }

    /// Returns what is known of it at compile time.
    pub fn info(&self) -> &SiteInfo {
        &self.info
    }

    /// Where it is written, for those who ask why a value is gone.
    pub(crate) fn call_site(&self) -> CallSite {
        CallSite {
            function: Some(self.info.name),
            place: Some((self.info.file, self.info.line)),
        }
    }

    /// Returns its statistics.
    pub fn stats(&'static self) -> Stats {
        self.stats_of(EXACT)
    }

    /// What was counted of it, which takes no look at its entries.
    pub(crate) fn counted(&'static self) -> Stats {
        let mut stats = self.counters.read();
        for tier in self.instances().map(|held| held.tier.core()) {
            stats.evictions += tier.evictions();
            stats.evicted_dead += tier.evicted_dead();
            stats.reloads += tier.reloads();
        }
        stats
    }

    /// Whether it is a layer.
    #[cfg(feature = "dashboard")]
    pub(crate) fn is_layer(&self) -> bool {
        !matches!(self.place, SitePlace::Function(_))
    }

    /// What it keeps here, as an estimate where there is more than `most`, and the most that it keeps.
    pub(crate) fn census(&'static self, most: usize) -> (Census, Option<usize>) {
        let tiers = self.instances().map(|held| held.tier.census(most));
        let census = tiers.fold(Census::default(), Census::and);
        (census, self.bound())
    }

    /// The most entries that it keeps here; `None` before its first call.
    pub(crate) fn bound(&'static self) -> Option<usize> {
        let bounds = self
            .instances()
            .map(|held| held.tier.core().bounds().entries);
        bounds.reduce(usize::saturating_add)
    }

    /// Its statistics, with an estimate of its entries where there are more than `most`.
    pub(crate) fn stats_of(&'static self, most: usize) -> Stats {
        let (mut stats, (census, _)) = (self.counted(), self.census(most));
        (stats.entries, stats.bytes) = (census.entries, census.bytes);
        stats
    }

    /// Its hits that may be wrong.
    pub(crate) fn suspects(&self) -> &Suspects {
        self.suspects.get_or_init(Box::default)
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
    #[expect(clippy::inline_always, reason = "it is two instructions")]
    #[inline(always)]
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
            .get_or_init(|| self.name_of("site", self.place.path()))
    }

    /// The name of its journal. A function with other terms has another one.
    #[cfg(feature = "http")]
    pub(crate) fn journal_name(&self) -> Name {
        self.name_of(
            "journal",
            &format!("{} {}", self.place.path(), self.info.terms),
        )
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
        let alike = sites().filter(|site| site.place.path() == self.place.path());
        alike
            .filter(|site| (site.info.file, site.info.line) < here)
            .count()
    }

    /// Removes all entries of the site, from tiers of its own and from the shared cache.
    pub(crate) async fn clear(&'static self, from: CallSite) -> Invalidated {
        let clear = |number| self.instances().for_each(|held| held.tier.clear(number));
        let label = (InvalidatedKind::Function, self.info.name.as_bytes(), from);
        let cleared = if self.info.shared {
            let names = [self.own_name()];
            self.cache().forget_names(&names, label, clear).await
        } else {
            let purge = || Purge::of([self.own_name()], Duration::ZERO);
            let (kind, label, from) = label;
            let clear = || clear(why::note(kind, label, from, &[]));
            events::invalidating(clear, purge, async { Ok(()) }).await
        };
        cleared.into()
    }

    /// Forgets what its instances hold here, outside of all scopes, without a word to any store.
    #[cfg(feature = "layer")]
    pub(crate) fn forget_here(&'static self) {
        layers::remove(self);
        let held = std::iter::successors(self.first.get(), |held| held.next.get());
        held.for_each(|held| held.tier.release());
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
