//! A contest: contenders are sampled in turn, round after round, so that a disturbance of the machine affects them all.

/// Contenders for one job, and the baselines that the others are compared with.
pub(crate) struct Contest {
    pub(crate) title: String,
    /// The default number of samples of each contender; odd, so that the median is a sample.
    pub(crate) rounds: usize,
    /// The unit of each figure of a sample.
    pub(crate) units: &'static [&'static str],
    /// Names of the contenders to which the report gives each one's ratio.
    pub(crate) baselines: &'static [&'static str],
    pub(crate) contenders: Vec<Contender>,
}

pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// One measurement: a figure for each of the contest's units.
    pub(crate) sample: Box<dyn FnMut() -> Vec<f64>>,
}

/// The result of a contest, in one of its units.
pub(crate) struct Outcome {
    pub(crate) title: String,
    pub(crate) unit: &'static str,
    pub(crate) baselines: &'static [&'static str],
    pub(crate) results: Vec<Samples>,
}

/// One contender's samples, sorted.
pub(crate) struct Samples {
    pub(crate) name: &'static str,
    sorted: Vec<f64>,
}

impl Contest {
    /// Whether its figures depend on the moment and on the build.
    pub(crate) fn is_timed(&self) -> bool {
        self.rounds > 1
    }

    /// Warms up every contender once, then samples them in turn; each round begins with a different one. A contest of one round
    /// measures what is the same each time, and has no warm-up.
    pub(crate) fn hold(mut self, rounds: usize) -> Vec<Outcome> {
        let count = self.contenders.len();
        let mut samples = vec![Vec::with_capacity(rounds); count];
        if self.is_timed() {
            for contender in &mut self.contenders {
                (contender.sample)();
            }
        }
        for round in 0..rounds {
            for turn in 0..count {
                let index = (round + turn) % count;
                samples[index].push((self.contenders[index].sample)());
            }
        }
        let units = self.units.iter().enumerate();
        units
            .map(|(figure, unit)| self.outcome(unit, figure, &samples))
            .collect()
    }

    fn outcome(&self, unit: &'static str, figure: usize, samples: &[Vec<Vec<f64>>]) -> Outcome {
        let contenders = self.contenders.iter().zip(samples);
        let results = contenders.map(|(contender, samples)| {
            let figures = samples.iter().map(|sample| sample[figure]).collect();
            Samples::new(contender.name, figures)
        });
        Outcome {
            title: self.title.clone(),
            unit,
            baselines: self.baselines,
            results: results.collect(),
        }
    }
}

impl Samples {
    /// `values` are not empty.
    pub(crate) fn new(name: &'static str, mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self {
            name,
            sorted: values,
        }
    }

    pub(crate) fn median(&self) -> f64 {
        self.sorted[self.sorted.len() / 2]
    }

    pub(crate) fn min(&self) -> f64 {
        self.sorted[0]
    }

    pub(crate) fn max(&self) -> f64 {
        self.sorted[self.sorted.len() - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    #[test]
    fn contenders_take_turns_and_each_begins_once() {
        let order = Rc::new(RefCell::new(String::new()));
        let contender = |name: &'static str| {
            let order = Rc::clone(&order);
            let sample = Box::new(move || {
                order.borrow_mut().push_str(name);
                vec![1.0, 2.0]
            });
            Contender { name, sample }
        };
        let contenders = vec![contender("a"), contender("b")];
        let contest = Contest {
            title: String::new(),
            rounds: 3,
            units: &["ns", "bytes"],
            baselines: &[],
            contenders,
        };
        let outcomes = contest.hold(2);
        assert_eq!(*order.borrow(), "ababba");
        assert_eq!(
            outcomes
                .iter()
                .map(|outcome| outcome.unit)
                .collect::<Vec<_>>(),
            ["ns", "bytes"]
        );
        assert!(outcomes.iter().all(|outcome| outcome.results.len() == 2));
    }

    #[test]
    fn the_median_is_the_middle() {
        let samples = Samples::new("a", vec![3.0, 1.0, 2.0]);
        assert!((samples.min(), samples.median(), samples.max()) == (1.0, 2.0, 3.0));
    }
}
