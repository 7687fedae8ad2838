//! The result of a contest as a table that is readable as text and as Markdown.

use crate::contest::{Outcome, Samples};
use std::fmt::Write;

/// Medians with their range, and the ratios of medians to each baseline.
pub(crate) fn table(outcome: &Outcome) -> String {
    let mut rows = vec![header(outcome)];
    rows.extend(outcome.results.iter().map(|samples| row(outcome, samples)));
    let columns = rows[0].len();
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = format!("{} ({})\n\n", outcome.title, outcome.unit);
    for (index, row) in rows.iter().enumerate() {
        for (cell, &width) in row.iter().zip(&widths) {
            let left = cell == &row[0];
            let cell = if left {
                format!("{cell:<width$}")
            } else {
                format!("{cell:>width$}")
            };
            let _ = write!(text, "| {cell} ");
        }
        text.push_str("|\n");
        if index == 0 {
            let rules = widths
                .iter()
                .map(|&width| format!("|{}", "-".repeat(width + 2)));
            text.extend(rules);
            text.push_str("|\n");
        }
    }
    text
}

fn header(outcome: &Outcome) -> Vec<String> {
    let fixed = ["", "median", "min", "max"].map(str::to_owned).into_iter();
    fixed
        .chain(outcome.baselines.iter().map(|name| format!("to {name}")))
        .collect()
}

fn row(outcome: &Outcome, samples: &Samples) -> Vec<String> {
    let figures = [samples.median(), samples.min(), samples.max()].map(figure);
    let ratios = outcome.baselines.iter().map(|name| {
        let baseline = outcome.results.iter().find(|other| other.name == *name);
        baseline.map_or_else(String::new, |baseline| {
            format!("{:.2}", samples.median() / baseline.median())
        })
    });
    [samples.name.to_owned()]
        .into_iter()
        .chain(figures)
        .chain(ratios)
        .collect()
}

/// Three digits: such a measurement is not more precise.
pub(super) fn figure(value: f64) -> String {
    if value < 100.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_those_of_the_medians() {
        let results = vec![
            Samples::new("limit", vec![4.0]),
            Samples::new("peer", vec![9.0, 10.0, 300.0]),
        ];
        let outcome = Outcome {
            title: "a hit".to_owned(),
            unit: "ns",
            baselines: &["limit"],
            results,
        };
        let expected = "\
a hit (ns)

|       | median | min | max | to limit |
|-------|--------|-----|-----|----------|
| limit |    4.0 | 4.0 | 4.0 |     1.00 |
| peer  |   10.0 | 9.0 | 300 |     2.50 |
";
        assert_eq!(table(&outcome), expected);
    }
}
