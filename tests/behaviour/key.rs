//! `key`: which calls share a value, and what `Cache::get` finds.

use cache_core::cached;

use crate::support::{Runs, installed};

#[derive(Clone)]
struct User {
    id: u64,
    name: &'static str,
}

#[tokio::test]
async fn a_part_of_an_argument_is_enough() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(key = "key:user:{user.id}", local)]
    async fn greeting(user: User) -> &'static str {
        RUNS.run();
        user.name
    }
    let user = |id, name| User { id, name };
    assert_eq!(greeting(user(1, "a")).await, "a");
    assert_eq!(
        greeting(user(1, "b")).await,
        "a",
        "the name is not in the key"
    );
    assert_eq!(greeting(user(2, "b")).await, "b");
    assert_eq!(RUNS.count(), 2);
}

#[test]
fn a_part_may_be_any_expression() {
    installed();
    #[cached(key = "key:parity:{n % 2}:{name.trim().to_lowercase()}", local)]
    fn parity(n: u64, name: &str) -> String {
        format!("{n}{name}")
    }
    assert_eq!(
        (parity(1, " A "), parity(3, "a"), parity(2, "a")),
        ("1 A ".into(), "1 A ".into(), "2a".into())
    );
}

#[tokio::test]
async fn the_low_level_calls_find_the_same_key() {
    installed();
    #[cached(key = "key:post:{slug}:{page}")]
    async fn post(slug: &str, page: u32) -> String {
        format!("{slug}/{page}")
    }
    let cache = cache_core::cache();
    assert_eq!(post("a:b", 2).await, "a:b/2");
    let slug = "a:b";
    let key = cache_core::key!("key:post:{slug}:2");
    assert_eq!(
        cache.get::<String>(key.clone()).await.unwrap().as_deref(),
        Some("a:b/2")
    );
    cache.set(key.clone(), &"by hand".to_owned()).await.unwrap();
    assert_eq!(post("a:b", 2).await, "by hand");
    assert!(cache.delete(key.clone()).await.unwrap());
    assert!(!cache.delete(key).await.unwrap());
    assert_eq!(post("a:b", 2).await, "a:b/2");
}

#[tokio::test]
async fn a_value_of_another_type_under_the_key_is_a_miss() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(key = "key:typed")]
    async fn typed() -> usize {
        RUNS.run()
    }
    cache_core::cache()
        .set("key:typed", &"text".to_owned())
        .await
        .unwrap();
    assert_eq!((typed().await, typed().await), (1, 1));
}

#[test]
fn two_functions_under_one_key_never_read_each_other() {
    installed();
    #[cached(key = "key:meeting:{n}")]
    fn one(n: u64) -> u64 {
        n
    }
    #[cached(key = "key:meeting:{n}")]
    fn other(n: u64) -> u64 {
        n + 100
    }
    #[cached(key = "key:meeting:{n}")]
    fn text(n: u64) -> String {
        n.to_string()
    }
    for _ in 0..3 {
        assert_eq!((one(1), other(1), text(1)), (1, 101, "1".to_owned()));
    }
}
