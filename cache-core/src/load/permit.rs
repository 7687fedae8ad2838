//! The bound on loads that run outside of any flight.

use super::request::LoadRequest;
use crate::clock::Moment;
use crate::wait::WaitCell;

/// How many solo loads may run at once after failed or slow leaders, for each tier.
const MAX_SOLO_LOADS: usize = 64;

impl<'n> LoadRequest<'n> {
    /// Waits for a place among those who load alone; from `deadline` on, the caller goes without.
    pub(super) async fn permit(&self, deadline: Moment) -> Option<Permit<'n>> {
        let solo = self.near.solo();
        let place = |at_once: &mut usize| (*at_once < MAX_SOLO_LOADS).then(|| *at_once += 1);
        solo.until(deadline, place).await.map(|()| Permit(solo))
    }
}

/// The permit of a solo load.
pub(crate) struct Permit<'a>(&'a WaitCell<usize>);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.update_for_one(|at_once| *at_once -= 1);
    }
}
