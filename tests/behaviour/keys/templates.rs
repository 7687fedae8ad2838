//! Templates: parts never run into each other, whatever is between them.

use std::collections::HashMap;

use cache_core::{Key, key};

/// Every text of at most `longest` characters of `alphabet`.
fn texts(alphabet: &[char], longest: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut last = all.clone();
    for _ in 0..longest {
        last = last
            .iter()
            .flat_map(|text| alphabet.iter().map(move |c| format!("{text}{c}")))
            .collect();
        all.extend(last.iter().cloned());
    }
    all
}

/// The characters with a meaning in keys, digits of their escapes, and the delimiter.
fn alphabet(delimiter: &str) -> Vec<char> {
    let mut alphabet: Vec<char> = "%:25a".chars().chain(delimiter.chars().take(2)).collect();
    alphabet.sort_unstable();
    alphabet.dedup();
    alphabet
}

/// Fails if two of the inputs render the same text.
fn assert_injective<I: Clone + std::fmt::Debug>(
    template: &str,
    inputs: impl Iterator<Item = I>,
    render: impl Fn(&I) -> Key,
) {
    let mut seen: HashMap<Vec<u8>, I> = HashMap::new();
    for input in inputs {
        let key = render(&input);
        if let Some(other) = seen.insert(key.as_bytes().to_vec(), input.clone()) {
            panic!("`{template}`: {other:?} and {input:?} are both {key:?}");
        }
    }
}

/// Templates of two holes, each tried with every pair of short texts.
macro_rules! two_holes {
    ($(|$a:ident, $b:ident| $template:literal with $delimiter:literal),* $(,)?) => {$({
        let texts = texts(&alphabet($delimiter), 3);
        let pairs = texts.iter().flat_map(|a| texts.iter().map(move |b| (a, b)));
        assert_injective($template, pairs, |($a, $b)| key!($template));
    })*};
}

/// Templates of three holes.
macro_rules! three_holes {
    ($(|$a:ident, $b:ident, $c:ident| $template:literal with $delimiter:literal),* $(,)?) => {$({
        let texts = texts(&alphabet($delimiter), 2);
        let pairs = texts.iter().flat_map(|a| texts.iter().map(move |b| (a, b)));
        let triples = pairs.flat_map(|(a, b)| texts.iter().map(move |c| (a, b, c)));
        assert_injective($template, triples, |($a, $b, $c)| key!($template));
    })*};
}

#[test]
fn two_holes_with_any_delimiter() {
    two_holes! {
        |a, b| "{a}:{b}" with ":",
        |a, b| "{a}{b}" with "",
        |a, b| "{a}-{b}" with "-",
        |a, b| "{a}::{b}" with "::",
        |a, b| "{a},{b}" with ",",
        |a, b| "{a}%{b}" with "%",
        |a, b| "{a}%3A{b}" with "%3",
        |a, b| "{a}2{b}" with "2",
        |a, b| "{a}x{b}" with "x",
        |a, b| "{a}A{b}" with "A",
        |a, b| "{a}é{b}" with "é",
        |a, b| "{a}/{b}" with "/",
        |a, b| "{a} {b}" with " ",
        |a, b| "{a}{{{b}" with "{",
        |a, b| "{a}aa{b}" with "aa",
        |a, b| "k:{a}:{b}:end" with ":",
        |a, b| "{a}{b}a" with "",
        |a, b| "({a})({b})" with ")(",
        |a, b| "{a}25{b}" with "25",
        |a, b| "{a}\u{0}{b}" with "\u{0}",
    }
}

#[test]
fn three_holes_with_any_delimiter() {
    three_holes! {
        |a, b, c| "{a}:{b}:{c}" with ":",
        |a, b, c| "{a}{b}{c}" with "",
        |a, b, c| "{a}{b}:{c}" with ":",
        |a, b, c| "{a}:{b}{c}" with ":",
        |a, b, c| "{a}-{b}:{c}" with "-",
        |a, b, c| "{a}%{b}%{c}" with "%",
        |a, b, c| "{a}{b}%{c}" with "%",
        |a, b, c| "{a}2{b}%{c}" with "2",
        |a, b, c| "{a}x{b}x{c}" with "x",
        |a, b, c| "x{a}{b}{c}x" with "x",
    }
}

#[test]
fn holes_of_other_types_with_any_delimiter() {
    let numbers = [0_i64, 1, -1, 2, 11, 12, 21, 111, -11, 5, 25];
    let options = || {
        [
            None,
            Some(""),
            Some("%-"),
            Some("-"),
            Some("%"),
            Some("2"),
            Some("5"),
        ]
        .into_iter()
    };
    let pairs = || {
        numbers
            .iter()
            .flat_map(|a| numbers.iter().map(move |b| (a, b)))
    };
    assert_injective("{a}1{b}", pairs(), |(a, b)| key!("{a}1{b}"));
    assert_injective("{a}-{b}", pairs(), |(a, b)| key!("{a}-{b}"));
    assert_injective("{a}{b}", pairs(), |(a, b)| key!("{a}{b}"));
    let bools = || {
        [true, false]
            .into_iter()
            .flat_map(|a| [true, false].into_iter().map(move |b| (a, b)))
    };
    assert_injective("{a}e{b}", bools(), |(a, b)| key!("{a}e{b}"));
    let options = || options().flat_map(move |a| options().map(move |b| (a, b)));
    assert_injective("{a}{b}", options(), |(a, b)| key!("{a}{b}"));
    assert_injective("{a}-{b}", options(), |(a, b)| key!("{a}-{b}"));
    assert_injective("{a}%{b}", options(), |(a, b)| key!("{a}%{b}"));
    let lists = [
        vec![],
        vec![""],
        vec!["", ""],
        vec![","],
        vec!["a", "b"],
        vec!["a,b"],
        vec!["(a)"],
        vec![")"],
    ];
    let lists = || lists.iter().flat_map(|a| lists.iter().map(move |b| (a, b)));
    assert_injective("{a}({b}", lists(), |(a, b)| key!("{a}({b}"));
    assert_injective("{a},{b}", lists(), |(a, b)| key!("{a},{b}"));
}

#[test]
fn plain_keys_read_as_they_are_written() {
    let (id, page, slug) = (7, Some(2), "hello-world");
    assert_eq!(key!("user:{id}:posts:{page}").as_bytes(), b"user:7:posts:2");
    assert_eq!(key!("post:{slug}").as_bytes(), b"post:hello-world");
    let path = "a:b%c";
    assert_eq!(
        key!("path:{path}").as_bytes(),
        b"path:a:b%c",
        "a last part is raw"
    );
    assert_eq!(key!("path:{path}:x").as_bytes(), b"path:a%3Ab%25c:x");
    let long = "é".repeat(200);
    assert_eq!(
        key!("{long}:{id}").as_bytes(),
        format!("{long}:7").as_bytes(),
        "longer than the stack"
    );
}
