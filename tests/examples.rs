//! The examples run and print what the README says.
#![allow(
    clippy::unwrap_used,
    reason = "only `#[test]` functions are allowed to by default, not what they call"
)]

use std::fs;
use std::path::{Path, PathBuf};

use cache_tests::example::{self, Server};

/// A folder for the files of one test, empty at first.
fn place(name: &str) -> PathBuf {
    let place = format!("{name}-{}", std::process::id());
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(place);
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).unwrap();
    place
}

/// The blog over the database `blog.db` in a folder.
fn blog(place: &Path, environment: &[(&str, &str)]) -> Server {
    let database = place.join("blog.db");
    let arguments = [
        "--listen",
        "127.0.0.1:0",
        "--db",
        database.to_str().unwrap(),
    ];
    Server::start("blog", &arguments, environment).unwrap()
}

/// The output of an example that ended successfully.
fn printed(name: &str) -> String {
    let output = example::run(name, &[]).unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn memoize_runs_each_number_once() {
    let printed = printed("memoize");
    let expected = "The function ran 91 times. 88 calls were answered from the cache.";
    assert!(printed.contains(expected), "{printed}");
}

#[test]
fn a_change_makes_stale_what_it_names_and_nothing_else() {
    let printed = printed("invalidate");
    let mut parts = printed.split(":\n");
    let loads = |part: &str| {
        let lines = part
            .lines()
            .filter_map(|line| line.strip_prefix("    loading the "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    parts.next();
    let loads: Vec<_> = parts.map(loads).collect();
    let (shelves, page) = (["shelf new", "shelf old"], ["page of book 1"]);
    let prices = ["price of book 1 in Oslo", "price of book 1 in Rome"];
    let expected: [&[&str]; 7] = [
        &[&page[..], &shelves, &prices].concat(),
        &[],
        &[],
        &shelves,
        &[&page[..], &shelves].concat(),
        &[],
        &prices[..1],
    ];
    assert_eq!(loads, expected, "{printed}");
}

#[test]
fn a_store_of_one_s_own_keeps_a_page_and_a_value() {
    let printed = printed("own_store");
    let runs = printed.matches("(the handler runs)").count();
    assert_eq!(
        runs, 3,
        "once a page, and once after it was cleared: {printed}"
    );
    assert!(
        printed.contains("GET /hello/Ada: cache-core; hit; "),
        "{printed}"
    );
    let mottos = printed.matches("motto: Some(\"less, but better\")").count();
    assert_eq!(
        mottos, 2,
        "to clear a page leaves other values alone: {printed}"
    );
}

#[test]
fn two_tiers_see_each_other_s_changes() {
    let printed = printed("two_tiers");
    let seen = |place: &str| {
        let row = printed.lines().find(|line| line.starts_with(place));
        row.unwrap_or_else(|| panic!("no row {place}: {printed}"))
    };
    for place in ["handle A ", "the store  "] {
        assert!(seen(place).ends_with(" 2"), "{printed}");
    }
    let later = printed.lines().last().unwrap();
    assert!(
        later.starts_with("handle B ") && later.ends_with("near_ttl is 500ms)"),
        "{printed}"
    );
}

#[test]
fn each_policy_is_told_and_an_error_gets_none() {
    let printed = printed("policies");
    let words = |path: &str| {
        let line = printed.lines().find(|line| line.starts_with(path));
        let line = line.unwrap_or_else(|| panic!("no {path}: {printed}"));
        line[path.len()..]
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    for (path, says) in [
        ("/search", "max-age=0"),
        (
            "/settings",
            "max-age=0, no-cache, no-store, must-revalidate, private",
        ),
        ("/releases", "public, max-age=60"),
        ("/assets/a81f.css", "public, immutable, max-age=31104000"),
        ("/tokio/latest", "max-age=0 max-age=31536000"),
        (
            "/tokio/1.54.1",
            "max-age=0, stale-while-revalidate=86400 max-age=31536000",
        ),
        ("/tokio/0.0.0", ""),
    ] {
        assert_eq!(words(path), says, "{path}");
    }
    assert!(printed.ends_with("purge crate:tokio\n"), "{printed}");
}

#[test]
fn the_blog_serves_its_home_page_from_the_cache() {
    let place = place("blog-in-memory");
    let blog = blog(&place, &[]);

    let first = blog.get("/", &[]).unwrap();
    assert_eq!(first.status, 200, "{first:?}");
    assert!(first.body.contains("</html>"), "{first:?}");

    let second = blog.get("/", &[]).unwrap();
    assert_eq!(second.body, first.body);
    let status = second.header("cache-status").unwrap_or_default();
    assert!(status.contains("hit"), "{second:?}");

    let etag = second.header("etag").unwrap();
    let third = blog.get("/", &[&format!("if-none-match: {etag}")]).unwrap();
    assert_eq!((third.status, third.body.as_str()), (304, ""), "{third:?}");

    drop(blog);
    fs::remove_dir_all(place).unwrap();
}

#[test]
fn a_page_of_the_blog_outlives_the_blog_in_a_store() {
    // The home page is made of values of the default cache: in a cache of its own it would be kept near only.
    for (variable, page) in [("CACHE_URL", "/"), ("CACHE_PAGES_URL", "/about")] {
        let place = place(variable);
        let url = format!("file://{}?prefix=blog", place.join("cache").display());
        let environment = [(variable, url.as_str())];

        let first = blog(&place, &environment).get(page, &[]).unwrap();
        let status = first.header("cache-status").unwrap_or_default();
        assert!(status.contains("; stored"), "{first:?}");

        let again = blog(&place, &environment).get(page, &[]).unwrap();
        let status = again.header("cache-status").unwrap_or_default();
        assert!(status.contains("; hit; "), "{variable}: {again:?}");
        assert_eq!(again.body, first.body);
        fs::remove_dir_all(place).unwrap();
    }
}

#[test]
fn the_blog_refuses_an_address_of_a_cache_that_makes_no_sense() {
    let url = "redsi://user:secret@127.0.0.1";
    let output = example::run("blog", &[("CACHE_URL", url)]).unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    // The compiler may have warned before.
    let said = String::from_utf8(output.stderr).unwrap();
    let said = said.lines().last().unwrap_or_default();
    let fault =
        "blog: invalid cache address `CACHE_URL=redsi://127.0.0.1`: unknown scheme `redsi`; ";
    assert!(said.starts_with(fault), "{said}");
}
