//! The cached functions, the keys, and the loop that times the calls.

use std::future::Future;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a sample takes, approximately.
const SAMPLE: Duration = Duration::from_millis(5);
/// The most calls before a sample: they bring the entries back into the processor's caches, as far as these hold them.
const WARM_UP: u32 = 100_000;
/// Calls that a thread makes after its own sample before it checks whether the others are done.
const COMPANY: u32 = 64;

/// How often a body ran: a measured call that runs a body is not a hit.
static BODIES: AtomicU64 = AtomicU64::new(0);

/// The body of the function of numbers.
pub(super) fn number(n: u64) -> u64 {
    BODIES.fetch_add(1, Ordering::Relaxed);
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The body of the function of texts: 64 bytes.
pub(super) fn text(name: &str, page: u32) -> Arc<str> {
    BODIES.fetch_add(1, Ordering::Relaxed);
    format!("{name:-<60}{page:04}").into()
}

/// The keys of a contest: so many, all of which are kept.
#[derive(Clone, Copy)]
pub(super) struct Keys(pub(super) u32);

impl Keys {
    pub(super) const THOUSAND: Self = Self(1_024);
    pub(super) const HUNDRED_THOUSAND: Self = Self(100_000);
    pub(super) const MILLION: Self = Self(1_000_000);
    pub(super) const TEN_MILLION: Self = Self(10_000_000);

    pub(super) fn numbers(self) -> impl Iterator<Item = u64> {
        (0..self.0).map(nth_number)
    }

    pub(super) fn texts(self) -> Vec<(String, u32)> {
        let text = |n| (format!("category-{:02}/post-{n:08}", n % 32), n % 7);
        (0..self.0).map(text).collect()
    }

    /// The number of the key of the `step`-th call: all keys equally often, in scattered order.
    fn index(self, step: u32) -> u32 {
        let scattered = u64::from(step.wrapping_mul(0x9e37_79b1));
        u32::try_from((scattered * u64::from(self.0)) >> 32).unwrap_or_default()
    }
}

fn nth_number(n: u32) -> u64 {
    u64::from(n).wrapping_mul(1_000_003)
}

/// Makes this many calls in a loop that begins when the gate opens; returns how long they took.
type Loop = dyn Fn(u32, &Gate) -> Duration + Send + Sync;

/// The hits of one contender.
pub(super) struct Hits {
    keys: Keys,
    calls: Box<Loop>,
}

impl Hits {
    pub(super) fn numbers(
        keys: Keys,
        function: impl Fn(u64) -> u64 + Send + Sync + 'static,
    ) -> Self {
        Self {
            keys,
            calls: Box::new(move |calls, gate| {
                gate.timed(calls, |step| {
                    black_box(function(black_box(nth_number(keys.index(step)))));
                })
            }),
        }
    }

    pub(super) fn texts(
        keys: Keys,
        function: impl Fn(&str, u32) -> Arc<str> + Send + Sync + 'static,
    ) -> Self {
        let texts = keys.texts();
        Self {
            keys,
            calls: Box::new(move |calls, gate| {
                gate.timed(calls, |step| {
                    let (name, page) = &texts[keys.index(step) as usize];
                    black_box(function(black_box(name), black_box(*page)));
                })
            }),
        }
    }

    pub(super) fn numbers_async<F>(function: impl Fn(u64) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = u64>,
    {
        let keys = Keys::THOUSAND;
        Self {
            keys,
            calls: Box::new(move |calls, gate| {
                block_on(gate.timed_async(calls, async |step| {
                    black_box(function(black_box(nth_number(keys.index(step)))).await);
                }))
            }),
        }
    }

    pub(super) fn texts_async<F>(
        function: impl Fn(&'static str, u32) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Arc<str>>,
    {
        let keys = Keys::THOUSAND;
        let texts: &'static [(String, u32)] = keys.texts().leak();
        Self {
            keys,
            calls: Box::new(move |calls, gate| {
                block_on(gate.timed_async(calls, async |step| {
                    let (name, page) = &texts[keys.index(step) as usize];
                    black_box(function(black_box(name), black_box(*page)).await);
                }))
            }),
        }
    }

    /// Loads every key.
    pub(super) fn fill(&self) {
        // The calls scatter: as many as there are keys leave some out.
        self.run(1, self.keys.0.saturating_mul(4));
    }

    /// Takes a sample: nanoseconds for a call, while each thread makes its own calls.
    ///
    /// # Panics
    /// If a measured call was not a hit.
    pub(super) fn sample(&self, threads: u32, calls: u32) -> f64 {
        self.run(1, self.keys.0.min(WARM_UP));
        let bodies = BODIES.load(Ordering::Relaxed);
        let elapsed = self.run(threads, calls);
        assert_eq!(
            bodies,
            BODIES.load(Ordering::Relaxed),
            "a measured call ran the body"
        );
        elapsed.as_secs_f64() * 1e9 / f64::from(calls)
    }

    pub(super) fn calls_in_a_sample(&self, threads: u32) -> u32 {
        const TRIAL: u32 = 10_000;
        let nanoseconds = self.run(threads, TRIAL).as_nanos().max(1);
        let calls = SAMPLE.as_nanos() * u128::from(TRIAL) / nanoseconds;
        u32::try_from(calls).unwrap_or(u32::MAX).max(1000)
    }

    /// The mean time of the threads.
    pub(super) fn run(&self, threads: u32, calls: u32) -> Duration {
        let gate = Gate::new(threads);
        let total: Duration = std::thread::scope(|scope| {
            let run = || (self.calls)(calls, &gate);
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
            let own = run();
            let others = others.into_iter().filter_map(|thread| thread.join().ok());
            others.fold(own, |total, elapsed| total + elapsed)
        });
        total / threads
    }
}

/// Makes threads begin together, and keeps each of them calling until the last one is done, so that every timed call competes with
/// the others. It spins, because a sleeping thread would wake up when the others have finished.
struct Gate {
    coming: AtomicU32,
    running: AtomicU32,
}

impl Gate {
    fn new(threads: u32) -> Self {
        Self {
            coming: AtomicU32::new(threads),
            running: AtomicU32::new(threads),
        }
    }

    fn timed(&self, calls: u32, call: impl Fn(u32)) -> Duration {
        let start = self.pass();
        (0..calls).for_each(&call);
        let elapsed = start.elapsed();
        self.running.fetch_sub(1, Ordering::AcqRel);
        while self.others_run() {
            (0..COMPANY).for_each(&call);
        }
        elapsed
    }

    async fn timed_async(&self, calls: u32, call: impl AsyncFn(u32)) -> Duration {
        let start = self.pass();
        for step in 0..calls {
            call(step).await;
        }
        let elapsed = start.elapsed();
        self.running.fetch_sub(1, Ordering::AcqRel);
        while self.others_run() {
            for step in 0..COMPANY {
                call(step).await;
            }
        }
        elapsed
    }

    fn pass(&self) -> Instant {
        self.coming.fetch_sub(1, Ordering::AcqRel);
        while self.coming.load(Ordering::Acquire) > 0 {
            std::hint::spin_loop();
        }
        Instant::now()
    }

    fn others_run(&self) -> bool {
        self.running.load(Ordering::Acquire) > 0
    }
}

/// Drives the calls on a runtime, because a contender may wait for its lock.
fn block_on<T>(calls: impl Future<Output = T>) -> T {
    match tokio::runtime::Builder::new_current_thread().build() {
        Ok(runtime) => runtime.block_on(calls),
        Err(error) => panic!("no runtime to run the calls on: {error}"),
    }
}
