//! The installed caches, each over a store in memory, and stores that fail on demand.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering::SeqCst};
use std::sync::{LazyLock, Once};

pub(crate) use cache_tests::{Gate, Runs, until, within};

use cache_core::store::{Answer, Found, Put, Written};
use cache_core::testing::scope;
use cache_core::{Cache, Caches, Error, MemoryStore, Result, Store};
use tokio::task::JoinHandle;

/// A store in memory that hangs or fails while it is told to.
#[derive(Debug)]
pub(crate) struct Switch {
    store: Arc<MemoryStore>,
    state: AtomicU8,
    calls: AtomicUsize,
}

const WORKS: u8 = 0;
const FAILS: u8 = 1;
const HANGS: u8 = 2;
const YIELDS: u8 = 3;
const IS_FULL: u8 = 4;

impl Switch {
    pub(crate) fn new() -> Arc<Self> {
        Self::over(Arc::new(MemoryStore::bounded(1_000, 64 << 20)))
    }

    /// The way of one process to a store that others have, too.
    pub(crate) fn over(store: Arc<MemoryStore>) -> Arc<Self> {
        Arc::new(Self {
            store,
            state: AtomicU8::new(WORKS),
            calls: AtomicUsize::new(0),
        })
    }

    pub(crate) fn work(&self) {
        self.state.store(WORKS, SeqCst);
    }

    pub(crate) fn fail(&self) {
        self.state.store(FAILS, SeqCst);
    }

    pub(crate) fn hang(&self) {
        self.state.store(HANGS, SeqCst);
    }

    /// Lets others run before each call.
    pub(crate) fn yields(&self) {
        self.state.store(YIELDS, SeqCst);
    }

    /// Takes nothing more.
    pub(crate) fn fill_up(&self) {
        self.state.store(IS_FULL, SeqCst);
    }

    /// How often it was called.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(SeqCst)
    }

    /// The bytes under a key, even while the store fails.
    pub(crate) async fn raw(&self, key: &str) -> Option<Found> {
        self.store
            .get(&[key.as_bytes()])
            .await
            .unwrap()
            .found
            .remove(0)
    }

    async fn pass(&self) -> Result<()> {
        self.calls.fetch_add(1, SeqCst);
        match self.state.load(SeqCst) {
            WORKS | IS_FULL => Ok(()),
            YIELDS => {
                tokio::task::yield_now().await;
                Ok(())
            }
            FAILS => Err(Error::store("it was told to fail")),
            _ => pending().await,
        }
    }
}

impl Store for Switch {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        self.pass().await?;
        self.store.get(keys).await
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        self.pass().await?;
        if self.state.load(SeqCst) == IS_FULL {
            return Ok(vec![Written::TooLarge; puts.len()]);
        }
        self.store.put(puts).await
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        self.pass().await?;
        self.store.delete(keys).await
    }
}

/// A process, as far as its caches are concerned.
#[derive(Clone)]
pub(crate) struct Process {
    pub(crate) cache: Cache,
    pub(crate) store: Arc<Switch>,
}

impl Process {
    /// So many processes over one store. Only those with copies keep values themselves.
    pub(crate) fn several<const N: usize>(copies: usize) -> [Self; N] {
        let shared = Arc::new(MemoryStore::bounded(1_000, 64 << 20));
        std::array::from_fn(|_| {
            let store = Switch::over(shared.clone());
            let cache = Cache::builder().near(copies).store(store.clone()).build();
            Self { cache, store }
        })
    }

    pub(crate) fn caches(&self) -> Caches {
        Caches::new().with("default", self.cache.clone())
    }

    pub(crate) async fn call<F: Future>(&self, call: F) -> F::Output {
        scope(self.caches(), call).await
    }

    pub(crate) fn begin<F>(&self, call: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let process = self.clone();
        tokio::spawn(async move { process.call(call).await })
    }
}

/// The store of a cache that one test alone may break.
pub(crate) static FAILING: LazyLock<Arc<Switch>> = LazyLock::new(Switch::new);
pub(crate) static HANGING: LazyLock<Arc<Switch>> = LazyLock::new(Switch::new);
pub(crate) static DEAF: LazyLock<Arc<Switch>> = LazyLock::new(Switch::new);
/// The store of a cache whose copies live for two seconds, and of the same cache in another process.
pub(crate) static BOUNDED: LazyLock<Arc<Switch>> = LazyLock::new(Switch::new);
pub(crate) static SET_BY_HAND: LazyLock<Arc<Switch>> = LazyLock::new(Switch::new);
/// The store of the cache whose calls one test counts.
pub(crate) static TRIPS: LazyLock<Arc<Switch>> = LazyLock::new(Switch::new);
/// The store of the default cache.
pub(crate) static DEFAULT: LazyLock<Arc<Switch>> = LazyLock::new(Switch::new);

/// The stores of the caches whose values may serve past their lives.
pub(crate) static STALE: LazyLock<Arc<Switch>> = LazyLock::new(Switch::new);
pub(crate) static STALE_DIRECT: LazyLock<Arc<Switch>> = LazyLock::new(Switch::new);
/// The same, for the one test that breaks them.
pub(crate) static SILENT: LazyLock<Arc<Switch>> = LazyLock::new(Switch::new);
pub(crate) static SILENT_DIRECT: LazyLock<Arc<Switch>> = LazyLock::new(Switch::new);

/// Installs the caches that the tests name. Every test calls it first: the first cached call would install the default.
pub(crate) fn installed() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let direct = |store: &Arc<Switch>| Cache::builder().near(0).store(store.clone());
        let caches = Caches::new()
            .with("default", direct(&DEFAULT).build())
            .with("failing", direct(&FAILING).build())
            .with("trips", direct(&TRIPS).build())
            .with("stale", direct(&STALE).near(1_000).near_ttl("2s").build())
            .with("stale direct", direct(&STALE_DIRECT).build())
            .with("silent", direct(&SILENT).near(1_000).near_ttl("2s").build())
            .with("silent direct", direct(&SILENT_DIRECT).build())
            .with("set by hand", direct(&SET_BY_HAND).near(100).build())
            .with("deaf", direct(&DEAF).near(100).near_ttl("1h").build())
            .with("hanging", direct(&HANGING).timeout("50ms").build())
            .with(
                "bounded",
                direct(&BOUNDED).near(1_000).near_ttl("2s").build(),
            )
            .with(
                "near",
                direct(&Switch::new()).near(1_000).near_ttl("2s").build(),
            )
            // For the test that counts the calls of its store.
            .with(
                "counted",
                direct(&Switch::new()).near(1_000).near_ttl("2s").build(),
            );
        cache_core::install(caches).unwrap();
    });
}

pub(crate) fn named(name: &str) -> Cache {
    cache_core::caches().get(name).unwrap().clone()
}
