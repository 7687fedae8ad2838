//! A miss: whose turn it is to load, and who waits.

use std::sync::Arc;
use std::time::Duration;

use crate::blob::Stamped;
use crate::clock;
use crate::context::{self, Dependencies, Found};
use crate::entry::{Entry, Origin};
use crate::far::{Lease, Seen};
use crate::flight::{Landing, SharedError};
use crate::marks::{Birth, Name, Scope};
use crate::monitor::Monitor;
#[cfg(cache_loom)]
use crate::monitor::block_on;
use crate::near::{Join, Near};

pub(crate) use self::behind::Behind;
pub(crate) use self::lead::Lead;
pub(crate) use self::peek::peek_many;
pub(crate) use self::refresh::Refresh;

mod behind;
mod lead;
mod peek;
mod refresh;

/// A leader that has not ended after this time gets a second one at its side, and so on; who has waited twice as long
/// loads alone, in a place among few, for which nobody waits longer than this once more.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How many of those who load alone after a failed or slow leader may do so at once, for each tier.
const ALONE_AT_ONCE: usize = 64;

/// What becomes of a value that was just loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// It is kept as long as its cache says.
    Default,
    /// It is kept for this time.
    For(Duration),
    /// It is given to the caller and to those who waited, and not kept.
    Pass,
}

/// A key that was not found, in the tier where it was looked for. Owns its key and borrows nothing.
pub(crate) struct Miss<'n, K: 'static, V: ?Sized + 'static> {
    near: &'n Near<K, V>,
    /// The store behind it, if there is one.
    behind: Option<Behind<'n, K, V>>,
    hash: u64,
    key: K,
    origin: Origin,
    /// What the load is known to depend on before it begins.
    names: Box<[Name]>,
    /// Whether a value is of the type that the caller wants: in a shared tier keys of different types may meet.
    fits: fn(&V) -> bool,
}

/// Whose turn it is.
pub(crate) enum Turn<'m, K: Eq + Clone + 'static, V: ?Sized + 'static> {
    /// A value is there.
    Ready(Arc<Entry<V>>, Came),
    /// Ours: the others wait.
    Lead(Lead<'m, K, V>),
    /// Ours alone: the outcome is not kept.
    Alone(Option<Permit<'m>>),
    /// The load that we waited for has failed.
    Failed(SharedError),
}

/// What is known of the store behind before a load.
pub(crate) enum Asked {
    /// It was not asked.
    NotYet,
    /// It did not answer.
    InVain,
    /// It has nothing of use.
    Saw(Seen),
}

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// It was there.
    Kept,
    /// From a load that this call has waited for.
    Awaited,
}

impl<'n, K: Eq + Clone + 'static, V: ?Sized + 'static> Miss<'n, K, V> {
    pub(crate) fn new(
        near: &'n Near<K, V>,
        hash: u64,
        key: K,
        origin: Origin,
        names: Box<[Name]>,
    ) -> Self {
        Self {
            near,
            behind: None,
            hash,
            key,
            origin,
            names,
            fits: |_| true,
        }
    }

    /// The hash of its key.
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    /// For callers that want values of one type out of a tier of many.
    pub(crate) fn of_type(self, fits: fn(&V) -> bool) -> Self {
        Self { fits, ..self }
    }

    /// For tiers with a store behind them.
    pub(crate) fn before(self, behind: Option<Behind<'n, K, V>>) -> Self {
        Self { behind, ..self }
    }

    /// Asks the store, joins the flight of the key, or begins it. Waiting is bounded; nobody waits for a load that encloses
    /// the call.
    ///
    /// Where near keeps nothing, a call must see what other processes have invalidated before it began: so it asks the
    /// store itself, rather than wait for one who has asked before it.
    pub(crate) async fn turn(&self) -> Turn<'_, K, V> {
        let mut asked = Asked::NotYet;
        if self.near.keeps_nothing()
            && let Some(behind) = &self.behind
        {
            match behind.look(self, &self.near.birth(&[])).await {
                Ok(entry) => return Turn::Ready(entry, Came::Kept),
                Err(unusable) => asked = unusable,
            }
        }
        match self.join().await {
            Turn::Lead(lead) => lead.prepare(asked).await,
            turn => turn,
        }
    }

    async fn join(&self) -> Turn<'_, K, V> {
        let patience = clock::now().after(PATIENCE * 2);
        let (mut declined, mut panicked) = (false, false);
        loop {
            let flight =
                match self
                    .near
                    .join(self.hash, &self.key, self.origin, &self.names, self.fits)
                {
                    Join::Found(entry) => return Turn::Ready(entry, Came::Kept),
                    Join::Lead(flight) => {
                        return Turn::Lead(Lead::new(self, flight));
                    }
                    Join::Alone => return Turn::Alone(None),
                    Join::Follow(flight) => flight,
                };
            if context::is_inside(flight.id()) {
                return Turn::Alone(None);
            }
            if flight.take_over(PATIENCE) {
                return Turn::Lead(Lead::new(self, flight));
            }
            match flight.landing(flight.overdue(PATIENCE).min(patience)).await {
                Some(Landing::Value(entry)) if !(self.fits)(entry.value()) => {
                    return Turn::Alone(None);
                }
                Some(Landing::Value(entry)) if self.may_share(&entry) => {
                    return Turn::Ready(entry, Came::Awaited);
                }
                Some(Landing::Value(_)) if declined => return self.overtaken().await,
                Some(Landing::Value(_)) => declined = true,
                Some(Landing::Error(error)) => return Turn::Failed(error),
                Some(Landing::Panicked) if !panicked => panicked = true,
                Some(Landing::Failed | Landing::Panicked) => {
                    return Turn::Alone(self.permit().await);
                }
                Some(Landing::Private) => return Turn::Alone(None),
                None if clock::now() >= patience => {
                    return Turn::Alone(self.permit().await);
                }
                Some(Landing::Gone) | None => {}
            }
        }
    }

    /// Whether one who has waited for a value may have it. Where a store is behind, it may have become too old while its load
    /// took so long that nobody can say what other processes have invalidated.
    fn may_share(&self, entry: &Entry<V>) -> bool {
        self.near.is_good(entry) && (self.behind.is_none() || entry.is_fresh())
    }

    /// Those who were waited for have brought what is too old for this call twice: it asks for itself.
    async fn overtaken(&self) -> Turn<'_, K, V> {
        if let Some(behind) = &self.behind
            && let Ok(entry) = behind.look(self, &self.near.birth(&[])).await
        {
            return Turn::Ready(entry, Came::Kept);
        }
        Turn::Alone(self.permit().await)
    }

    /// Waits for a place among those who load alone; whoever has lost patience goes without.
    async fn permit(&self) -> Option<Permit<'_>> {
        let alone = self.near.alone();
        let deadline = clock::now().after(PATIENCE);
        let place = |at_once: &mut usize| (*at_once < ALONE_AT_ONCE).then(|| *at_once += 1);
        alone.until(deadline, place).await.map(|()| Permit(alone))
    }

    /// Adds names that the load is known to depend on before it begins.
    pub(crate) fn also(mut self, names: impl IntoIterator<Item = Name>) -> Self {
        let mut all = self.names.into_vec();
        for name in names {
            if !all.contains(&name) {
                all.push(name);
            }
        }
        self.names = all.into();
        self
    }

    /// Tells the load that encloses this call, if there is one, that it depends on the names of this key.
    fn tell(&self, birth: &Birth, stamped: Option<&[Stamped]>) {
        let birth = birth.with(&self.near.slots(self.names.iter().copied()), None);
        let stamped = stamped.filter(|_| self.behind.is_some());
        let own = Dependencies::in_tier(self.near, &birth, birth.born(), stamped);
        context::depend(&own);
    }

    /// [`tell`](Self::tell) for a load that is nobody's: `birth` was taken before it began, and `of_value` are the names that
    /// only the value knows.
    pub(crate) fn tell_alone(&self, birth: &Birth, of_value: &[Name]) {
        if context::is_loading() {
            let slots = self.near.slots(of_value.iter().copied());
            self.tell(&birth.renamed(slots), None);
        }
    }

    /// The moment before a load that is nobody's.
    pub(crate) fn birth(&self) -> Birth {
        self.near.birth(&[])
    }

    /// The birth of a value that was loaded, under all that it depends on: the names of its key, what the load found, and
    /// what only the value knows. A value with names whose stamps nobody knows does not go to the store.
    fn birth_of(
        &self,
        birth: &Birth,
        found: &Found,
        of_value: &[Name],
        lease: &mut Option<Lease>,
    ) -> Birth {
        let found = found.read();
        let foreign = |(scope, _): &(Scope, Stamped)| *scope != self.near.scope();
        if found.unstamped || !of_value.is_empty() || found.stamped.iter().any(foreign) {
            *lease = None;
        } else if let Some(lease) = lease {
            lease.also(found.stamped.iter().map(|(_, stamped)| *stamped));
        }
        let own = birth.renamed(self.near.slots(self.names.iter().copied()));
        let with_value = own.with(&self.near.slots(of_value.iter().copied()), None);
        with_value.with(&found.slots, found.born)
    }

    /// The load of a new value, outside of any flight, for one who wants it whatever is there.
    pub(crate) async fn begin(&self) -> Refresh<'_, K, V> {
        Refresh::begin(self).await
    }
}

/// A place among those who load alone.
pub(crate) struct Permit<'a>(&'a Monitor<usize>);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.update_for_one(|at_once| *at_once -= 1);
    }
}

/// [`Miss::turn`] for a thread that may sleep.
#[cfg(cache_loom)]
pub(crate) fn turn_blocking<'m, K: Eq + Clone + 'static, V: ?Sized + 'static>(
    miss: &'m Miss<'_, K, V>,
) -> Turn<'m, K, V> {
    block_on(miss.turn())
}

#[cfg(all(test, cache_loom))]
mod loom {
    //! Loads, an invalidation, dropped leaders: over every interleaving nobody gets a value that is older than an
    //! acknowledged invalidation, and nobody waits for ever.

    use ::loom::sync::Mutex;
    use ::loom::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
    use ::loom::thread;

    use super::*;
    use crate::key::CacheKey;
    use crate::marks::{Marks, Scope};
    use crate::near::Bounds;
    use crate::policy::Life;

    /// One key, the data behind it, and what was acknowledged.
    struct World {
        data: AtomicU64,
        loads: AtomicUsize,
        near: &'static Near<u64, u64>,
        acknowledged: Mutex<u64>,
    }

    const KEY: u64 = 7;

    impl World {
        fn new() -> Arc<Self> {
            let marks: &'static Marks = Box::leak(Box::new(Marks::for_models()));
            let near = Near::new(
                Bounds {
                    entries: 16,
                    bytes: usize::MAX,
                    joins: true,
                },
                marks,
                Scope::PRIVATE,
            );
            Arc::new(Self {
                data: AtomicU64::new(0),
                loads: AtomicUsize::new(0),
                near: Box::leak(Box::new(near)),
                acknowledged: Mutex::new(0),
            })
        }

        fn peek(&self) -> Option<u64> {
            self.near
                .get(self.near.hash(&KEY), &KEY, |entry| Some(*entry.value()))
        }

        /// A call as a cached function makes it; `fails` drops the leader in the middle of its load.
        fn call(&self, fails: bool) -> Option<u64> {
            if let Some(value) = self.peek() {
                return Some(value);
            }
            let miss = Miss::new(
                self.near,
                self.near.hash(&KEY),
                KEY.store(),
                Origin(Some(std::any::TypeId::of::<World>())),
                Box::new([]),
            );
            match turn_blocking(&miss) {
                Turn::Ready(entry, _) => Some(*entry.value()),
                Turn::Lead(lead) => {
                    self.loads.fetch_add(1, Ordering::Relaxed);
                    let value = self.data.load(Ordering::Relaxed);
                    if fails {
                        drop(lead);
                        return None;
                    }
                    block_on(lead.keep(value, Life::new(clock::now(), None), 0, &[]));
                    Some(value)
                }
                Turn::Alone(_) => Some(self.data.load(Ordering::Relaxed)),
                Turn::Failed(_) => unreachable!("no load of the model fails"),
            }
        }

        fn write(&self) {
            self.data.store(1, Ordering::Relaxed);
            self.near.remove(self.near.hash(&KEY), &KEY);
            *self.acknowledged.lock().unwrap() = 1;
        }
    }

    fn check(preemptions: usize, model: impl Fn(Arc<World>) + Send + Sync + 'static) {
        let mut builder = ::loom::model::Builder::new();
        builder.preemption_bound = Some(preemptions);
        builder.check(move || model(World::new()));
    }

    #[test]
    fn a_call_after_the_acknowledgement_never_gets_the_old_value() {
        check(3, |world| {
            let (w, l) = (world.clone(), world.clone());
            let writer = thread::spawn(move || w.write());
            let loader = thread::spawn(move || l.call(false));
            let floor = *world.acknowledged.lock().unwrap();
            let value = world.call(false).unwrap();
            assert!(value >= floor, "an old value after the acknowledgement");
            writer.join().unwrap();
            loader.join().unwrap();
            assert_ne!(world.peek(), Some(0), "an old value for ever");
        });
    }

    #[test]
    fn two_calls_load_once() {
        check(3, |world| {
            let other = world.clone();
            let thread = thread::spawn(move || other.call(false));
            world.call(false);
            thread.join().unwrap();
            assert_eq!(world.loads.load(Ordering::Relaxed), 1);
        });
    }

    #[test]
    fn when_the_leader_is_dropped_the_others_go_on_and_one_of_them_loads() {
        check(2, |world| {
            let (a, b) = (world.clone(), world.clone());
            let doomed = thread::spawn(move || a.call(true));
            let other = thread::spawn(move || b.call(false));
            assert!(world.call(false).is_some());
            assert!(other.join().unwrap().is_some());
            doomed.join().unwrap();
            assert!(world.loads.load(Ordering::Relaxed) <= 2);
        });
    }
}
