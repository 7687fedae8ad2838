//! Types that lose or change something on the way through serde.

use super::come_back::{none, tiers};
#[allow(clippy::wildcard_imports, reason = "all the shapes")]
use super::*;

/// A field that serde skips is not in the bytes, and that cannot be detected: near has it, a store returns the default.
#[tokio::test]
async fn a_skipped_field_comes_back_from_a_store_as_its_default() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Skips {
        id: u8,
        #[serde(skip)]
        cached: u8,
    }
    let [near, far, _] = tiers();
    let value = Skips { id: 1, cached: 2 };
    for (cache, cached) in [(near, 2), (far, 0)] {
        cache.set("k", &value).await.unwrap();
        let found = cache.get::<Skips>("k").await.unwrap();
        assert_eq!(found, Some(Skips { id: 1, cached }));
    }
}

#[tokio::test]
async fn a_type_that_panics_when_it_is_read_is_refused() {
    #[derive(Clone, Debug, Serialize)]
    struct Panics(u8);
    impl<'de> Deserialize<'de> for Panics {
        fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            let number = u8::deserialize(from)?;
            assert_eq!(number, 0, "no other number is expected");
            Ok(Self(number))
        }
    }
    let cache = &tiers()[1];
    let error = cache.set("k", &Panics(1)).await.unwrap_err();
    assert!(error.is_codec(), "{error:?}");
    assert!(error.to_string().contains("read back"), "{error}");
    cache.set("k", &Panics(0)).await.unwrap();
}

/// A type may change what it reads. Values are compared with what comes back only until the first one that comes back unchanged.
#[tokio::test]
async fn a_value_that_its_type_changes_is_refused_if_it_is_the_first() {
    none([Untrimmed(" a ".to_owned())]).await;
}

/// Its shape does not show what it refuses: after the first value that cannot be read, none is written.
#[tokio::test]
async fn a_value_that_its_type_refuses_is_lost_once_and_then_refused() {
    let cache = &tiers()[1];
    cache.set("k", &Even(2)).await.unwrap();
    cache.set("k", &Even(3)).await.unwrap();
    assert!(cache.get::<Even>("k").await.unwrap().is_none());
    assert!(cache.set("k", &Even(3)).await.unwrap_err().is_codec());
    cache.set("k", &Even(4)).await.unwrap();
    assert_eq!(
        cache.get::<Even>("k").await.unwrap().map(|even| even.0),
        Some(4)
    );
}
