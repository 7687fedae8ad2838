//! The files of a folder use each other without circles. An item that the file with the folder's name re-exports counts as that of
//! the file which defines it; all files may use the items that it defines itself.

use crate::references::references;
use crate::source::{Fault, Source};
use std::collections::{BTreeMap, BTreeSet};

/// A module, by its path from the root of its crate.
type Module = Vec<String>;

/// The modules of a crate: their uses of each other, and their re-exports.
#[derive(Default)]
struct Graph {
    modules: BTreeSet<Module>,
    shown: BTreeMap<(Module, String), Module>,
    uses: Vec<Use>,
}

struct Use {
    from: Module,
    to: Module,
    path: String,
    line: usize,
}

/// `folder` is the folder of a crate's sources, `name` the name of the crate in paths.
pub(crate) fn check(folder: &str, name: &str, sources: &[Source]) -> Vec<Fault> {
    let graph = Graph::of(folder, name, sources);
    let mut rooms: BTreeMap<Module, Vec<(&str, &str, &Use)>> = BTreeMap::new();
    for edge in &graph.uses {
        let shared = shared(&edge.from, &edge.to);
        let room = edge.from[..shared].to_vec();
        if let (Some(from), Some(to)) = (edge.from.get(shared), edge.to.get(shared)) {
            rooms.entry(room).or_default().push((from, to, edge));
        }
    }
    let faults = rooms.iter().flat_map(|(room, edges)| {
        let circles = circles(edges.iter().map(|(from, to, _)| (*from, *to)));
        circles.into_iter().map(move |circle| {
            let place = |at: usize| {
                let (from, to) = (circle[at], circle[(at + 1) % circle.len()]);
                let found = edges.iter().find(|edge| (edge.0, edge.1) == (from, to));
                found.map(|(_, _, edge)| *edge)
            };
            let steps = (0..circle.len()).filter_map(place);
            let steps = steps.map(|edge| format!("{}:{}", edge.path, edge.line));
            Fault {
                path: format!("{folder}{}", room.join("/")),
                line: 1,
                advice: format!(
                    "a circle: {}; move what both need into a file that uses neither",
                    steps.collect::<Vec<_>>().join(" -> ")
                ),
            }
        })
    });
    faults.collect()
}

impl Graph {
    fn of(folder: &str, name: &str, sources: &[Source]) -> Self {
        let mut graph = Self::default();
        let files: Vec<(Module, &Source)> = sources
            .iter()
            .filter(|source| !source.is_tests())
            .map(|source| (module_of(folder, &source.path), source))
            .collect();
        graph.modules = files.iter().map(|(module, _)| module.clone()).collect();
        let mut found = Vec::new();
        for (module, source) in &files {
            let segments: Vec<&str> = module.iter().map(String::as_str).collect();
            for reference in references(source, &segments, name) {
                if let Some(name) = &reference.shown_as {
                    let key = (module.clone(), name.clone());
                    graph.shown.insert(key, reference.path.clone());
                } else {
                    found.push((module, source, reference));
                }
            }
        }
        for (from, source, reference) in found {
            let to = graph.holder_of(&reference.path);
            // The root names everything; the rule of the floors covers it.
            if *from != to && !from.is_empty() && !to.is_empty() {
                graph.uses.push(Use {
                    from: from.clone(),
                    to,
                    path: source.path.clone(),
                    line: reference.line,
                });
            }
        }
        graph
    }

    /// The module that defines the item `path`, through all re-exports.
    fn holder_of(&self, path: &[String]) -> Module {
        let mut path = path.to_vec();
        for _ in 0..8 {
            let lengths = (0..=path.len()).rev();
            let held = lengths.map(|length| &path[..length]);
            let held = held
                .into_iter()
                .find(|module| self.modules.contains(*module));
            let module = held.unwrap_or_default().to_vec();
            let Some(item) = path.get(module.len()) else {
                return module;
            };
            match self.shown.get(&(module.clone(), item.clone())) {
                Some(target) => path.clone_from(target),
                None => return module,
            }
        }
        Module::new()
    }
}

fn module_of(folder: &str, path: &str) -> Module {
    let path = path.strip_prefix(folder).unwrap_or(path);
    let path = path.trim_end_matches(".rs").trim_end_matches("/mod");
    let segments = path.split('/').filter(|segment| *segment != "lib");
    segments.map(str::to_owned).collect()
}

fn shared(one: &[String], other: &[String]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

/// One circle for each set of nodes that all reach each other.
fn circles<'a>(edges: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<Vec<&'a str>> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in edges {
        next.entry(from).or_default().insert(to);
    }
    let mut found: Vec<Vec<&str>> = Vec::new();
    for &start in next.keys() {
        if found.iter().flatten().any(|&node| node == start) {
            continue;
        }
        found.extend(shortest_way_back(&next, start));
    }
    found
}

fn shortest_way_back<'a>(
    next: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    start: &'a str,
) -> Option<Vec<&'a str>> {
    let mut seen = BTreeSet::new();
    let mut ways = std::collections::VecDeque::from([vec![start]]);
    while let Some(way) = ways.pop_front() {
        for &node in next.get(way[way.len() - 1]).into_iter().flatten() {
            if node == start {
                return Some(way);
            }
            if seen.insert(node) {
                ways.push_back(way.iter().copied().chain([node]).collect());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<Source> = files
            .iter()
            .map(|(path, text)| Source::new(&format!("src/{path}"), text))
            .collect();
        check("src/", "own", &sources)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn one_direction_passes() {
        let files = [
            ("a.rs", "mod b; mod c;"),
            ("a/b.rs", "use super::c::C; use crate::d::D;"),
            ("a/c.rs", "pub struct C;"),
            ("d.rs", "pub struct D;"),
        ];
        assert!(faults(&files).is_empty());
    }

    #[test]
    fn two_files_that_use_each_other_are_found_with_their_lines() {
        let files = [
            ("a/b.rs", "use super::c::C;"),
            ("a/c.rs", "\nfn f(b: crate::a::b::B) {}"),
        ];
        let found = faults(&files);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("src/a:1: a circle: src/a/b.rs:1 -> src/a/c.rs:2;"),
            "{found:?}"
        );
    }

    #[test]
    fn a_circle_through_what_the_parent_shows_is_found() {
        let files = [
            ("a.rs", "pub(crate) use self::b::B as Shown; mod b; mod c;"),
            ("a/b.rs", "use super::c::C; pub struct B;"),
            ("a/c.rs", "use super::Shown;"),
        ];
        assert_eq!(faults(&files).len(), 1);
    }

    #[test]
    fn a_circle_of_three_is_found_once() {
        let files = [
            ("a/b.rs", "use super::c::C;"),
            ("a/c.rs", "use super::d::D;"),
            ("a/d.rs", "use super::b::B;"),
        ];
        assert_eq!(faults(&files).len(), 1);
    }

    #[test]
    fn a_file_and_its_folder_may_use_each_other() {
        let files = [
            ("a.rs", "mod b; pub struct A; fn f() { b::g(); }"),
            ("a/b.rs", "use super::A; pub fn g() {}"),
        ];
        assert!(faults(&files).is_empty());
    }

    #[test]
    fn a_folder_below_counts_as_one_file() {
        let files = [
            ("a/b.rs", "mod deep; pub struct B;"),
            ("a/b/deep.rs", "use super::super::c::C;"),
            ("a/c.rs", "use super::b::B;"),
        ];
        assert_eq!(faults(&files).len(), 1);
    }

    #[test]
    fn tests_may_look_around() {
        let files = [
            ("a/b.rs", "use super::c::C;"),
            (
                "a/c.rs",
                "#[cfg(test)] mod tests { use super::super::b::B; }",
            ),
        ];
        assert!(faults(&files).is_empty());
    }
}
