//! A miss: whose turn it is to load, and who waits.

use std::sync::Arc;
use std::time::Duration;

use crate::blob::Stamped;
use crate::clock::{self, Moment};
use crate::context::{self, Dependencies, Found};
use crate::entry::{Entry, Holds, Origin};
use crate::error::Result;
use crate::far::{Lease, Seen};
use crate::flight::SharedError;
use crate::marks::{Birth, Name, Scope};
#[cfg(cache_loom)]
use crate::monitor::block_on;
use crate::near::Near;
use crate::policy::Life;

pub(crate) use self::behind::Behind;
pub(crate) use self::lead::Lead;
pub(crate) use self::peek::peek_many;
pub(crate) use self::refresh::Refresh;

mod behind;
mod lead;
mod peek;
mod refresh;
mod wait;

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
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart where it is made"
)]
pub(crate) enum Turn<'m, K: Eq + Clone + 'static, V: ?Sized + 'static> {
    /// A value is there.
    Ready(Arc<Entry<V>>, Came),
    /// Ours: the others wait, or load by themselves as well.
    Lead(Lead<'m, K, V>),
    /// Ours alone: the outcome is not kept.
    Alone,
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

/// The moment before a load, on both clocks.
pub(crate) struct Before {
    birth: Birth,
    moment: Moment,
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

    /// When a store must be asked again about a value that was loaded from `begun` on and that it has not confirmed.
    fn bound(&self, begun: Moment) -> Moment {
        let behind = self.behind.as_ref();
        behind.map_or(Moment::NEVER, |behind| begun.after(behind.near_ttl))
    }

    /// Tells the load that encloses this call, if there is one, that what it makes of a value is used no longer than until
    /// `bound`.
    fn tell_bound(bound: Moment) {
        if bound != Moment::NEVER && context::is_loading() {
            context::depend(&Dependencies::bounded(bound));
        }
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

    /// [`tell`](Self::tell) for a load that is nobody's: `before` was taken before it began, and `of_value` are the names that
    /// only the value knows.
    pub(crate) fn tell_alone(&self, before: &Before, of_value: &[Name]) {
        self.tell_of_value(&before.birth, of_value);
        Self::tell_bound(self.bound(before.moment));
    }

    /// Tells the load that encloses this call, if there is one, of names that only the value knows.
    pub(crate) fn tell_of_value(&self, birth: &Birth, of_value: &[Name]) {
        if context::is_loading() {
            let slots = self.near.slots(of_value.iter().copied());
            self.tell(&birth.renamed(slots), None);
        }
    }

    /// The moment before a load that is nobody's.
    pub(crate) fn before_load(&self) -> Before {
        Before {
            birth: self.birth(),
            moment: clock::now(),
        }
    }

    fn birth(&self) -> Birth {
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

    /// Puts a value that a hand brings in the place of whatever is there, and takes away all that is under way for the key.
    ///
    /// `names` are those that only the value knows.
    ///
    /// # Errors
    ///
    /// If the store behind does not take it. Nothing is left under the key then.
    pub(crate) async fn set<T>(&self, value: T, life: Life, names: &[Name]) -> Result<()>
    where
        V: Holds<T>,
    {
        Refresh::set(self, value, life, names).await
    }

    /// The load of a new value, outside of any flight, for one who wants it whatever is there.
    pub(crate) async fn begin(&self) -> Refresh<'_, K, V> {
        Refresh::begin(self).await
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
                Turn::Alone => Some(self.data.load(Ordering::Relaxed)),
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
