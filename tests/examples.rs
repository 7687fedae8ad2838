//! The examples run as the README says, and show what it says.

use cache_tests::example::{self, Server};
use std::path::Path;

#[test]
fn memoize_runs_and_says_something() {
    let output = example::run("memoize").unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(!output.stdout.is_empty(), "{output:?}");
}

#[test]
fn the_blog_serves_its_home_page_from_the_cache() {
    let database =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("blog-{}.db", std::process::id()));
    let database = database.to_str().unwrap();
    let blog = Server::start("blog", &["--listen", "127.0.0.1:0", "--db", database]).unwrap();

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
}
