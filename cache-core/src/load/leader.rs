//! The one who loads.

use std::future::Future;
use std::sync::Arc;

use super::intent::WriteIntent;
use super::patience::Patience;
use super::permit::Permit;
use super::request::LoadRequest;
use crate::clock::{self, Moment};
use crate::context::{self, Deps, InLoad, LoadDeps, LoadScope};
use crate::entry::{AnyEntry, Entry, LoadCost, Meta};
use crate::far::{Lease, LoadLock};
use crate::generation::Generation;
use crate::name::Name;
use crate::near::{Flight, Tier};
use crate::policy::{Life, Staleness};
use crate::rule::{self, Rule};
use crate::stats::{Counters, Loading, MissReason};
use crate::trace::Span;
use crate::why::MissCause;

/// A load under way. Dropped before its end, it hands its flight over to those who wait.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says a thing of its own, and they change at different steps"
)]
pub(crate) struct Leader<'n> {
    pub(super) request: Box<LoadRequest<'n>>,
    pub(super) role: Role<'n>,
    /// The right to write to the store behind, where there is one that answers.
    pub(super) lease: Option<Lease>,
    /// Keeps other processes from the same load.
    pub(super) lock: Option<LoadLock>,
    /// Whether the caller has its answer already.
    pub(super) is_behind: bool,
    pub(super) begun: Moment,
    pub(super) deps: Arc<LoadDeps>,
    /// Counts the load from its first step on.
    pub(super) loading: Option<Loading<'n>>,
    /// What `tracing` shows of the load from its first step on.
    pub(super) span: Option<Span>,
    /// Whether the body has begun.
    pub(super) has_begun: bool,
    /// Whether it is a refresh ahead of its time.
    pub(super) is_early: bool,
    /// What it replaces, as far as it looks at that.
    pub(super) old: Option<Arc<dyn AnyEntry>>,
    pub(super) landed: bool,
}

/// What a load is good for.
pub(super) enum Role<'n> {
    /// The flight of the key, which ends for all who have joined it.
    Flight(Arc<Flight>),
    /// Nobody joins it, and what it brings is kept if nothing else is there.
    Solo {
        intent: WriteIntent<'n>,
        _permit: Option<Permit<'n>>,
    },
    /// What it brings replaces whatever is there.
    Refresh(WriteIntent<'n>),
    /// What it brings was written elsewhere, and replaces all that was read.
    Put(WriteIntent<'n>),
    /// What it brings is the caller's alone, and is not kept.
    Alone(Generation),
}

impl<'n> Leader<'n> {
    fn new(request: Box<LoadRequest<'n>>, role: Role<'n>, begun: Moment) -> Box<Self> {
        Box::new(Self {
            request,
            role,
            lease: None,
            lock: None,
            is_behind: false,
            begun,
            deps: Arc::default(),
            loading: None,
            span: None,
            has_begun: false,
            is_early: false,
            old: None,
            landed: false,
        })
    }

    pub(super) fn of_flight(request: Box<LoadRequest<'n>>, flight: Arc<Flight>) -> Box<Self> {
        let begun = flight.begun();
        Self::new(request, Role::Flight(flight), begun)
    }

    pub(super) fn solo(request: Box<LoadRequest<'n>>, permit: Option<Permit<'n>>) -> Box<Self> {
        let intent = WriteIntent::begin(&request);
        let role = Role::Solo {
            intent,
            _permit: permit,
        };
        Self::new(request, role, clock::now())
    }

    /// A load of a new value, whatever is there; `puts` says that the load writes it elsewhere.
    pub(super) fn refresh(request: Box<LoadRequest<'n>>, puts: bool) -> Box<Self> {
        let intent = WriteIntent::begin(&request);
        let role = if puts {
            Role::Put(intent)
        } else {
            Role::Refresh(intent)
        };
        Self::new(request, role, clock::now())
    }

    /// A load that nobody else has a part in, from `begun` on.
    pub(super) fn alone(
        request: Box<LoadRequest<'n>>,
        generation: Generation,
        begun: Moment,
    ) -> Box<Self> {
        Self::new(request, Role::Alone(generation), begun)
    }

    /// The moment before the load began, under the names that were known then.
    pub(super) fn generation(&self) -> &Generation {
        match &self.role {
            Role::Flight(flight) => &flight.generation,
            Role::Solo { intent, .. } | Role::Refresh(intent) | Role::Put(intent) => {
                intent.generation()
            }
            Role::Alone(generation) => generation,
        }
    }

    pub(crate) fn near(&self) -> &'n dyn Tier {
        self.request.near
    }

    pub(crate) fn counters(&self) -> Option<&'static Counters> {
        self.request.counters
    }

    /// The rules about stale values.
    pub(crate) fn rules(&self) -> &Staleness {
        self.request.rules()
    }

    /// What the caller may take instead of this load.
    pub(crate) fn patience(&self) -> Patience {
        let patience = self.request.patience.as_deref();
        let none = || Patience::new(Staleness::NONE);
        patience.cloned().unwrap_or_else(none)
    }

    /// Counts a value that serves past its life.
    pub(crate) fn count_stale(&self) {
        if let Some(counters) = self.request.counters {
            counters.stale();
        }
    }

    /// Whether something stale has gone into what is loaded.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "pages alone ask"))]
    pub(crate) fn is_tainted(&self) -> bool {
        self.deps.is_tainted()
    }

    /// Whether the load was known to depend on a name before it began: its store was asked about it.
    #[cfg_attr(not(feature = "layer"), expect(dead_code, reason = "layers alone ask"))]
    pub(crate) fn expects(&self, name: Name) -> bool {
        self.request.names.contains(&name)
    }

    /// Whether nobody joins the load, and what it brings is kept if nothing else is there.
    #[cfg_attr(not(feature = "layer"), expect(dead_code, reason = "layers alone ask"))]
    pub(crate) fn is_solo(&self) -> bool {
        matches!(self.role, Role::Solo { .. })
    }

    /// Whether what is loaded is the caller's alone.
    pub(crate) fn is_alone(&self) -> bool {
        matches!(self.role, Role::Alone(_))
    }

    /// Marks what runs until the guard is dropped as part of the load: what decides about the value is, too.
    pub(crate) fn enter(&mut self) -> LoadScope {
        self.begin_body();
        context::enter(self.flight(), &self.deps)
    }

    /// Runs a future as the load.
    pub(crate) fn load<F: Future>(&mut self, load: F) -> InLoad<F> {
        self.begin_body();
        InLoad::new(self.flight(), &self.deps, self.span.clone(), load)
    }

    /// [`load`](Self::load) of the future that `begin` returns: what it calls before that is a part of the load, too.
    pub(crate) fn load_from<F: Future>(&mut self, begin: impl FnOnce() -> F) -> InLoad<F> {
        let load = {
            let _inside = self.enter();
            begin()
        };
        self.load(load)
    }

    /// Counts the load as one that failed.
    pub(crate) fn count_error(&self) {
        if let Some(counters) = self.request.counters {
            counters.error();
        }
        self.note_failure();
    }

    /// Why the call missed that has begun the load.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "pages alone ask"))]
    pub(crate) fn missed_for(&self) -> MissReason {
        self.request.cause.reason()
    }

    /// Remembers that the last load of the key has failed.
    pub(crate) fn note_failure(&self) {
        self.note_death(MissCause::of(MissReason::Failed));
    }

    /// Remembers that the last load of the key brought what is not to be kept, in the words of `Cache-Status`.
    pub(crate) fn note_refusal(&self, detail: &'static str) {
        self.note_death(MissCause::refused(detail));
    }

    fn note_death(&self, cause: MissCause) {
        if !self.is_alone() {
            self.request.near.note_death(self.request.hash, cause);
        }
    }

    fn flight(&self) -> Option<usize> {
        match &self.role {
            Role::Flight(flight) => Some(flight.id()),
            _ => None,
        }
    }

    /// Tells the load that encloses this one, if there is one, what this one depends on: its own names, what it found, and
    /// names that only the value knows.
    pub(crate) fn tell(&self, of_value: &[Name]) {
        if !context::is_loading() {
            return;
        }
        let stamped = self.lease.as_ref().map(Lease::stamped);
        self.request.tell(self.generation(), of_value, stamped);
        context::depend(&self.deps.read());
        if !of_value.is_empty() {
            let slots = self.request.near.slots(of_value.iter().copied());
            self.request
                .tell(&self.generation().renamed(slots), of_value, None);
        }
    }

    /// The entry of a loaded value, which is in no tier yet. `names` are those that only the value knows.
    pub(crate) fn entry<T>(
        &mut self,
        value: T,
        life: Life,
        weight: usize,
        names: &[Name],
    ) -> Arc<Entry<T>> {
        Entry::new(value, self.meta(life, weight, names))
    }

    /// What the load has taken, which has brought a value, as far as that is measured.
    fn cost(&mut self) -> LoadCost {
        let loading = self.loading.as_mut();
        loading.map_or(LoadCost::UNKNOWN, |loading| LoadCost::of(loading.end()))
    }

    /// What is known of the entry of a loaded value; see [`entry`](Self::entry).
    pub(crate) fn meta(&mut self, life: Life, weight: usize, names: &[Name]) -> Meta {
        let mut lease = self.lease.take();
        let generation =
            self.request
                .generation_of(self.generation(), &self.deps, names, &mut lease);
        self.lease = lease;
        let meta = Meta::new(generation, life, self.request.asker.origin, weight)
            .tainted(self.deps.is_tainted())
            .made_of_aging(self.deps.ages())
            .costing(self.cost())
            .named(|| self.request.names_of(&self.deps, names));
        if meta.ages() && context::is_loading() {
            context::depend(&Deps::default().aging_if(true));
        }
        let meta = self.with_plan(meta);
        if !rule::is_left_out(Rule::EndsWithItsParts) {
            meta.bind(self.deps.bound(), self.request.due(&meta));
        }
        match &self.lease {
            Some(lease) => meta.stamped(lease.stamped().into()),
            None => meta,
        }
    }
}
