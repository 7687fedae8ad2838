//! What entries are worth that do not cost the same to load: how often they are asked for, times what their load takes beside the mean.

use crate::entry::LoadCost;

/// The costs of what a shard has been given lately.
#[derive(Debug, Default)]
pub(super) struct CostScale {
    /// The mean of the logarithms, in steps of [`LoadCost`] times [`ONE`].
    mean: i32,
    /// How far they lie from that, in the mean.
    spread: i32,
    /// How many there were, up to the number that the means are made of.
    known: i32,
}

/// One step.
const ONE: i32 = 1 << 16;

/// So many costs make the means.
const MEMORY: i32 = 512;

/// Where loads differ by less, all cost the same: what their times say then is chance. Half an octave.
const ALIKE: i32 = 2 * ONE;

/// A load counts for eight times the mean at most, and for an eighth at least: three octaves.
const MOST_STEPS: i32 = 12;

/// What is multiplied with a frequency: 64 times two to the power of a quarter of the steps above the mean.
const FACTORS: [u32; 2 * MOST_STEPS as usize + 1] = [
    8, 10, 11, 13, 16, 19, 23, 27, 32, 38, 45, 54, 64, 76, 91, 108, 128, 152, 181, 215, 256, 304,
    362, 431, 512,
];

/// That of what costs the mean.
const MEAN: u32 = FACTORS[MOST_STEPS as usize];

impl CostScale {
    /// Notes the cost of what was stored.
    pub(super) fn note(&mut self, cost: LoadCost) {
        let Some(steps) = cost.steps() else { return };
        let steps = i32::from(steps) * ONE;
        self.known = (self.known + 1).min(MEMORY);
        self.mean += (steps - self.mean) / self.known;
        self.spread += ((steps - self.mean).abs() - self.spread) / self.known;
    }

    /// Whether costs differ at all.
    pub(super) fn differ(&self) -> bool {
        self.spread > ALIKE
    }

    /// What a frequency is multiplied with.
    pub(super) fn factor(&self, cost: LoadCost) -> u32 {
        let Some(steps) = cost.steps().filter(|_| self.differ()) else {
            return MEAN;
        };
        let above = (i32::from(steps) * ONE - self.mean + ONE / 2).div_euclid(ONE);
        let at = above.clamp(-MOST_STEPS, MOST_STEPS) + MOST_STEPS;
        usize::try_from(at).map_or(MEAN, |at| FACTORS[at])
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn cost(millis: u64) -> LoadCost {
        LoadCost::of(Duration::from_millis(millis))
    }

    fn scale_of(millis: impl IntoIterator<Item = u64>) -> CostScale {
        let mut scale = CostScale::default();
        millis
            .into_iter()
            .for_each(|millis| scale.note(cost(millis)));
        scale
    }

    #[test]
    fn a_load_counts_by_its_cost_beside_the_mean() {
        let scale = scale_of((0..2_000).map(|n| if n % 2 == 0 { 10 } else { 1_000 }));
        assert!(scale.differ());
        let [cheap, mean, dear] = [10, 100, 1_000].map(|millis| scale.factor(cost(millis)));
        assert!((50..=80).contains(&mean), "{mean}");
        assert_eq!((cheap, dear), (FACTORS[0], FACTORS[24]));
        assert_eq!(scale.factor(cost(1)), cheap, "an eighth at least");
        assert_eq!(scale.factor(cost(1_000_000)), dear, "eight times at most");
        assert_eq!(scale.factor(LoadCost::UNKNOWN), MEAN);
    }

    #[test]
    fn small_differences_are_chance() {
        let scale = scale_of((0..2_000).map(|n| 100 + n % 40));
        assert!(!scale.differ());
        assert_eq!(scale.factor(cost(1_000)), MEAN);
        assert!(!CostScale::default().differ());
    }

    #[test]
    fn what_was_varied_or_alike_once_need_not_stay_so() {
        let alike = || (0..6_000).map(|n| 100 + n % 20);
        let varied = || (0..6_000).map(|n| if n % 2 == 0 { 50 } else { 200 });
        assert!(scale_of(alike().chain(varied())).differ());
        assert!(!scale_of(varied().chain(alike())).differ());
    }

    #[test]
    fn the_mean_follows_what_loads_take_now() {
        let one_time = |n| if n % 2 == 0 { 1 } else { 10 };
        let scale = scale_of(
            (0..500)
                .map(one_time)
                .chain((0..5_000).map(|n| 1_000 * one_time(n))),
        );
        assert!(scale.factor(cost(1_000)) < MEAN && scale.factor(cost(10_000)) > MEAN);
    }
}
