//! A floor uses the floors below it, and a file uses on its own floor only the files that are listed before it. A file that is not
//! in the tables is a fault.

use crate::references::references;
use crate::source::{Fault, Source};

/// The plan of a crate, from the ground up.
pub(crate) struct House {
    /// The name of the crate in paths.
    name: &'static str,
    /// Its folder, from the root of the repository.
    folder: &'static str,
    floors: &'static [Floor],
}

/// A name, and files by their path without `.rs`. A file includes the folder of its name, except files of it that are listed
/// themselves.
type Floor = (&'static str, &'static [&'static str]);

/// Run time.
pub(crate) const CORE: House = House {
    name: "cache_core",
    folder: "cache-core/src/",
    floors: &[
        (
            "ground",
            &[
                "rule", "error", "address", "sync", "clock", "hot", "trace", "stats", "timer",
                "wait", "spawn",
            ],
        ),
        (
            "values",
            &[
                "name",
                "marks",
                "generation",
                "key",
                "keys",
                "value",
                "ttl",
                "policy",
                "format",
                "cdn",
                "why",
                "invalidation",
                "events",
                "entry",
            ],
        ),
        ("storage", &["near", "tracking", "store"]),
        (
            "cache",
            &["far", "context", "load", "scope", "cache", "caches"],
        ),
        (
            "sites",
            &["site", "watch", "verify", "audit", "outcome", "function"],
        ),
        ("http", &["http"]),
        (
            "adapters",
            &[
                "tower",
                "actix",
                "axum",
                "askama",
                "minijinja",
                "dashboard",
                "metrics",
            ],
        ),
        ("doors", &["testing", "private", "lib"]),
    ],
};

/// Compile time.
pub(crate) const MACROS: House = House {
    name: "cache_macros",
    folder: "cache-macros/src/",
    floors: &[
        (
            "ground",
            &["errors", "suggest", "spelling", "scope", "framework"],
        ),
        ("grammar", &["template", "attr"]),
        ("model", &["signature", "block", "item", "merge"]),
        ("rules", &["check"]),
        ("tokens", &["expand", "fallback"]),
        ("doors", &["attribute", "derive", "key", "testing", "lib"]),
    ],
};

/// The place of a file: its floor, and its index in the list of all files from the ground up.
#[derive(Clone, Copy)]
struct Place {
    floor: usize,
    rank: usize,
}

pub(crate) fn check(house: &House, sources: &[Source]) -> Vec<Fault> {
    sources
        .iter()
        .flat_map(|source| check_file(house, source))
        .collect()
}

/// The differences between the map in CONTRIBUTING and the plan: each floor has a row `| number name: … | files | … |`, from the top
/// down.
pub(crate) fn misplaced(house: &House, contributing: &str) -> Vec<Fault> {
    let header = format!("| floor of `{}` |", house.folder.trim_end_matches('/'));
    let lines = contributing.lines().enumerate();
    let mut rows = lines
        .skip_while(|(_, line)| !line.starts_with(&header))
        .skip(2)
        .take_while(|(_, line)| line.starts_with('|'));
    let floors = house.floors.iter().enumerate().rev();
    let faults = floors.filter_map(|(number, (name, files))| {
        let expected = format!(
            "{number} {name}: {}",
            files
                .iter()
                .map(|file| format!("`{file}`"))
                .collect::<Vec<_>>()
                .join(", ")
        );
        let (line, shown) = match rows.next() {
            Some((line, row)) => (line + 1, shown(row)),
            None => (1, String::new()),
        };
        (shown != expected).then(|| Fault {
            path: "CONTRIBUTING.md".to_owned(),
            line,
            advice: format!(
                "the map of {} must show `{expected}` here, not `{shown}`",
                house.folder
            ),
        })
    });
    faults.collect()
}

/// The number and the name of a floor and its files, as a row of the map shows them.
fn shown(row: &str) -> String {
    let mut cells = row.split('|').skip(1).map(str::trim);
    let floor = cells.next().unwrap_or_default();
    let name = floor.split(':').next().unwrap_or_default();
    format!("{name}: {}", cells.next().unwrap_or_default())
}

fn check_file(house: &House, source: &Source) -> Vec<Fault> {
    let file = source
        .path
        .strip_prefix(house.folder)
        .unwrap_or(&source.path);
    let file = file.trim_end_matches(".rs").trim_end_matches("/mod");
    if source.is_tests() {
        return Vec::new();
    }
    let segments: Vec<&str> = file.split('/').collect();
    let Some(own) = house.place(&segments) else {
        return vec![source.fault(
            1,
            format!("`{file}` is on no floor: list it in tests/tidy/floors.rs"),
        )];
    };
    let module = if file == "lib" {
        &[][..]
    } else {
        &segments[..]
    };
    let faults = references(source, module, house.name)
        .into_iter()
        .filter_map(|reference| {
            let path: Vec<&str> = reference.path.iter().map(String::as_str).collect();
            let advice = house.objection(file, own, &path)?;
            Some(source.fault(reference.line, advice))
        });
    faults.collect()
}

impl House {
    fn place(&self, path: &[&str]) -> Option<Place> {
        let files = || {
            let floors = self.floors.iter().enumerate();
            floors.flat_map(|(floor, (_, files))| files.iter().map(move |file| (floor, *file)))
        };
        let listed = |wanted: &str| {
            let mut ranked = files().enumerate();
            ranked
                .find_map(|(rank, (floor, file))| (file == wanted).then_some(Place { floor, rank }))
        };
        (1..=path.len())
            .rev()
            .find_map(|length| listed(&path[..length].join("/")))
    }

    /// The reason why `file` may not name `path`; `None` if it may.
    fn objection(&self, file: &str, own: Place, path: &[&str]) -> Option<String> {
        let named = format!("crate::{}", path.join("::"));
        // An exported macro is at the root, wherever it is written.
        if matches!(path, [hidden] if hidden.starts_with("__")) {
            return None;
        }
        let Some(other) = self.place(path) else {
            let through_the_door =
                format!("`{named}` goes through lib.rs: import it from the file that holds it");
            return (file != "lib").then_some(through_the_door);
        };
        (other.rank > own.rank).then(|| {
            let floor = |place: Place| format!("floor {}, {}", place.floor, self.floors[place.floor].0);
            format!(
                "`{file}` ({}) uses `{named}` ({}): a floor uses the floors below it, and on its own only what \
                 stands before it in tests/tidy/floors.rs; move the code down, or the idea up",
                floor(own),
                floor(other),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(path: &str, text: &str) -> Vec<String> {
        let source = Source::new(&format!("cache-core/src/{path}"), text);
        check(&CORE, &[source])
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn downward_is_allowed() {
        assert!(
            faults(
                "near.rs",
                "use crate::clock::Clock;\nuse crate::{key::Key, marks::Marks};"
            )
            .is_empty()
        );
        assert!(
            faults(
                "http/visit.rs",
                "use super::vary::Vary;\nuse crate::cache::Cache;"
            )
            .is_empty()
        );
        assert!(
            faults(
                "near/shard.rs",
                "use super::Near;\nuse crate::near::Padded;"
            )
            .is_empty()
        );
        assert!(
            faults(
                "lib.rs",
                "pub use crate::axum::Deferred;\npub use self::near::Near;"
            )
            .is_empty()
        );
    }

    #[test]
    fn upward_is_a_fault_on_its_line() {
        let found = faults(
            "near.rs",
            "use crate::key::Key;\nuse crate::{\n    clock,\n    cache::Cache,\n};",
        );
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("cache-core/src/near.rs:4: `near` (floor 2, storage) uses `crate::cache::Cache` (floor 3, cache)"));
    }

    #[test]
    fn on_one_floor_the_order_of_the_list_decides() {
        assert!(faults("policy.rs", "use crate::ttl::Ttl;").is_empty());
        assert_eq!(faults("ttl.rs", "use crate::policy::Policy;").len(), 1);
    }

    #[test]
    fn a_path_in_code_counts_and_so_does_super() {
        assert_eq!(
            faults("key.rs", "fn f() { crate::caches::caches(); }").len(),
            1
        );
        assert_eq!(faults("key.rs", "use super::caches::Caches;").len(), 1);
        assert_eq!(
            faults("http/vary.rs", "use crate::axum::Deferred;").len(),
            1
        );
    }

    #[test]
    fn tests_may_look_around_the_whole_house() {
        assert!(
            faults(
                "key.rs",
                "#[cfg(test)]\nmod tests { use crate::caches::Caches; }"
            )
            .is_empty()
        );
        assert!(
            faults(
                "key.rs",
                "#[cfg(all(test, not(cache_loom)))]\nmod tests { use crate::caches::Caches; }"
            )
            .is_empty()
        );
        assert!(faults("key/tests.rs", "use crate::caches::Caches;").is_empty());
        assert_eq!(
            faults(
                "key.rs",
                "#[cfg(unix)]\nmod testing { use crate::caches::Caches; }"
            )
            .len(),
            1
        );
    }

    #[test]
    fn an_exported_macro_may_be_named_at_the_root() {
        assert!(faults("private.rs", "pub use crate::{__outcome as outcome};").is_empty());
    }

    #[test]
    fn the_map_shows_each_floor_with_its_files_in_their_order() {
        const SMALL: House = House {
            name: "own",
            folder: "own/src/",
            floors: &[("ground", &["a", "b"]), ("doors", &["lib"])],
        };
        let map = |ground: &str| {
            format!(
                "# Map\n| floor of `own/src` | files |\n|---|---|\n| 1 doors | `lib` | |\n| {ground} | |\n\nend"
            )
        };
        assert!(misplaced(&SMALL, &map("0 ground: what is below | `a`, `b`")).is_empty());
        for wrong in [
            "0 ground | `b`, `a`",
            "0 ground | `a`",
            "1 ground | `a`, `b`",
            "0 base | `a`, `b`",
        ] {
            let faults = misplaced(&SMALL, &map(wrong));
            assert_eq!(
                (faults.len(), faults[0].line),
                (1, 5),
                "{wrong}: {faults:?}"
            );
        }
        assert_eq!(misplaced(&SMALL, "# Map").len(), 2);
    }

    #[test]
    fn an_unlisted_file_is_a_fault() {
        let found = faults("helpers.rs", "");
        assert_eq!(
            found,
            [
                "cache-core/src/helpers.rs:1: `helpers` is on no floor: list it in tests/tidy/floors.rs"
            ]
        );
    }

    #[test]
    fn the_door_is_no_way_between_rooms() {
        assert_eq!(faults("near.rs", "use crate::Key;").len(), 1);
        assert_eq!(faults("near.rs", "use super::*;").len(), 1);
    }
}
