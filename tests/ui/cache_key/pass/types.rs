//! Structs, tuples, enums, generics, borrows, recursion.

#![deny(warnings)]

use cache_core::{CacheKey, Key, cached, key};
use std::borrow::Cow;

#[derive(CacheKey)]
struct Filters<'a, T> {
    page: Option<u32>,
    category: Cow<'a, str>,
    #[cache_key(skip_if = Option::is_none)]
    sort: Option<T>,
    #[cache_key(skip)]
    #[allow(dead_code)]
    trace: std::time::Instant,
    r#type: u8,
}

#[derive(CacheKey)]
struct Pair(u8, #[cache_key(skip_if = |n| *n == 0)] u8, #[cache_key(skip_if = |n| *n == 0)] u8);

#[derive(CacheKey)]
struct Unit;

#[derive(CacheKey)]
enum Shape {
    Dot,
    Circle(u32),
    Box { width: u32, height: u32 },
    Many(Vec<Shape>),
}

#[derive(CacheKey)]
#[cache_key(crate = ::cache_core)]
#[allow(dead_code)]
enum Never {}

#[cached]
fn area(shape: Shape) -> u32 {
    match shape {
        Shape::Dot => 0,
        Shape::Circle(radius) => radius * radius * 3,
        Shape::Box { width, height } => width * height,
        Shape::Many(shapes) => shapes.into_iter().map(Shape::area).sum(),
    }
}

impl Shape {
    fn area(self) -> u32 {
        area(self)
    }
}

fn text(value: impl CacheKey) -> String {
    let mut key = Key::new();
    key.last(&value);
    String::from_utf8(key.as_bytes().to_vec()).unwrap()
}

fn filters(sort: Option<u8>) -> Filters<'static, u8> {
    Filters { page: Some(2), category: "rust".into(), sort, trace: std::time::Instant::now(), r#type: 1 }
}

fn main() {
    assert_eq!(text(filters(None)), text(filters(None)));
    assert_ne!(text(filters(None)), text(filters(Some(1))));
    let whole = text(filters(Some(1)));
    let places: Vec<_> = ["category", "page", "sort", "type"].map(|name| whole.find(name)).into();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{whole}");

    assert_ne!(text(Pair(1, 2, 0)), text(Pair(1, 0, 2)));
    assert_eq!(text(Unit), text(Unit));

    assert_eq!(area(Shape::Many(vec![Shape::Box { width: 2, height: 3 }, Shape::Circle(1), Shape::Dot])), 9);
    assert_eq!(area::peek(&Shape::Box { width: 2, height: 3 }), Some(6));
    assert_eq!(area::peek(&Shape::Box { width: 3, height: 2 }), None);

    let (slug, filters) = ("a:b".to_owned(), filters(None));
    let made = key!("post:{slug}:{filters.page}:{slug.len()}");
    assert_eq!(made.as_bytes(), key!("post:{slug}:{filters.page}:{slug.len()}").as_bytes());
    assert_ne!(made.as_bytes(), key!("post:{slug}:{filters.page}:{slug}").as_bytes());
    assert_eq!(key!("plain {{}}").as_bytes(), b"plain {}");
    assert_eq!(slug, "a:b", "holes borrow");
}
