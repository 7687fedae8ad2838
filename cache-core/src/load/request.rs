//! What a load begins with.

use super::backing::Backing;
use super::patience::Patience;
use crate::clock::Moment;
use crate::context::{self, Deps, LoadDeps};
use crate::entry::{Equals, Meta};
use crate::far::{Lease, names_over};
use crate::format::blob::Stamped;
use crate::generation::Generation;
use crate::name::{Name, NameScope};
use crate::near::{Asker, EarlyRefresh, ExtraLoad, Tier, TierKey};
use crate::policy::{RefreshPlan, Staleness};
use crate::stats::Counters;
use crate::why::MissCause;

/// A key that was not found, in the tier where it was looked for. Owns its key. It lies in a box, from the look-up to the end of the load.
pub(crate) struct LoadRequest<'n> {
    pub(super) near: &'n dyn Tier,
    /// The store behind it, if there is one.
    pub(super) backing: Option<Backing<'n>>,
    pub(super) hash: u64,
    pub(super) key: TierKey,
    pub(super) asker: Asker,
    /// What the load is known to depend on before it begins.
    pub(super) names: Box<[Name]>,
    pub(super) wants: Wants,
    pub(super) counters: Option<&'static Counters>,
    /// Why there is nothing under the key, as far as it is known yet.
    pub(super) cause: MissCause,
    /// The hash under which it is noted that another variant of the same was kept.
    pub(super) variants: Option<u64>,
    /// The text of the key, where somebody watches and the key itself is none.
    pub(super) described: Option<Box<[u8]>>,
    /// What is said about stale values, if anything is.
    pub(super) patience: Option<Box<Patience>>,
    /// Whether the load looks at what it replaces.
    pub(super) looks_back: bool,
    /// Whether the body of the load is given what it replaces.
    pub(super) revalidates: bool,
    /// How the values of two loads are compared, where loads learn from that.
    pub(super) equals: Option<Equals>,
    /// What the loads of the key have taught.
    pub(super) learnt: RefreshPlan,
    /// What refreshes may add to the loads.
    pub(super) extra_load: &'n ExtraLoad,
    /// The load is a refresh ahead of its time.
    pub(super) early: Option<EarlyRefresh<'n>>,
}

/// Which value a caller wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wants {
    /// The kept one, if there is one by now.
    Any,
    /// The kept one, unless it is due for a refresh.
    NotDue,
    /// A new one, whatever is there.
    New,
    /// A new one that the load writes elsewhere.
    Put,
}

impl<'n> LoadRequest<'n> {
    pub(crate) fn new(
        near: &'n dyn Tier,
        hash: u64,
        key: TierKey,
        asker: Asker,
        names: Box<[Name]>,
    ) -> Box<Self> {
        Box::new(Self {
            near,
            backing: None,
            hash,
            key,
            asker,
            names,
            wants: Wants::Any,
            counters: None,
            cause: MissCause::NEVER_SEEN,
            variants: None,
            described: None,
            patience: None,
            looks_back: false,
            revalidates: false,
            equals: None,
            learnt: RefreshPlan::NONE,
            extra_load: near.extra_load(),
            early: None,
        })
    }

    pub(crate) fn key(&self) -> &TierKey {
        &self.key
    }

    pub(crate) fn asker(&self) -> Asker {
        self.asker
    }

    pub(crate) fn near(&self) -> &'n dyn Tier {
        self.near
    }

    /// For tiers with a store behind them.
    pub(crate) fn before(mut self: Box<Self>, backing: Option<Backing<'n>>) -> Box<Self> {
        self.backing = backing;
        self
    }

    /// Counts hits, misses and loads there.
    pub(crate) fn counted(mut self: Box<Self>, counters: &'static Counters) -> Box<Self> {
        self.counters = Some(counters);
        self
    }

    /// The key is a variant of what has this hash.
    #[cfg_attr(
        not(feature = "http"),
        expect(dead_code, reason = "pages alone have variants")
    )]
    pub(crate) fn variant_of(&mut self, hash: u64) {
        self.variants = Some(hash);
    }

    /// Says what the text of the key is, for those who watch.
    pub(crate) fn describe(&mut self, text: Box<[u8]>) {
        self.described = Some(text);
    }

    /// For callers that want a new value, whatever is there.
    pub(crate) fn anew(&mut self) {
        self.wants = Wants::New;
    }

    /// For callers whose load writes elsewhere what it brings here.
    pub(crate) fn put(&mut self) {
        self.wants = Wants::Put;
    }

    /// Adds names that the load is known to depend on before it begins.
    pub(crate) fn also(&mut self, names: impl IntoIterator<Item = Name>) {
        let mut all = std::mem::take(&mut self.names).into_vec();
        for name in names {
            if !all.contains(&name) {
                all.push(name);
            }
        }
        self.names = all.into();
    }

    /// The rules about stale values.
    pub(crate) fn rules(&self) -> &Staleness {
        let patience = self.patience.as_ref();
        patience.map_or(&Staleness::NONE, |patience| &patience.rules)
    }

    /// When a value is due for a refresh.
    pub(super) fn due(&self, entry: &Meta) -> Moment {
        self.rules().due(entry.life(), entry.plan())
    }

    /// When a store must be asked again about a value that was loaded from `begun` on and that it has not confirmed.
    pub(super) fn bound(&self, begun: Moment) -> Moment {
        let backing = self.backing.as_ref();
        backing.map_or(Moment::NEVER, |backing| begun.after(backing.near_ttl))
    }

    /// Tells the load that encloses this call, if there is one, that what it makes of a value is used no longer than until
    /// `bound`.
    pub(super) fn tell_bound(bound: Moment) {
        if bound != Moment::NEVER && context::is_loading() {
            context::depend(&Deps::bounded(bound));
        }
    }

    /// Tells the load that encloses this call, if there is one, that it depends on the names of this key, and of its value.
    pub(super) fn tell(
        &self,
        generation: &Generation,
        of_value: &[Name],
        stamped: Option<&[Stamped]>,
    ) {
        let generation = generation.with(&self.near.slots(self.own_names()), None);
        let stamped = stamped.filter(|_| self.backing.is_some());
        let own = Deps::in_tier(self.near, generation.slots(), generation.epoch(), stamped);
        let names = self.own_names().chain(of_value.iter().copied());
        context::depend(&own.named(names.chain([self.near.name()])));
    }

    pub(super) fn own_names(&self) -> impl Iterator<Item = Name> {
        names_over(self.backing.map(|backing| backing.far), &self.names)
    }

    /// All names that invalidate a value that was loaded.
    pub(super) fn names_of(&self, found: &LoadDeps, of_value: &[Name]) -> Vec<Name> {
        let own = self.own_names().chain(of_value.iter().copied());
        let mut names: Vec<Name> = own.chain(found.read().names).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The generation of a value that was loaded, under all that it depends on: the names of its key, what the load found, and
    /// what only the value knows. A value with names whose stamps nobody knows does not go to the store.
    pub(super) fn generation_of(
        &self,
        generation: &Generation,
        found: &LoadDeps,
        of_value: &[Name],
        lease: &mut Option<Lease>,
    ) -> Generation {
        let found = found.read();
        let foreign = |(scope, _): &(NameScope, Stamped)| *scope != self.near.scope();
        if found.unstamped || !of_value.is_empty() || found.stamped.iter().any(foreign) {
            *lease = None;
        } else if let Some(lease) = lease {
            lease.also(found.stamped.iter().map(|(_, stamped)| *stamped));
        }
        let own = generation.renamed(self.near.slots(self.own_names()));
        let with_value = own.with(&self.near.slots(of_value.iter().copied()), None);
        with_value.with(&found.slots, found.epoch)
    }
}
