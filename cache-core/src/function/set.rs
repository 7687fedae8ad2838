//! A value that a hand sets, in place of one that a function returns.

use super::PendingLoad;
use super::pending::names;
use crate::entry::Holds;
use crate::error::Stored;
use crate::function::Fate;
use crate::monitor::block_on;
use crate::outcome::Outcome;

impl<O, K, V> PendingLoad<O, K, V>
where
    O: Outcome<Kept: Clone>,
    K: Eq + Clone + Send + Sync + 'static,
    V: ?Sized + Holds<O::Kept> + Send + Sync + 'static,
{
    /// Keeps this, as if the body had just returned it, in the place of whatever is kept, and takes away the loads that are
    /// under way: they may have read what was true before. What the function does not keep leaves nothing.
    pub fn set<F: Into<Fate>>(self, ret: O::Ret, keep: impl FnOnce(&O::Kept) -> F) -> Stored {
        block_on(self.set_async(ret, keep))
    }

    /// [`set`](Self::set), awaited.
    pub async fn set_async<F: Into<Fate>>(
        self,
        ret: O::Ret,
        keep: impl FnOnce(&O::Kept) -> F,
    ) -> Stored {
        let kept = O::kept(&ret).and_then(|kept| {
            let fate: Fate = keep(kept).into();
            let life = self.place.life(fate.keep)?;
            Some((kept.clone(), life, names(&fate.tags)))
        });
        drop(ret);
        let Some((kept, life, of_value)) = kept else {
            self.request.leave_nothing().await;
            return Ok(()).into();
        };
        self.request.set(kept, life, &of_value).await.into()
    }
}
