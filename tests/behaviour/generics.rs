//! Type parameters, const parameters and `Self` are inputs like arguments.

use std::fmt::Debug;

use cache_core::{CacheKey, cached};

use crate::support::{Runs, installed};

trait Model: Clone + Debug + Send + Sync + 'static {
    const NAME: &'static str;
}

#[derive(Clone, Debug, PartialEq)]
struct User;
#[derive(Clone, Debug, PartialEq)]
struct Post;

impl Model for User {
    const NAME: &'static str = "user";
}
impl Model for Post {
    const NAME: &'static str = "post";
}

#[test]
fn copies_never_share() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached]
    fn name<T: Model, const N: usize>(n: u64) -> String {
        RUNS.run();
        format!("{} {N} {n}", T::NAME)
    }
    for _ in 0..2 {
        assert_eq!(name::<User, 1>(1), "user 1 1");
        assert_eq!(name::<User, 2>(1), "user 2 1");
        assert_eq!(name::<Post, 1>(1), "post 1 1");
    }
    assert_eq!(RUNS.count(), 3);
    assert_eq!(name::peek::<Post, 1>(&1).as_deref(), Some("post 1 1"));
    assert_eq!(name::peek::<Post, 2>(&1), None);
    name::invalidate::<User, 1>(&1);
    assert_eq!(name::peek::<User, 1>(&1), None);
    assert!(name::peek::<User, 2>(&1).is_some());
    name::clear();
    assert_eq!(name::stats().entries, 0, "of all copies");
}

#[test]
fn a_key_names_a_type_parameter() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(key = "generics:{T}:{id}")]
    fn keyed<T: CacheKey + Debug>(id: T) -> String {
        RUNS.run();
        format!("{id:?}")
    }
    for _ in 0..2 {
        assert_eq!(
            (keyed(1_u8), keyed("1"), keyed(1_u16)),
            ("1".into(), "\"1\"".into(), "1".into())
        );
    }
    assert_eq!(
        RUNS.count(),
        3,
        "1, \"1\" and 1 of another type are three keys"
    );
}

#[test]
fn copies_that_share_a_key_and_differ_in_the_type_of_their_value_never_share_values() {
    installed();
    #[cached(key = "generics:skipped:{n}", skip(T))]
    fn skipped<
        T: From<u8> + serde::Serialize + serde::de::DeserializeOwned + Clone + Send + Sync + 'static,
    >(
        n: u8,
    ) -> Vec<T> {
        vec![n.into()]
    }
    for _ in 0..2 {
        assert_eq!(skipped::<u8>(1), [1_u8]);
        assert_eq!(skipped::<u32>(1), [1_u32]);
    }
}

#[tokio::test]
async fn async_and_impl_trait_arguments() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached]
    async fn shown(id: impl CacheKey + Debug, n: u8) -> String {
        RUNS.run();
        format!("{id:?}{n}")
    }
    for _ in 0..2 {
        assert_eq!(shown("1", 1).await, "\"1\"1");
        assert_eq!(shown(1_u64, 1).await, "11");
        assert_eq!(shown(Some("1"), 1).await, "Some(\"1\")1");
    }
    assert_eq!(RUNS.count(), 3);
}

#[test]
fn a_generic_result_is_a_result() {
    installed();
    #[cached]
    fn fallible<T: Model, E: From<String> + 'static>(value: u8) -> Result<u8, E> {
        if value == 0 {
            Err(E::from(T::NAME.to_owned()))
        } else {
            Ok(value)
        }
    }
    assert_eq!(fallible::<User, String>(0), Err("user".to_owned()));
    assert_eq!(fallible::peek::<User, String>(&0), None);
    assert_eq!(fallible::<Post, String>(1), Ok(1));
    assert_eq!(fallible::peek::<Post, String>(&1), Some(1));
}
