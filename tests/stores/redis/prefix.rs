//! The prefix of addresses that have none.

use cache_core::{Cache, Caches};
use cache_tests::servers::redis;

async fn at(url: &str, options: &str) -> Cache {
    let url = format!("{url}?near=0&timeout=10s{options}");
    Cache::from_url(&url).await.unwrap()
}

/// The program is this test binary; another process of it has the same name.
#[tokio::test]
async fn a_program_shares_with_itself_and_not_with_others() {
    let server = redis();
    let url = server.url();
    let (one, again) = (at(&url, "").await, at(&url, "").await);
    one.set("key", &1_u64).await.unwrap();
    assert_eq!(again.get("key").await.unwrap(), Some(1_u64));
    let named = at(&url, "&prefix=stores").await;
    assert_eq!(named.get("key").await.unwrap(), Some(1_u64));
    for other in ["&prefix=", "&prefix=other"] {
        let other = at(&url, other).await;
        assert_eq!(other.get::<u64>("key").await.unwrap(), None);
        assert!(Caches::new().with("other", other).warnings().is_empty());
    }
    let warnings = Caches::new().with("one", one).warnings();
    assert!(
        warnings[0].contains("needs `prefix=stores`"),
        "{warnings:?}"
    );
}
