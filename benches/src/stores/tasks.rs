//! Tasks that ask for one key after the other, and how many answers they get.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::contest::{Contender, Contest};

/// How long a sample lasts.
const SAMPLE: Duration = Duration::from_millis(500);

/// One task that makes calls until it is told to stop, and counts them.
type Asker = Arc<dyn Fn(usize, Arc<AtomicBool>, Arc<AtomicU64>) -> Asking + Send + Sync>;
type Asking = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What is asked, by the number of the call; each answer says how many bytes it has.
pub(crate) fn asker<F>(bytes: usize, ask: impl Fn(usize) -> F + Send + Sync + 'static) -> Asker
where
    F: Future<Output = usize> + Send + 'static,
{
    let ask = Arc::new(ask);
    Arc::new(move |task, stop, answers| {
        let ask = ask.clone();
        Box::pin(async move {
            let mut number = task * 7;
            while !stop.load(Ordering::Relaxed) {
                // Hits that never wait would starve the other tasks.
                for _ in 0..16 {
                    assert_eq!(ask(number).await, bytes, "a hit has its value");
                    number += 1;
                }
                answers.fetch_add(16, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        })
    })
}

/// A contest of what these ask, with so many tasks each; the first of them is the baseline. `holds` lives as long.
pub(crate) fn contest(
    title: String,
    tasks: usize,
    runtime: &Rc<Runtime>,
    holds: &Rc<impl Sized + 'static>,
    askers: Vec<(&'static str, Asker)>,
    baselines: &'static [&'static str],
) -> Contest {
    let contender = |(name, ask): (&'static str, Asker)| {
        let (runtime, holds) = (runtime.clone(), holds.clone());
        Contender {
            name,
            sample: Box::new(move || {
                let _up = &holds;
                let answers = runtime.block_on(sample(&ask, tasks));
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "a count of some hundred thousand"
                )]
                let rate = answers as f64 / SAMPLE.as_secs_f64();
                vec![rate]
            }),
        }
    };
    Contest {
        title,
        rounds: 11,
        units: &["answers a second"],
        baselines,
        contenders: askers.into_iter().map(contender).collect(),
    }
}

async fn sample(ask: &Asker, tasks: usize) -> u64 {
    let (stop, answers) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let tasks: Vec<_> = (0..tasks)
        .map(|task| tokio::spawn(ask(task, stop.clone(), answers.clone())))
        .collect();
    tokio::time::sleep(SAMPLE).await;
    stop.store(true, Ordering::Relaxed);
    let counted = answers.load(Ordering::Relaxed);
    for task in tasks {
        if let Err(error) = task.await {
            std::panic::resume_unwind(error.into_panic());
        }
    }
    counted
}
