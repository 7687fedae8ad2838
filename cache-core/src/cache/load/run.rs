//! The load itself: before the call returns, or behind it.

use std::sync::Arc;

use super::CacheLoad;
use crate::clock;
use crate::entry::AnyEntry;
use crate::format::codec::coder;
use crate::load::{How, Leader, LoadRequest, Opened, Replaced};
use crate::policy::Life;
use crate::scope::{self, InScope};
use crate::spawn::spawn;
use crate::value::SharedValue;

impl CacheLoad {
    pub(super) async fn get_or_load<T, E, F>(
        self,
        load: impl FnOnce(Option<Replaced<T>>) -> F + Send + 'static,
    ) -> Result<T, E>
    where
        T: SharedValue,
        E: Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        let opened = match self.cache.fresh_as::<T>(&self.key) {
            Some(entry) => Opened::Ready(entry, How::Hit),
            // In boxes, so that the future of a hit does not carry the room for a miss.
            None => Box::pin(self.request::<T>().open()).await,
        };
        match opened {
            Opened::Ready(entry, how) => match self.serve::<T>(&entry, how) {
                Some(value) => Ok(value),
                None => load(None).await,
            },
            Opened::Behind(entry, how, leader) => {
                let Some(value) = self.serve::<T>(&entry, how) else {
                    return load(None).await;
                };
                // The leader borrows `self`, and a task must own what it uses: it opens the load again.
                drop(leader);
                self.clone().load_behind(load).await;
                Ok(value)
            }
            Opened::Run(leader) | Opened::Failed(_, leader) | Opened::TimedOut(leader) => {
                self.load(leader, load).await
            }
        }
    }

    fn request<T: SharedValue>(&self) -> Box<LoadRequest<'_>> {
        let mut request = self
            .cache
            .request::<T>(&self.key, self.names.clone().into());
        request.follow(self.rules);
        request.compare_by(coder::equals::<T>);
        if self.revalidates {
            request.revalidate();
        }
        request
    }

    /// The value of an entry, which a load that encloses this call depends on.
    fn serve<T: SharedValue>(&self, entry: &Arc<dyn AnyEntry>, how: How) -> Option<T> {
        how.tell(self.cache.near(), entry);
        entry.value_as().cloned()
    }

    /// Runs the load, and ends it.
    async fn load<T, E, F>(
        &self,
        mut leader: Box<Leader<'_>>,
        load: impl FnOnce(Option<Replaced<T>>) -> F,
    ) -> Result<T, E>
    where
        T: SharedValue,
        F: Future<Output = Result<T, E>>,
    {
        let old = leader.replaced();
        let outcome = leader.load_from(|| load(old)).await;
        leader.tell(&[]);
        let error = match outcome {
            Ok(value) => {
                leader.compare(&value);
                let ttl = self.ttl.map(|ttl| self.rules.jittered(ttl));
                let entry = leader.entry(value.clone(), Life::new(clock::now(), ttl), 0, &[]);
                Box::pin(leader.keep(entry)).await;
                return Ok(value);
            }
            Err(error) => error,
        };
        let stale = leader.stale();
        leader.fail(None);
        let served = stale.and_then(|entry| self.serve(&entry, How::Stale));
        served.ok_or(error)
    }

    /// Begins the load behind the call, unless another one is under way by then.
    async fn load_behind<T, E, F>(
        self,
        load: impl FnOnce(Option<Replaced<T>>) -> F + Send + 'static,
    ) where
        T: SharedValue,
        E: Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        let task = async move {
            let opened = self.request::<T>().open().await;
            if let Opened::Behind(_, _, leader) = opened
                && let Some(leader) = leader.prepared().await
            {
                // Its error is nobody's: the stale value serves until the next try.
                drop(self.load(leader, load).await);
            }
        };
        if let Err(task) = spawn(InScope::new(scope::here(), task)) {
            task.await;
        }
    }
}
