//! The example `monitoring`.

use cache_tests::example;

#[test]
fn each_cache_of_the_shop_does_what_its_comment_says() {
    let output = example::run_with_arguments("monitoring", &["--port", "0", "--requests", "1200"]);
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    // A busy machine asks more slowly: more has expired then, and nothing else changes much.
    for (site, hits, reason) in [
        ("price", 85..=100, "never-seen"),
        ("cover", 40..=75, "evicted"),
        ("author", 85..=100, "never-seen"),
        ("exchange_rate", 5..=70, "expired"),
        ("search", 0..=5, "variant"),
        ("shelf", 40..=85, "invalidated"),
        ("best_of_the_week", 60..=97, "expired"),
    ] {
        let line = printed
            .lines()
            .find(|line| line.starts_with(&format!("monitoring::shop::{site} ")));
        let line = line.unwrap_or_else(|| panic!("no line of {site}: {printed}"));
        let words: Vec<&str> = line.split_whitespace().collect();
        let ratio: u32 = words[2].parse().unwrap();
        assert!(hits.contains(&ratio), "{line}");
        assert_eq!(words[4..], [reason], "{line}");
    }
}
