//! A value that a hand sets, in place of one that a function returns.

use super::running::names;
use super::{PendingLoad, life};
use crate::entry::{Entry, EntryMaker};
use crate::error::Stored;
use crate::function::KeepRule;
use crate::outcome::Outcome;
use crate::value::LocalValue;
use crate::wait::block_on;

impl<O: Outcome<Kept: LocalValue>> PendingLoad<O> {
    /// Keeps this, as if the body had just returned it, in the place of whatever is kept, and takes away the loads that are
    /// under way: they may have read what was true before. What the function does not keep leaves nothing.
    pub fn set(self, ret: O::Ret, keep: KeepRule<'_, O::Ret>) -> Stored {
        block_on(self.set_async(ret, keep))
    }

    /// [`set`](Self::set), awaited.
    pub fn set_async(
        self,
        ret: O::Ret,
        mut keep: KeepRule<'_, O::Ret>,
    ) -> impl Future<Output = Stored> + use<O> {
        let kept = O::kept(&ret).and_then(|kept| {
            let decision = keep.decide(&ret, None);
            let life = life(decision.keep, self.ttl, self.request.rules())?;
            Some((kept.clone(), life, names(&decision.tags)))
        });
        drop(ret);
        async move {
            let Some((kept, life, of_value)) = kept else {
                self.request.leave_nothing().await;
                return Ok(()).into();
            };
            let entry: EntryMaker = Box::new(|meta| Entry::copied_by(O::COPIER, kept, meta));
            self.request.set(entry, life, &of_value).await.into()
        }
    }
}
