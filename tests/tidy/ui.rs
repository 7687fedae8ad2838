//! A ui case is `tests/ui/<attribute>/{fail,pass}/<the_mistake>.rs`; one that must fail has the compiler's errors beside it.

use crate::source::{Fault, is_rust};
use std::path::Path;

const FOLDER: &str = "tests/ui/";

/// `paths` are all files under `tests`.
pub(crate) fn check(paths: &[String]) -> Vec<Fault> {
    let faults = paths.iter().filter_map(|path| {
        let advice = objection(path, paths)?;
        Some(Fault {
            path: path.clone(),
            line: 1,
            advice: advice.to_owned(),
        })
    });
    faults.collect()
}

fn objection(path: &str, paths: &[String]) -> Option<&'static str> {
    let rooms: Vec<&str> = path.strip_prefix(FOLDER)?.split('/').collect();
    let beside = |extension| Path::new(path).with_extension(extension);
    let has = |wanted: &Path| paths.iter().any(|path| Path::new(path) == wanted);
    match rooms[..] {
        [_runner] => None,
        [_attribute, "fail", _] if is_rust(path) => (!has(&beside("stderr")))
            .then_some("has no .stderr: run `TRYBUILD=overwrite cargo test -p cache-tests --test macros` and read what it wrote"),
        [_attribute, "fail", _] => (!has(&beside("rs"))).then_some("belongs to no case: take it out"),
        [_attribute, "pass", _] if is_rust(path) => None,
        _ => Some("is no ui case: tests/ui/<attribute>/{fail,pass}/<the_mistake>.rs"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(paths: &[&str]) -> Vec<String> {
        let paths: Vec<String> = paths.iter().map(|&path| path.to_owned()).collect();
        check(&paths).into_iter().map(|fault| fault.path).collect()
    }

    #[test]
    fn well_kept_cases_pass() {
        let kept = [
            "tests/ui/main.rs",
            "tests/ui/cached/fail/a.rs",
            "tests/ui/cached/fail/a.stderr",
            "tests/ui/cached/pass/b.rs",
        ];
        assert!(faults(&kept).is_empty());
    }

    #[test]
    fn what_is_missing_or_astray_is_found() {
        let kept = [
            "tests/ui/cached/fail/a.rs",
            "tests/ui/cached/fail/b.stderr",
            "tests/ui/cached/c.rs",
            "tests/ui/cached/pass/d.stderr",
        ];
        assert_eq!(faults(&kept), kept);
    }
}
