//! What a run has measured, as a file that the report is made of.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::contest::{Outcome, Samples};

/// A run of one build.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Run {
    /// The build, in words.
    pub(crate) build: String,
    /// The machine, the compiler, the versions: each with its name.
    pub(crate) facts: Vec<(String, String)>,
    pub(crate) left_out: Vec<String>,
    pub(crate) tables: Vec<Figures>,
}

/// The figures of a contest in one of its units.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) title: String,
    pub(crate) unit: String,
    pub(crate) baselines: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

/// One contender's figures.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Run {
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), String> {
        let fault = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = serde_json::to_string_pretty(self).map_err(|error| fault(&error))?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| fault(&error))?;
        }
        std::fs::write(path, text).map_err(|error| fault(&error))
    }

    /// The figures in a unit of the contest with this title.
    pub(crate) fn table(&self, title: &str, unit: &str) -> Option<&Figures> {
        let mut tables = self.tables.iter();
        tables.find(|table| table.title == title && table.unit == unit)
    }
}

impl Figures {
    pub(crate) fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }

    /// The ratio of a contender's median to that of another.
    pub(crate) fn ratio(&self, name: &str, baseline: &str) -> Option<f64> {
        Some(self.row(name)?.median / self.row(baseline)?.median)
    }
}

impl From<&Outcome> for Figures {
    fn from(outcome: &Outcome) -> Self {
        let row = |samples: &Samples| Row {
            name: samples.name.to_owned(),
            median: samples.median(),
            min: samples.min(),
            max: samples.max(),
        };
        Self {
            title: outcome.title.clone(),
            unit: outcome.unit.to_owned(),
            baselines: outcome.baselines.iter().map(ToString::to_string).collect(),
            rows: outcome.results.iter().map(row).collect(),
        }
    }
}
