//! A store outlives a build of the program: which entries another build uses, and which it does not.

use std::process::Command;

/// Two programs whose functions have the same paths: their crate names are equal, because cargo replaces `-` by `_`.
const FIRST: &str = env!("CARGO_BIN_EXE_two-builds");
const SECOND: &str = env!("CARGO_BIN_EXE_two_builds");

/// The functions that are the same in both builds, and those that are not.
const SAME: [&str; 2] = ["/about", "name"];
const PAGES: [&str; 4] = ["/statistics", "/members", "/dashboard", "/home"];
const FUNCTIONS: [&str; 2] = ["total", "pair"];

/// The output of a build over the store at this address.
fn printed(build: &str, arguments: &[&str]) -> String {
    let output = Command::new(build).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a build, which must print this for each of these functions.
#[track_caller]
fn says(build: &str, url: &str, says: &str, of: &[&str]) {
    expect(&printed(build, &[url]), says, of);
}

#[track_caller]
fn expect(printed: &str, says: &str, of: &[&str]) {
    for name in of {
        let line = format!("{name}: {says}");
        assert!(
            printed.lines().any(|printed| printed == line),
            "{line}: {printed}"
        );
    }
}

#[test]
fn a_build_takes_of_another_what_means_the_same_and_one_invalidation_reaches_both() {
    let folder = format!("cache-builds-{}", std::process::id());
    let folder = std::env::temp_dir().join(folder);
    let url = format!("sqlite://{}/cache.db", folder.display());
    std::fs::create_dir(&folder).unwrap();
    let other = [&PAGES[..], &FUNCTIONS].concat();
    let all = [&SAME[..], &other].concat();

    says(FIRST, &url, "first, loaded", &all);
    says(FIRST, &url, "first, kept", &all);
    let second = printed(SECOND, &[&url]);
    expect(&second, "first, kept", &SAME);
    expect(&second, "second, loaded", &other);
    says(SECOND, &url, "second, kept", &other);
    says(FIRST, &url, "first, kept", &PAGES);

    assert_eq!(printed(SECOND, &[&url, "invalidate"]), "");
    says(FIRST, &url, "first, loaded", &all);
    says(SECOND, &url, "second, loaded", &other);
    std::fs::remove_dir_all(folder).unwrap();
}
