//! Type and const parameters are inputs; borrowed and unnamed types are arguments like others.

#![deny(warnings)]

use cache_core::{CacheKey, cached};
use std::fmt::{Debug, Display};

trait Model {
    const COUNT: u32;
}
struct User;
struct Post;
impl Model for User {
    const COUNT: u32 = 3;
}
impl Model for Post {
    const COUNT: u32 = 750;
}

#[cached]
fn count<T: Model>(times: u32) -> u32 {
    T::COUNT * times
}

#[cached]
fn constant<const N: usize>() -> usize {
    N
}

#[cached]
fn shown<T>(value: T) -> String
where
    T: CacheKey + Debug,
{
    format!("{value:?}")
}

#[cached(key = "shown:{T}:{N}:{value}", local)]
fn keyed<'a, T, const N: usize>(value: &'a T) -> String
where
    T: CacheKey + Debug + ?Sized,
{
    format!("{value:?}{N}")
}

#[cached]
fn unnamed(name: impl AsRef<str> + CacheKey, other: &(impl Display + CacheKey)) -> String {
    format!("{}{other}{}", name.as_ref(), std::any::type_name_of_val(&name))
}

#[cached(skip(log, L))]
fn logged<L: Debug>(n: u32, log: &L) -> u32 {
    let _ = format!("{log:?}");
    n + 1
}

#[cached(skip(scratch))]
fn exclusive(n: usize, scratch: &mut Vec<u8>) -> usize {
    scratch.push(1);
    n
}

#[cached]
fn borrowed<'a>(a: &'a str, b: Option<&'a str>, c: &'a [u8]) -> usize {
    a.len() + b.map_or(0, str::len) + c.len()
}

#[cached(key = "{T}:{first}:{rest}", local)]
async fn many<'a, T: CacheKey + Sync>(first: &'a T, rest: &[u8]) -> usize {
    let _ = first;
    rest.len()
}

#[cached]
fn thirteen(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8, j: u8, k: u8, l: u8, m: u8) -> u8 {
    a + b + c + d + e + f + g + h + i + j + k + l + m
}

fn main() {
    assert_eq!((count::<User>(1), count::<Post>(1), count::<User>(1)), (3, 750, 3));
    assert_eq!(count::peek::<Post>(&1), Some(750));
    assert_eq!((constant::<1>(), constant::<2>()), (1, 2));
    assert_eq!((shown(1u8), shown("1"), shown(1u8)), ("1".to_owned(), "\"1\"".to_owned(), "1".to_owned()));
    assert_eq!(shown::peek(&"1"), Some("\"1\"".to_owned()));
    assert_eq!(keyed::<_, 2>(&1u8), "12");
    assert_eq!(keyed::<_, 2>(&1u16), "12");
    assert_eq!(keyed::<str, 2>("1"), "\"1\"2");
    assert_eq!(keyed::peek::<str, 2>("1"), Some("\"1\"2".to_owned()));
    let (a, b) = (unnamed("a", &1), unnamed("a".to_owned(), &1));
    assert_ne!(a, b);
    assert_eq!(unnamed::peek(&"a", &1), Some(a));
    assert_eq!((logged(1, &"x"), logged(1, &2), logged::peek(&1)), (2, 2, Some(2)));
    let mut scratch = vec![];
    assert_eq!((exclusive(1, &mut scratch), exclusive(1, &mut scratch), scratch.len()), (1, 1, 1));
    assert_eq!(borrowed("a", Some("b"), &[1]), 3);
    assert_eq!(borrowed::peek("a", &Some("b"), &[1]), Some(3));
    assert_eq!(thirteen(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13), 91);
    assert_eq!(thirteen(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14), 92);
    let _ = many::<u8>;
}
