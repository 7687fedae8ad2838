//! All manifests have the same lints, and the macros do not depend on the run time.

use crate::source::Fault;

/// `manifest` is the text of the `Cargo.toml` at `path`.
pub(crate) fn check(path: &str, manifest: &str) -> Vec<Fault> {
    let fault = |line, advice: &str| Fault {
        path: path.to_owned(),
        line,
        advice: advice.to_owned(),
    };
    let mut faults = Vec::new();
    if !manifest.contains("[lints]\nworkspace = true\n") {
        faults.push(fault(
            1,
            "takes no part in the workspace's lints: add `[lints]` with `workspace = true`",
        ));
    }
    if path.starts_with("cache-macros/") {
        let lines = manifest.lines().enumerate();
        let named =
            lines.filter(|(_, line)| !line.trim_start().starts_with('#') && is_run_time(line));
        faults.extend(
            named.map(|(index, _)| {
                fault(index + 1, "the macros know syntax only, not the run time")
            }),
        );
    }
    faults
}

fn is_run_time(line: &str) -> bool {
    let key = line.split(['=', '.']).next().unwrap_or_default();
    key.trim().trim_matches('"') == "cache-core" || line.contains("package = \"cache-core\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINTS: &str = "[lints]\nworkspace = true\n";

    #[test]
    fn a_member_without_the_lints_is_found() {
        assert!(check("tests/Cargo.toml", LINTS).is_empty());
        assert_eq!(check("tests/Cargo.toml", "[package]\n").len(), 1);
    }

    #[test]
    fn the_macros_may_not_depend_on_the_run_time() {
        for dependency in [
            "cache-core = \"0.1\"",
            "cache-core.workspace = true",
            "core = { package = \"cache-core\" }",
        ] {
            let manifest =
                format!("description = \"of cache-core\"\n{LINTS}[dependencies]\n{dependency}\n");
            let faults = check("cache-macros/Cargo.toml", &manifest);
            assert_eq!(
                faults.iter().map(|fault| fault.line).collect::<Vec<_>>(),
                [5],
                "{dependency}"
            );
            assert!(check("tests/Cargo.toml", &manifest).is_empty());
        }
    }
}
