//! Return types: a `Result` is recognized by its type, however it is written.

use std::io;

use cache_core::cached;

use crate::support::{Runs, installed};

type Alias<T> = Result<T, String>;
type Whole = io::Result<u64>;

struct Owner;
trait Answers {
    type Answer;
}
impl Answers for Owner {
    type Answer = Result<u64, NotClone>;
}

#[derive(Debug, PartialEq)]
struct NotClone;

/// A function that fails for zero, with its return type written in some way.
macro_rules! fallible {
    ($($name:ident: $output:ty, $error:expr;)*) => {$(
        mod $name {
            use super::*;

            #[cached]
            fn call(n: u64) -> $output {
                if n == 0 {
                    Err($error)?;
                }
                Ok(n)
            }

            #[test]
            fn is_a_result() {
                installed();
                assert!(call(0).is_err());
                assert!(call::peek(&0).is_none());
                assert!(call(0).is_err());
                assert_eq!(call::stats().loads, 2, "an error is not kept");
                assert_eq!((call(1).unwrap(), call(1).unwrap()), (1, 1));
                assert!(call::peek(&1).is_some());
                assert_eq!(call::stats().loads, 3);
            }
        }
    )*};
}

fallible! {
    plain: Result<u64, String>, "zero".to_owned();
    by_path: ::std::result::Result<u64, NotClone>, NotClone;
    alias: Alias<u64>, "zero".to_owned();
    of_io: io::Result<u64>, io::Error::other("zero");
    whole_alias: Whole, io::Error::other("zero");
    projection: <Owner as Answers>::Answer, NotClone;
}

#[tokio::test]
async fn async_aliases_are_results_too() {
    installed();
    #[cached]
    async fn text(n: u64) -> Alias<String> {
        if n == 0 {
            Err("zero".to_owned())
        } else {
            Ok(n.to_string())
        }
    }
    assert_eq!(
        (text(0).await, text::peek(&0).await),
        (Err("zero".to_owned()), None)
    );
    assert_eq!(
        (text(1).await, text::peek(&1).await),
        (Ok("1".to_owned()), Some(Ok("1".to_owned())))
    );
}

#[test]
fn an_option_a_unit_and_a_result_inside_something_else_are_values() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached]
    fn option() -> Option<u64> {
        RUNS.run();
        None
    }
    #[cached]
    fn unit() {
        RUNS.run();
    }
    #[cached]
    fn inside() -> Option<Result<u64, String>> {
        RUNS.run();
        Some(Err("kept".to_owned()))
    }
    assert_eq!(
        RUNS.of(|| (option(), option(), unit(), unit(), inside(), inside())),
        3
    );
}

#[test]
fn values_need_neither_serde_nor_eq() {
    installed();
    #[derive(Clone)]
    struct Shared(std::sync::Arc<dyn Fn(u64) -> u64 + Send + Sync>);
    #[cached]
    fn adder(n: u64) -> Shared {
        Shared(std::sync::Arc::new(move |m| n + m))
    }
    assert_eq!((adder(1).0(2), adder(1).0(3)), (3, 4));
    assert!(std::sync::Arc::ptr_eq(&adder(1).0, &adder(1).0));
}
