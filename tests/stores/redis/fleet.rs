//! The example of three copies of the blog on one server.

use cache_tests::example;

/// It says so itself, or fails.
#[test]
fn three_copies_of_the_blog_on_one_server_are_one() {
    let output = example::run_with("fleet", &["redis"]).unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    for part in [
        "1 of them had it rendered",
        "An edit in one copy was seen in all 3",
        "A copy was killed. 300 readers had their page",
        "Redis was killed. 300 readers had their page",
        "An edit in one copy was seen in all 2",
    ] {
        assert!(printed.contains(part), "{printed}");
    }
}
