//! Arguments of every kind: borrowed, owned, destructured, many, none.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use cache_core::cached;

use crate::support::{Runs, installed};

#[test]
fn borrowed_and_owned_forms_are_one_key() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached]
    fn borrowed<'a>(text: &'a str, list: &'a [u8], maybe: Option<&'a str>) -> String {
        RUNS.run();
        format!("{text}{list:?}{maybe:?}")
    }
    let (text, list) = ("a".to_owned(), vec![1, 2]);
    let value = borrowed(&text, &list, Some(&text));
    drop((text, list));
    assert_eq!(borrowed("a", &[1, 2], Some("a")), value);
    assert_eq!(RUNS.count(), 1);
    assert_eq!(borrowed::peek("a", &[1, 2], &Some("a")), Some(value));
}

#[test]
fn owned_arguments_move_into_the_body() {
    installed();
    #[cached]
    fn moved(
        text: String,
        list: Vec<Arc<str>>,
        map: BTreeMap<u8, Cow<'static, str>>,
        boxed: Box<[u8]>,
    ) -> usize {
        drop(boxed);
        text.into_bytes().len()
            + list.into_iter().map(|text| text.len()).sum::<usize>()
            + map.into_values().count()
    }
    let call = || {
        moved(
            "ab".into(),
            vec!["x".into()],
            BTreeMap::from([(1, "y".into())]),
            [1].into(),
        )
    };
    assert_eq!((call(), call(), moved::stats().hits), (4, 4, 1));
}

#[test]
fn patterns_and_mutable_bindings() {
    installed();
    #[cached]
    fn taken_apart((a, mut b): (u32, String), [first, .., last]: [u8; 3]) -> String {
        b.push('!');
        format!("{a}{b}{first}{last}")
    }
    let call = |middle| taken_apart((1, "x".into()), [7, middle, 9]);
    assert_eq!((call(8), call(0)), ("1x!79".into(), "1x!79".into()));
    assert_eq!(
        taken_apart::stats().hits,
        1,
        "what no name is bound to cannot matter"
    );
}

#[tokio::test]
async fn async_functions_with_borrowed_arguments_run_on_any_thread() {
    installed();
    #[cached]
    async fn length(text: &str, list: &[String]) -> usize {
        tokio::task::yield_now().await;
        text.len() + list.len()
    }
    let task = tokio::spawn(async {
        let text = "abc".to_owned();
        length(&text, std::slice::from_ref(&text)).await
    });
    assert_eq!(task.await.unwrap(), 4);
    assert_eq!(length("abc", &["abc".to_owned()]).await, 4);
    assert_eq!(length::stats().hits, 1);
}

#[test]
fn none_and_many() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached]
    fn none() -> usize {
        RUNS.run()
    }
    #[cached]
    fn many(
        a: u8,
        b: u8,
        c: u8,
        d: u8,
        e: u8,
        f: u8,
        g: u8,
        h: u8,
        i: u8,
        j: u8,
        k: u8,
        l: u8,
        m: u8,
    ) -> u8 {
        a + b + c + d + e + f + g + h + i + j + k + l + m
    }
    assert_eq!((none(), none()), (1, 1));
    assert_eq!(many(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), 2);
    assert_eq!(many(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2), 3);
    assert_eq!(many(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2), 3);
    assert_eq!(many::stats().hits, 0);
}
