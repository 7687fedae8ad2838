//! How many instructions a hit takes, as valgrind's callgrind counts them: the difference of two programs that make hits, of which
//! one makes more. The counts are nearly the same each time, whatever else the machine does.

use std::process::Command;

use crate::hits;
use crate::results::{Figures, Row};

/// So many that what happens once, or by the clock, does not show.
const CALLS: u32 = 200_000;

/// The counts for the contests of a thousand keys with this in their title. Why there are none, if there are none.
pub(crate) fn counts(filter: &str) -> Result<Vec<Figures>, String> {
    let valgrind = Command::new("valgrind").arg("--version").output();
    if !valgrind.is_ok_and(|output| output.status.success()) {
        return Err("instruction counts (`valgrind` is not installed)".to_owned());
    }
    let contests = hits::callable().into_iter();
    let contests = contests.filter(|(title, _)| title.contains(filter));
    let figures = contests.map(|(title, contenders)| {
        let rows = contenders.iter().map(|name| row(&title, name));
        Ok(Figures {
            rows: rows.collect::<Result<_, _>>()?,
            title,
            unit: "instructions a call".to_owned(),
            baselines: hits::BASELINES.iter().map(ToString::to_string).collect(),
        })
    });
    figures.collect()
}

fn row(title: &str, name: &str) -> Result<Row, String> {
    let (few, many) = (count(title, name, 0)?, count(title, name, CALLS)?);
    let each = (many - few) / f64::from(CALLS);
    Ok(Row {
        name: name.to_owned(),
        median: each,
        min: each,
        max: each,
    })
}

/// The instructions of a process that makes so many calls.
fn count(title: &str, name: &str, calls: u32) -> Result<f64, String> {
    let fault = |cause: &dyn std::fmt::Display| format!("instruction counts (valgrind: {cause})");
    let program = std::env::current_exe().map_err(|error| fault(&error))?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        // Without it the calling thread can starve the threads of a cache.
        .arg("--fair-sched=try")
        .arg(program)
        .args(["call", title, name, &calls.to_string()])
        .output()
        .map_err(|error| fault(&error))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(fault(&said.trim()));
    }
    collected(&said).ok_or_else(|| fault(&"it says no count"))
}

/// The count in the lines that callgrind ends with.
fn collected(said: &str) -> Option<f64> {
    let mut lines = said.lines();
    lines.find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::collected;

    #[test]
    fn the_count_is_found_among_the_lines() {
        let said = "==7== Events    : Ir\n==7== Collected : 1234567\n==7== I   refs: 1,234,567\n";
        assert_eq!(collected(said), Some(1_234_567.0));
        assert_eq!(collected("==7== nothing"), None);
    }
}
