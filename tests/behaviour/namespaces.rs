//! A namespace is the beginning of a key, and a name that all its entries carry.

use cache_core::{cache, cached, invalidate_tag, invalidates};

use crate::support::{Runs, installed};

#[tokio::test]
async fn a_namespace_is_in_the_key_and_the_handle_finds_it_there() {
    installed();
    #[cached(key = "posts:{page}", namespace = "category:{category}")]
    async fn posts(category: &str, page: u32) -> u64 {
        (category.len() as u64) * 100 + u64::from(page)
    }
    assert_eq!(posts("rust", 1).await, 401);
    assert_eq!(posts("go", 1).await, 201);
    let rust = cache().namespace("category:rust");
    assert_eq!(rust.get::<u64>("posts:1").await.unwrap(), Some(401));
    assert_eq!(cache().get::<u64>("posts:1").await.unwrap(), None);
    rust.invalidate().await.unwrap();
    assert_eq!(posts::peek("rust", &1).await, None);
    assert_eq!(posts::peek("go", &1).await, Some(201));
}

#[tokio::test]
async fn a_function_without_a_key_is_in_its_namespace() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(namespace = "lengths:{kind}")]
    fn length(kind: u8, text: &str) -> usize {
        RUNS.run();
        text.len() + usize::from(kind)
    }
    #[invalidates(namespace = "lengths:{kind}")]
    fn change(kind: u8) {
        let _ = kind;
    }
    let all = || [length(1, "a"), length(1, "b"), length(2, "a")];
    assert_eq!((RUNS.of(all), RUNS.of(all)), (3, 0));
    change(1);
    assert_eq!(RUNS.of(all), 2);
    invalidate_tag("lengths:1").await.unwrap();
    assert_eq!(RUNS.of(all), 0, "a tag of the same text is another name");
}

#[test]
fn what_a_namespace_names_cannot_run_into_the_key() {
    installed();
    #[cached(key = "{b}", namespace = "n:{a}")]
    fn pair(a: &str, b: &str) -> String {
        format!("{a} {b}")
    }
    for (a, b) in [("x/y", "z"), ("x", "y/z"), ("x/", "/z"), ("", "x/y/z")] {
        assert_eq!(pair(a, b), format!("{a} {b}"));
    }
    assert_eq!(pair::stats().loads, 4);
}
