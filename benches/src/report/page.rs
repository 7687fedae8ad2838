//! The page that the documentation keeps: the facts, the plots, and a table for each contest with the figures of all builds.

use std::collections::HashSet;
use std::fmt::Write;
use std::path::Path;

use super::notes::note;
use super::plot::{self, Bar, Group};
use super::table::figure;
use crate::results::{Figures, Row, Run};

/// Baselines that have a column.
const COLUMNS: usize = 2;

/// Writes the page and its plots into the folder.
pub(crate) fn write(folder: &Path, runs: &[Run]) -> Result<(), String> {
    let fault = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(fault)?;
    for (name, svg) in plots(runs) {
        std::fs::write(folder.join(format!("{name}.svg")), svg).map_err(fault)?;
    }
    std::fs::write(folder.join("index.md"), page(runs)).map_err(fault)
}

fn page(runs: &[Run]) -> String {
    let mut text = String::from(INTRODUCTION);
    for run in runs.iter().take(1) {
        text.push_str("\n| | |\n|---|---|\n");
        for (name, fact) in &run.facts {
            let _ = writeln!(text, "| {name} | {fact} |");
        }
        let builds: Vec<&str> = runs.iter().map(|run| run.build.as_str()).collect();
        let _ = writeln!(text, "| builds | {} |", builds.join("; "));
    }
    let is_everywhere = |what: &&String| runs.iter().all(|run| run.left_out.contains(what));
    let left_out = runs.iter().take(1).flat_map(|run| &run.left_out);
    for what in left_out.filter(is_everywhere) {
        let _ = writeln!(text, "\nLeft out: {what}.");
    }
    for (name, caption, _) in PLOTS {
        if plotted(runs, name) {
            let _ = writeln!(text, "\n![{caption}]({name}.svg)");
        }
    }
    let mut titles = HashSet::new();
    for table in runs.iter().flat_map(|run| &run.tables) {
        if titles.insert(&table.title) {
            section(&mut text, runs, &table.title);
        }
    }
    text
}

const INTRODUCTION: &str = "\
# Against the peers

Written by `cargo xtask bench --report`. Each contest samples its contenders by turns in one process, so that a disturbance of the
machine affects them all: trust the ratios, which are those of the medians, and not the times. The range beside a median tells how
noisy the machine was. Instruction counts are nearly the same each time. A function of this project is called as its users call it: by its
attribute, with a bound and a ttl; an engine without attributes as it would be used by hand in its fastest way. The memory of an entry is
what it takes before it has a hot copy: where keys and values are words, those that are asked for often take 80 bytes and more beside that,
up to 128 MiB of a process.
";

fn section(text: &mut String, runs: &[Run], title: &str) {
    let _ = writeln!(text, "\n## {}", capitalized(title));
    let mut units = HashSet::new();
    for table in runs.iter().flat_map(|run| &run.tables) {
        if table.title == title && units.insert(&table.unit) {
            let _ = writeln!(text, "\nIn {}:\n", table.unit);
            joined(text, runs, table);
        }
    }
}

/// One table for all builds in which the contest was held.
fn joined(text: &mut String, runs: &[Run], first: &Figures) {
    let builds: Vec<(&str, &Figures)> = runs
        .iter()
        .filter_map(|run| Some((run.build.as_str(), run.table(&first.title, &first.unit)?)))
        .collect();
    let baselines: Vec<&String> = first.baselines.iter().take(COLUMNS).collect();
    let notes =
        first.rows.iter().any(|row| note(&row.name).is_some()) && first.title.contains("a hit of");
    let mut header = "| |".to_owned();
    for (build, _) in &builds {
        let of = if builds.len() > 1 {
            format!("{build}: ")
        } else {
            String::new()
        };
        let _ = write!(header, " {of}median (range) |");
        for baseline in &baselines {
            let _ = write!(header, " to {baseline} |");
        }
    }
    let columns = header.matches('|').count() - 2;
    let mut rule = format!("|---|{}", "---:|".repeat(columns));
    if notes {
        header.push_str(" what it does |");
        rule.push_str("---|");
    }
    let _ = writeln!(text, "{header}\n{rule}");
    for row in &first.rows {
        let _ = write!(text, "| {} |", row.name);
        for (_, table) in &builds {
            cells(text, table, &row.name, &baselines);
        }
        if notes {
            let _ = write!(text, " {} |", note(&row.name).unwrap_or_default());
        }
        text.push('\n');
    }
}

fn cells(text: &mut String, table: &Figures, name: &str, baselines: &[&String]) {
    let Some(row) = table.row(name) else {
        text.push_str(&" |".repeat(1 + baselines.len()));
        return;
    };
    let _ = write!(text, " {} |", with_range(row));
    for baseline in baselines {
        let ratio = table.ratio(name, baseline);
        let ratio = ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"));
        let _ = write!(text, " {ratio} |");
    }
}

#[expect(clippy::float_cmp, reason = "one sample is its own range")]
fn with_range(row: &Row) -> String {
    if row.min == row.max {
        return figure(row.median);
    }
    format!(
        "{} ({}–{})",
        figure(row.median),
        figure(row.min),
        figure(row.max)
    )
}

fn capitalized(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// What a plot shows: the tables whose title begins so, in this unit.
type Shown = (&'static str, &'static str);

/// The plots: the name of the file, the caption, and what it shows.
const PLOTS: [(&str, &str, Shown); 5] = [
    (
        "hits",
        "Nanoseconds a hit, one thread",
        ("a hit of fn", "ns a call"),
    ),
    (
        "threads",
        "Throughput of all threads on the same keys, in times of one thread",
        ("a hit of", "times the throughput of one thread"),
    ),
    (
        "kept",
        "Hits of 1,000 requests",
        ("what is kept of ", "hits of 1,000"),
    ),
    (
        "saved",
        "Load time saved of 1,000, costs spread a hundredfold",
        ("what is kept of ", "load time saved of 1,000, costs spread"),
    ),
    (
        "memory",
        "Bytes an entry of u64 and u64",
        ("the memory of an entry of u64 and u64, ", "bytes an entry"),
    ),
];

/// Who is shown, each in its own colour.
const SERIES: [&str; 6] = [
    "cache-core",
    "quick_cache",
    "moka",
    "cached",
    "foyer",
    "memoize",
];

fn plots(runs: &[Run]) -> Vec<(&'static str, String)> {
    let shown = PLOTS.iter().filter_map(|(name, caption, shown)| {
        let groups = groups(runs, *shown);
        (!groups.is_empty()).then(|| (*name, plot::bars(caption, &groups, &SERIES)))
    });
    shown.collect()
}

fn plotted(runs: &[Run], name: &str) -> bool {
    let shown = PLOTS.iter().find(|(other, _, _)| *other == name);
    shown.is_some_and(|(_, _, shown)| !groups(runs, *shown).is_empty())
}

/// A group for each table of the last run that has it: the build that says most about the caches themselves.
fn groups(runs: &[Run], (title, unit): Shown) -> Vec<Group> {
    let run = runs.iter().rev().find(|run| {
        let mut tables = run.tables.iter();
        tables.any(|table| table.title.starts_with(title) && table.unit == unit)
    });
    let tables = run.into_iter().flat_map(|run| &run.tables);
    let tables = tables.filter(|table| {
        let threads = table.title.contains("thread") == unit.contains("thread");
        table.title.starts_with(title) && table.unit == unit && threads
    });
    let groups = tables.map(|table| {
        let bars = SERIES.iter().enumerate().filter_map(|(series, name)| {
            let row = table.row(name)?;
            Some(Bar {
                series,
                value: row.median,
                label: figure(row.median),
            })
        });
        let name = table.title.trim_start_matches("what is kept of ");
        let name = name.trim_start_matches("a hit of ");
        let name = name.trim_start_matches("the memory of an entry of u64 and u64, ");
        Group {
            name: name.to_owned(),
            bars: bars.collect(),
        }
    });
    groups.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(build: &str, median: f64) -> Run {
        let row = |name: &str, median: f64| Row {
            name: name.to_owned(),
            median,
            min: median,
            max: median + 1.0,
        };
        Run {
            build: build.to_owned(),
            facts: vec![("machine".to_owned(), "any".to_owned())],
            left_out: vec!["Redis".to_owned()],
            tables: vec![Figures {
                title: "a hit of fn(u64) -> u64, 1,024 keys".to_owned(),
                unit: "ns a call".to_owned(),
                baselines: vec!["quick_cache".to_owned()],
                rows: vec![row("cache-core", median), row("quick_cache", 10.0)],
            }],
        }
    }

    #[test]
    fn builds_stand_side_by_side() {
        let page = page(&[run("release", 20.0), run("fat LTO", 5.0)]);
        let header = "| | release: median (range) | to quick_cache | fat LTO: median (range) | to quick_cache | what it does |";
        assert!(page.contains(header), "{page}");
        assert!(
            page.contains("| cache-core | 20.0 (20.0–21.0) | 2.00 | 5.0 (5.0–6.0) | 0.50 |"),
            "{page}"
        );
        assert_eq!(page.matches("Left out: Redis.").count(), 1);
        assert!(
            page.contains("(hits.svg)") && !page.contains("(memory.svg)"),
            "{page}"
        );
    }

    #[test]
    fn what_was_held_in_one_build_has_one_column() {
        let mut second = run("fat LTO", 5.0);
        second.tables.clear();
        second.left_out.clear();
        let page = page(&[run("release", 20.0), second]);
        assert!(!page.contains("Left out"), "{page}");
        assert!(
            page.contains("| | median (range) | to quick_cache |"),
            "{page}"
        );
    }
}
