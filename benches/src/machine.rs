//! The context of the figures: the command, the machine, the compiler, the versions.

use std::process::Command;

const LOCK: &str = include_str!("../../Cargo.lock");
const PEERS: [&str; 10] = [
    "cached",
    "quick_cache",
    "moka",
    "foyer-memory",
    "memoize",
    "hitbox-fn",
    "axum",
    "axum-response-cache",
    "tower-http-cache",
    "hitbox-tower",
];

/// Each fact with its name. What cannot be found is unknown.
pub(crate) fn facts(arguments: &[String]) -> Vec<(String, String)> {
    let command = ["cargo xtask bench"]
        .into_iter()
        .chain(arguments.iter().map(String::as_str));
    let cores = std::thread::available_parallelism()
        .map_or("unknown".to_owned(), |cores| cores.to_string());
    let versions = PEERS.map(|name| format!("{name} {}", version(name)));
    let facts = [
        ("command", command.collect::<Vec<_>>().join(" ")),
        (
            "machine",
            format!("{}, {cores} cores, {}", processor(), std::env::consts::OS),
        ),
        ("compiler", output("rustc", &["--version"])),
        (
            "commit",
            output("git", &["describe", "--always", "--dirty"]),
        ),
        ("peers", versions.join(", ")),
    ];
    facts.map(|(name, fact)| (name.to_owned(), fact)).into()
}

fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    model
        .map_or("unknown processor", |model| {
            model.trim_start_matches(['\t', ' ', ':'])
        })
        .to_owned()
}

/// The newest version of a package in the lock file: a peer may be there in another one too, as what another peer is built on.
fn version(name: &str) -> &'static str {
    let packages = LOCK.split("[[package]]\n");
    let versions = packages.filter_map(|package| {
        let (first, rest) = package.split_once('\n')?;
        let is_it = first == format!("name = \"{name}\"");
        let version = rest.lines().next()?.strip_prefix("version = ")?;
        is_it.then(|| version.trim_matches('"'))
    });
    // They stand in order.
    versions.last().unwrap_or("unknown")
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .ok()
        .filter(|output| output.status.success());
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.unwrap_or_else(|| "unknown".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_peer_has_its_version() {
        for name in PEERS {
            assert!(
                version(name).starts_with(|digit: char| digit.is_ascii_digit()),
                "{name}"
            );
        }
        assert_eq!(version("no-such-package"), "unknown");
    }
}
