//! `#[derive(CacheKey)]`.

use cache_core::CacheKey;
use proptest::prelude::*;

use super::values::{agree, last, text};

#[derive(CacheKey, Clone, Debug, PartialEq)]
struct Named {
    zeta: String,
    alpha: Option<String>,
    inner: Vec<Shape>,
}

#[derive(CacheKey, Clone, Debug, PartialEq)]
enum Shape {
    Dot,
    Do(String),
    Line(String, String),
    Box { width: u8, height: u8 },
    Group(Vec<Shape>),
}

#[derive(CacheKey, Clone, Debug, PartialEq)]
struct Pair(
    String,
    #[cache_key(skip_if = String::is_empty)] String,
    #[cache_key(skip_if = String::is_empty)] String,
);

#[derive(CacheKey, Clone, Debug, PartialEq)]
struct Plain {
    text: String,
    number: i8,
    flag: bool,
}

#[derive(CacheKey, Clone, Copy, Debug, PartialEq)]
struct Borrowed<'a>(&'a str, u16);

#[derive(CacheKey, Clone, Copy, Debug, PartialEq)]
struct Id(u64);

fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        Just(Shape::Dot),
        text().prop_map(Shape::Do),
        (text(), text()).prop_map(|(a, b)| Shape::Line(a, b)),
        (0..3_u8, 0..3_u8).prop_map(|(width, height)| Shape::Box { width, height }),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop::collection::vec(inner, 0..3).prop_map(Shape::Group)
    })
}

fn named() -> impl Strategy<Value = Named> {
    let parts = (
        text(),
        prop::option::of(text()),
        prop::collection::vec(shape(), 0..3),
    );
    parts.prop_map(|(zeta, alpha, inner)| Named { zeta, alpha, inner })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn structs_of_numbers_and_texts(text in text(), number: i8, flag: bool, other in text(), id: u64) {
        let one = Plain { text: text.clone(), number, flag };
        agree(&one, &one.clone(), true)?;
        agree(&one, &Plain { text: other.clone(), ..one.clone() }, text == other)?;
        agree(&one, &Plain { number: number ^ 1, ..one.clone() }, false)?;
        agree(&one, &Plain { flag: !flag, ..one.clone() }, false)?;
        agree(&Borrowed(&text, 7), &Borrowed(&other, 7), text == other)?;
        agree(&Borrowed(&text, 7), &Borrowed(&text, 8), false)?;
        agree(&Id(id), &Id(id), true)?;
        agree(&Id(id), &Id(id ^ 1), false)?;
    }

    #[test]
    fn structs_and_enums(one in named(), other in named()) {
        agree(&one, &other, one == other)?;
        agree(&one, &one.clone(), true)?;
        let near = Named { alpha: other.alpha, ..one.clone() };
        agree(&one, &near, one == near)?;
        agree(&Some((one.clone(), 1_u8)), &Some((near.clone(), 1_u8)), one == near)?;
    }

    #[test]
    fn variants(one in shape(), other in shape()) {
        agree(&one, &other, one == other)?;
    }

    #[test]
    fn fields_of_tuples_that_may_be_left_out(
        one in (text(), "[a=_1]{0,1}", "[a=_1]{0,1}"),
        other in (text(), "[a=_1]{0,1}", "[a=_1]{0,1}"),
    ) {
        let (one, other) = (Pair(one.0, one.1, one.2), Pair(other.0, other.1, other.2));
        agree(&one, &other, one == other)?;
    }
}

#[derive(CacheKey, Default)]
struct Filters<'a> {
    page: u32,
    #[cache_key(skip_if = Option::is_none)]
    category: Option<&'a str>,
    #[cache_key(skip_if = Option::is_none)]
    featured: Option<bool>,
    #[cache_key(skip_if = Option::is_none)]
    minimum: Option<u32>,
    #[cache_key(skip)]
    #[expect(dead_code, reason = "it is set aside")]
    trace: u64,
}

#[test]
fn an_absent_filter_is_left_out_and_falsy_values_stay() {
    let none = String::from_utf8(last(&Filters::default())).unwrap();
    for name in ["category", "featured", "minimum", "trace"] {
        assert!(!none.contains(name), "{none}");
    }
    assert!(none.contains("page"), "{none}");
    for (name, filters) in [
        (
            "category",
            Filters {
                category: Some(""),
                ..Filters::default()
            },
        ),
        (
            "featured",
            Filters {
                featured: Some(false),
                ..Filters::default()
            },
        ),
        (
            "minimum",
            Filters {
                minimum: Some(0),
                ..Filters::default()
            },
        ),
    ] {
        let some = String::from_utf8(last(&filters)).unwrap();
        assert!(some.contains(name) && some != none, "{some}");
    }
    assert_eq!(
        last(&Filters {
            trace: 1,
            ..Filters::default()
        }),
        last(&Filters {
            trace: 2,
            ..Filters::default()
        })
    );
}

#[test]
fn fields_stand_by_name_so_that_their_order_in_the_source_does_not_matter() {
    mod one {
        #[derive(cache_core::CacheKey)]
        pub(super) struct Query {
            pub(super) page: u8,
            pub(super) category: &'static str,
        }
    }
    mod other {
        #[derive(cache_core::CacheKey)]
        pub(super) struct Query {
            pub(super) category: &'static str,
            pub(super) page: u8,
        }
    }
    let (one, other) = (
        one::Query {
            page: 1,
            category: "a",
        },
        other::Query {
            page: 1,
            category: "a",
        },
    );
    assert_eq!(last(&one), last(&other));
}

/// Such a key is looked up as its fields would be.
#[test]
fn a_struct_of_numbers_is_a_number() {
    assert_eq!(
        (<Id as CacheKey>::BITS, Id(7).bits(), Id(7).store()),
        (64, 7, (7,))
    );
    assert_eq!(<Plain as CacheKey>::BITS, u32::MAX);
    let stored: (Box<str>, u16) = Borrowed("a", 7).store();
    assert_eq!(stored, ("a".into(), 7));
}
