//! `#[invalidates]`: what is sent, and when.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cache_core::{Kind, Named, Pattern, cache_put, cached, invalidates, sites, tag};

use crate::support::{Gate, Runs, installed, until, within};

mod methods;

struct Post {
    slug: String,
    category: String,
}

impl Post {
    fn new(slug: &str, category: &str) -> Self {
        Self {
            slug: slug.to_owned(),
            category: category.to_owned(),
        }
    }
}

/// A cached function whose `peek` shows whether a value is kept.
macro_rules! watched {
    ($name:ident, $($arguments:tt)*) => {
        #[cached($($arguments)*)]
        fn $name(n: u32) -> u32 {
            n
        }
    };
}
use watched;

#[test]
fn after_ok_and_not_on_err() {
    installed();
    watched!(watched, tags("after:{n}"));
    type Outcome<T> = Result<T, String>;
    #[invalidates(tags("after:{n}"))]
    fn save(n: u32, fails: bool) -> Outcome<u32> {
        if fails {
            Err("no".to_owned())?;
        }
        assert_eq!(watched::peek(&n), Some(n), "not before the body");
        Ok(n)
    }
    (watched(1), watched(2));
    assert!(save(1, true).is_err());
    assert_eq!(watched::peek(&1), Some(1), "an error changes nothing");
    assert_eq!(save(1, false), Ok(1));
    assert_eq!((watched::peek(&1), watched::peek(&2)), (None, Some(2)));
}

#[test]
fn what_is_no_result_is_a_success_and_a_panic_is_none() {
    installed();
    watched!(watched, tags("any:{n}"));
    #[invalidates(tags("any:{n}"))]
    fn nothing(n: u32) -> Option<u32> {
        (n > 9).then_some(n)
    }
    #[invalidates(tags("any:{n}"))]
    fn panics(n: u32) {
        assert!(n > 9, "too small");
    }
    #[invalidates(tags("any:{n}"))]
    fn unnamed(n: u32) -> impl fmt::Display {
        n
    }
    #[invalidates(tags("any:{n}"))]
    fn unnamed_result(n: u32) -> impl fmt::Debug {
        Err::<(), _>(n)
    }
    watched(1);
    assert!(catch_unwind(AssertUnwindSafe(|| panics(1))).is_err());
    assert_eq!(watched::peek(&1), Some(1));
    assert_eq!(format!("{:?}", unnamed_result(1)), "Err(1)");
    assert_eq!(
        watched::peek(&1),
        Some(1),
        "an error by its type, whatever is spelled"
    );
    nothing(1);
    assert_eq!(watched::peek(&1), None);
    watched(1);
    assert_eq!(unnamed(1).to_string(), "1");
    assert_eq!(watched::peek(&1), None);
}

#[tokio::test]
async fn names_are_rendered_before_the_body_takes_the_arguments() {
    installed();
    watched!(watched, tags("slug:a:b", "category:c"));
    #[invalidates(tags("slug:{post.slug}"))]
    async fn save(post: Post) -> Result<(), Box<dyn std::error::Error + Send>> {
        drop(post);
        Ok(())
    }
    #[invalidates(tags("category:{category}"))]
    async fn take_apart(Post { category, .. }: Post) -> usize {
        category.into_bytes().len()
    }
    watched(1);
    save(Post::new("a:b", "")).await.unwrap();
    assert_eq!(
        watched::peek(&1),
        None,
        "what ends a name is written as it is"
    );
    watched(1);
    take_apart(Post::new("", "c")).await;
    assert_eq!(watched::peek(&1), None);
}

#[test]
fn keys_are_forgotten_in_the_shared_cache() {
    installed();
    watched!(by_key, key = "stale key:{n}");
    watched!(elsewhere, key = "stale key:{n}", cache = "pairs");
    #[invalidates(keys("stale key:{n}"))]
    fn everywhere(n: u32) {
        let _ = n;
    }
    #[invalidates(keys("stale key:{n}"), cache = "pairs")]
    fn in_one(n: u32) {
        let _ = n;
    }
    (by_key(1), by_key(2), elsewhere(1));
    in_one(1);
    assert_eq!((by_key::peek(&1), elsewhere::peek(&1)), (Some(1), None));
    elsewhere(1);
    everywhere(1);
    assert_eq!((by_key::peek(&1), elsewhere::peek(&1)), (None, None));
    assert_eq!(by_key::peek(&2), Some(2));
}

#[tokio::test]
async fn the_value_may_know_what_is_stale() {
    installed();
    watched!(tagged, tags("written:{n}"));
    watched!(keyed, key = "written:{n}");
    #[invalidates(tags = |rows: &Vec<u32>| rows.iter().map(|row| tag!("written:{row}")), keys = |rows: &Vec<u32>| rows.iter().map(|row| format!("written:{row}")))]
    async fn write(rows: &[u32]) -> Result<Vec<u32>, String> {
        match rows {
            [] => Err("nothing to write".to_owned()),
            rows => Ok(rows.to_vec()),
        }
    }
    for n in 1..=3 {
        (tagged(n), keyed(n));
    }
    write(&[]).await.unwrap_err();
    write(&[1, 3]).await.unwrap();
    let left = |n| (tagged::peek(&n), keyed::peek(&n));
    assert_eq!(
        [left(1), left(2), left(3)],
        [(None, None), (Some(2), Some(2)), (None, None)]
    );
}

#[test]
fn before_comes_first_and_whatever_the_outcome() {
    installed();
    watched!(watched, tags("before:{n}"));
    #[invalidates(tags("before:{n}"), before)]
    fn save(n: u32) -> Result<u32, u32> {
        assert_eq!(watched::peek(&n), None);
        watched(n);
        Err(n)
    }
    watched(1);
    assert_eq!(save(1), Err(1));
    assert_eq!(watched::peek(&1), Some(1), "and nothing after it");
}

#[test]
fn a_condition_over_the_arguments_decides() {
    installed();
    watched!(watched, tags("condition:{n}"));
    #[invalidates(tags("condition:{n}"), condition = !dry)]
    fn save(n: u32, dry: bool) {
        let _ = (n, dry);
    }
    watched(1);
    save(1, true);
    assert_eq!(watched::peek(&1), Some(1));
    save(1, false);
    assert_eq!(watched::peek(&1), None);
}

#[test]
fn several_on_one_function_each_say_their_part() {
    installed();
    watched!(first, tags("first:{n}"));
    watched!(second, tags("second:{n}"));
    #[invalidates(tags("first:{n}"))]
    #[invalidates(tags("second:{n}"), condition = *n > 1)]
    fn save(n: &u32) -> u32 {
        *n
    }
    for (n, left) in [(1, Some(1)), (2, None)] {
        (first(n), second(n));
        save(&n);
        assert_eq!((first::peek(&n), second::peek(&n)), (None, left));
    }
}

#[tokio::test]
async fn an_old_load_does_not_come_back_after_it() {
    installed();
    static READS: Runs = Runs::new();
    static GATE: Gate = Gate::closed();
    #[cached(tags("slow:{n}"))]
    async fn slow(n: u32) -> usize {
        let _ = n;
        let read = READS.run();
        GATE.pass().await;
        read
    }
    #[invalidates(tags("slow:{n}"))]
    async fn save(n: u32) {
        let _ = n;
    }
    let old = tokio::spawn(slow(1));
    until(|| READS.count() == 1).await;
    save(1).await;
    GATE.let_go(2);
    assert_eq!(within(old).await.unwrap(), 1);
    assert_eq!(slow::peek(&1).await, None);
    assert_eq!(within(slow(1)).await, 2);
}

#[test]
fn it_stands_beside_a_put() {
    installed();
    watched!(watched, tags("put beside:{n}"));
    watched!(stored, key = "put beside:{n}");
    #[invalidates(tags("put beside:{n}"))]
    #[cache_put(key = "put beside:{n}")]
    fn save(n: u32) -> Result<u32, String> {
        if n == 0 {
            Err("zero".to_owned())
        } else {
            Ok(n * 10)
        }
    }
    (watched(0), watched(1));
    save(0).unwrap_err();
    save(1).unwrap();
    assert_eq!((watched::peek(&0), watched::peek(&1)), (Some(0), None));
    assert_eq!((stored::peek(&0), stored(1)), (None, 10));
}

#[test]
fn listings_show_what_is_stale() {
    installed();
    #[invalidates(tags("shown:{n}"), keys("shown"), namespace = "shown", tags = |_: &()| [""; 0], cache = "pairs")]
    fn shown(n: u32) {
        let _ = n;
    }
    let info = sites()
        .map(cache_core::Site::info)
        .find(|info| info.name.ends_with("invalidates::shown"))
        .expect("every annotated function is listed");
    let pattern = |what, template| Pattern { what, template };
    assert_eq!(
        info.invalidates,
        [
            pattern(Named::Tag, "shown:{n}"),
            pattern(Named::Key, "shown"),
            pattern(Named::Namespace, "shown"),
        ]
    );
    assert_eq!(
        (info.kind, info.cache, info.tags_from_value),
        (Kind::Invalidates, Some("pairs"), true)
    );
    shown(1);
}
