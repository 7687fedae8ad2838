//! What holds of these keys, and does not of those that the same helpers make where they join texts and look for truth:
//! each property is shown to catch that way.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::catch_unwind;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use super::{paginated, shorten, user_view, view};
use crate::key::Key;

type Checked = Result<(), TestCaseError>;

/// Many properties look at dozens of keys in each case.
const CASES: u32 = 64;

fn holds<S: Strategy>(values: S, property: impl Fn(S::Value) -> Checked) {
    let config = ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    if let Err(failure) = TestRunner::new(config).run(&values, property) {
        panic!("{failure}");
    }
}

/// The same values each time, so that what is caught once is caught always.
fn is_caught<S: Strategy>(values: S, property: impl Fn(S::Value) -> Checked) {
    let caught = TestRunner::deterministic().run(&values, property);
    assert!(caught.is_err(), "the property holds of what breaks it");
}

/// No two different requests have one key.
fn told_apart<T: Clone + PartialEq + std::fmt::Debug>(
    requests: Vec<T>,
    key: impl Fn(&T) -> String,
) -> Checked {
    let mut seen = HashMap::new();
    for request in requests {
        let key = key(&request);
        if let Some(other) = seen.insert(key.clone(), request.clone()) {
            prop_assert_eq!(request, other, "both have the key {}", key);
        }
    }
    Ok(())
}

/// Texts in which separators, escapes and words with a meaning are frequent.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a1:=%-]{0,3}", "None|user_1|%-|a:b=1"]
}

#[derive(Clone, Debug, PartialEq)]
struct View {
    name: String,
    user: Option<u8>,
    parameters: BTreeMap<String, Option<String>>,
}

fn views() -> impl Strategy<Value = Vec<View>> {
    let parameters = btree_map("[ab:=]{1,2}", option::of(text()), 0..3);
    let view = (text(), option::of(0..3_u8), parameters);
    let view = view.prop_map(|(name, user, parameters)| View {
        name,
        user,
        parameters,
    });
    vec(view, 1..100)
}

fn view_key(of: &View) -> String {
    let key = match of.user {
        Some(user) => user_view(&of.name, user),
        None => view(&of.name),
    };
    let parameters = of.parameters.iter();
    let key = parameters.fold(key, |key, (name, value)| key.with(name, value));
    Key::from(key).to_string()
}

/// Joined by `:`, with `None` as its name.
fn joined(of: &View) -> String {
    let user = of.user.map(|user| format!("user_{user}"));
    let parameters = of.parameters.iter().map(|(name, value)| {
        let value = value.as_deref().unwrap_or("None");
        format!("{name}={value}")
    });
    let parts = std::iter::once(of.name.clone()).chain(user);
    parts.chain(parameters).collect::<Vec<_>>().join(":")
}

#[test]
fn views_are_told_apart() {
    holds(views(), |views| told_apart(views, view_key));
    is_caught(views(), |views| told_apart(views, joined));
}

#[test]
fn a_user_s_view_is_told_from_a_view_that_names_the_user() {
    let only_names = || {
        views().prop_map(|mut views| {
            for view in &mut views {
                view.parameters.clear();
            }
            views
        })
    };
    holds(only_names(), |views| told_apart(views, view_key));
    let written_out = || vec(("a|a:user_1", option::of(Just(1))), 1..9);
    let as_views = |(name, user)| View {
        name,
        user,
        parameters: BTreeMap::new(),
    };
    is_caught(written_out(), |views| {
        told_apart(views.into_iter().map(as_views).collect(), joined)
    });
}

#[test]
fn none_is_neither_its_name_nor_empty_nor_absent() {
    let key = |value: Option<&str>| Key::from(view("v").with("q", value));
    let keys = [
        key(None),
        key(Some("None")),
        key(Some("")),
        key(Some("%-")),
        view("v").into(),
    ];
    for (at, key) in keys.iter().enumerate() {
        assert!(!keys[..at].contains(key), "{key}");
    }
    let one = |value: Option<&str>| View {
        name: "v".to_owned(),
        user: None,
        parameters: [("q".to_owned(), value.map(str::to_owned))].into(),
    };
    assert_eq!(joined(&one(None)), joined(&one(Some("None"))));
}

#[derive(Clone, Debug, PartialEq)]
struct List {
    page: u8,
    per_page: u8,
    archived: Option<u8>,
    draft: Option<bool>,
    category: Option<String>,
}

fn lists() -> impl Strategy<Value = Vec<List>> {
    let filters = (
        option::of(0..2_u8),
        option::of(any::<bool>()),
        option::of(text()),
    );
    let list = (0..3_u8, 1..3_u8, filters);
    let list = list.prop_map(|(page, per_page, (archived, draft, category))| List {
        page,
        per_page,
        archived,
        draft,
        category,
    });
    vec(list, 1..100)
}

fn list_key(of: &List) -> String {
    let key = paginated("posts", of.page, of.per_page)
        .filter("archived", of.archived)
        .filter("draft", of.draft)
        .filter("category", of.category.as_deref());
    Key::from(key).to_string()
}

/// A filter counts if its value is true.
fn truthful(of: &List) -> String {
    let archived = of.archived.filter(|archived| *archived != 0);
    let draft = of.draft.filter(|draft| *draft);
    let category = of
        .category
        .as_deref()
        .filter(|category| !category.is_empty());
    let category = category.map(|category| category.replace([':', '='], "_"));
    let filters = [
        archived.map(|archived| format!(":archived={archived}")),
        draft.map(|draft| format!(":draft={draft}")),
        category.map(|category| format!(":category={category}")),
    ];
    let filters: String = filters.into_iter().flatten().collect();
    format!("posts:page={}:per_page={}{filters}", of.page, of.per_page)
}

#[test]
fn zero_false_and_empty_are_no_absent_filters() {
    holds(lists(), |lists| told_apart(lists, list_key));
    is_caught(lists(), |lists| told_apart(lists, truthful));
    let absent = List {
        page: 1,
        per_page: 10,
        archived: None,
        draft: None,
        category: None,
    };
    assert_eq!(list_key(&absent), "paginated:posts:1:10");
}

#[test]
fn filters_in_any_order_give_one_key() {
    type Filters = Vec<(String, u8)>;
    let filters = || btree_map("[a-c:=]{1,2}", 0..2_u8, 0..5);
    let shuffled = || {
        filters().prop_flat_map(|filters| {
            let filters: Filters = filters.into_iter().collect();
            (Just(filters.clone()), Just(filters).prop_shuffle())
        })
    };
    let sorted = |filters: Filters| {
        let key = paginated("posts", 1, 10);
        let add = |key: super::ViewKey, (name, value): &(String, u8)| key.filter(name, value);
        Key::from(filters.iter().fold(key, add)).to_string()
    };
    let as_given = |filters: Filters| format!("posts:{filters:?}");
    holds(shuffled(), |(left, right)| {
        prop_assert_eq!(sorted(left), sorted(right));
        Ok(())
    });
    is_caught(shuffled(), |(left, right)| {
        prop_assert_eq!(as_given(left), as_given(right));
        Ok(())
    });
}

#[test]
fn a_name_given_twice_stands_for_both() {
    let key = |first, second| Key::from(view("v").with("tag", first).with("tag", second));
    assert_eq!(key("a", "b"), Key::from("view:v:tag=a:tag=b"));
    assert_ne!(key("a", "b"), key("b", "a"));
    assert_ne!(key("a", "b"), Key::from(view("v").with("tag", "b")));
}

const LIMIT: usize = 250;

fn long_text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zü€𝄞]{0,400}", "[ü€𝄞]{60,100}"]
}

fn shortened(text: &str) -> String {
    shorten(text, LIMIT).to_string()
}

/// Beyond so many characters, fifty of them and a hash.
fn shortened_by_characters(text: &str) -> String {
    if text.chars().count() <= LIMIT {
        return text.to_owned();
    }
    let mut hash = DefaultHasher::new();
    text.hash(&mut hash);
    let beginning: String = text.chars().take(50).collect();
    format!("{beginning}:{:032x}", hash.finish())
}

/// Cuts where the bytes end.
fn shortened_by_bytes(text: &str) -> String {
    let mut hash = DefaultHasher::new();
    text.hash(&mut hash);
    format!("{}:{:032x}", &text[..text.len().min(50)], hash.finish())
}

#[test]
fn the_limit_is_one_of_bytes() {
    let fits = |short: String| {
        prop_assert!(short.len() <= LIMIT, "{} bytes", short.len());
        Ok(())
    };
    holds(long_text(), |text| fits(shortened(&text)));
    is_caught(long_text(), |text| fits(shortened_by_characters(&text)));
}

#[test]
fn no_character_is_cut_in_two() {
    let is_a_beginning = |text: &str, short: &str| {
        let kept = short
            .rsplit_once("~sha256:")
            .map_or(short, |(kept, _)| kept);
        prop_assert!(text.starts_with(kept), "{} of {}", kept, text);
        Ok(())
    };
    holds(long_text(), |text| is_a_beginning(&text, &shortened(&text)));
    is_caught(long_text(), |text| {
        let cut = catch_unwind(|| shortened_by_bytes(&text));
        prop_assert!(cut.is_ok());
        Ok(())
    });
}

#[test]
fn no_text_poses_as_the_short_form_of_another() {
    let poses = |text: String, short: fn(&str) -> String| {
        let other = short(&text);
        prop_assume!(other != text);
        prop_assert_ne!(short(&other), other);
        Ok(())
    };
    let long = || "[a-z]{251,300}";
    holds(long(), |text| poses(text, shortened));
    is_caught(long(), |text| poses(text, shortened_by_characters));
}

#[test]
fn long_keys_are_told_apart_by_what_was_cut() {
    let left = "x".repeat(300);
    let right = format!("{}y", &left[1..]);
    assert_ne!(shortened(&left), shortened(&right));
    // The test vector of FIPS 180-2 for two blocks and more, a million times `a`.
    assert!(
        shortened(&"a".repeat(1_000_000))
            .ends_with("a~sha256:cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    );
}

#[test]
fn whatever_is_a_key_can_be_shortened_and_looked_at_later() {
    let key = Key::from("q:x");
    let text = "q:x".to_owned();
    assert_eq!(shorten(&key, LIMIT), key);
    assert_eq!(shorten("q:x", LIMIT), key);
    assert_eq!(shorten(&text, LIMIT), key);
    let query = view("search").with("q", "x".repeat(2 * LIMIT));
    assert_eq!(shorten(&query, LIMIT), shorten(Key::from(&query), LIMIT));
    assert!(shorten(&query, LIMIT).as_bytes().len() <= LIMIT);
}

#[test]
#[should_panic(expected = "no room in 71 bytes")]
fn a_limit_without_room_for_the_hash_is_refused() {
    shorten("a", 71);
}
