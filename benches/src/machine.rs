//! The context of the figures: the command, the machine, the compiler, the versions.

use std::process::Command;

const LOCK: &str = include_str!("../../Cargo.lock");
const PEERS: [&str; 4] = ["cached", "quick_cache", "moka", "axum"];

/// The lines above the tables. Facts that cannot be found are shown as unknown.
pub(crate) fn facts(arguments: &[String]) -> String {
    let command = ["cargo xtask bench"]
        .into_iter()
        .chain(arguments.iter().map(String::as_str));
    let cores = std::thread::available_parallelism()
        .map_or("unknown".to_owned(), |cores| cores.to_string());
    let versions = PEERS.map(|name| format!("{name} {}", version(name)));
    format!(
        "command   {}\nmachine   {}, {cores} cores, {}\ncompiler  {}, opt-level 3, fat LTO, one codegen unit\n\
         commit    {}\npeers     {}\n",
        command.collect::<Vec<_>>().join(" "),
        processor(),
        std::env::consts::OS,
        output("rustc", &["--version"]),
        output("git", &["describe", "--always", "--dirty"]),
        versions.join(", "),
    )
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

/// The version of a package in the lock file.
fn version(name: &str) -> &'static str {
    let mut lines = LOCK.lines();
    let _ = lines.find(|line| *line == format!("name = \"{name}\""));
    let version = lines
        .next()
        .and_then(|line| line.strip_prefix("version = "));
    version.map_or("unknown", |version| version.trim_matches('"'))
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
