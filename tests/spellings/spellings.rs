//! One URL in many spellings: a page is kept for each, and an invalidation reaches them all.

use axum::http::Uri;
use cache_core::cache_page;
use proptest::prelude::*;

use crate::support::{assert_apart, assert_same, get, run, site};

#[cache_page(ttl = "5m")]
async fn page(uri: Uri) -> String {
    format!("{uri} run {}", run())
}

/// What a client asks for, and what people write for it.
const SPELLINGS: &[(&[&str], &[&str])] = &[
    (
        &["/%C3%A9", "/%c3%a9", "/%C3%a9", "/é"],
        &["/é", "/%C3%A9", "/%c3%a9", "é"],
    ),
    (&["/c,d", "/c%2Cd", "/c%2cd"], &["/c,d", "/c%2Cd"]),
    (&["/a@b", "/a%40b"], &["/a@b", "/a%40b"]),
    (&["/a:b", "/a%3Ab"], &["/a:b", "/a%3ab"]),
    (&["/it's", "/it%27s"], &["/it's"]),
    (&["/a~b", "/a%7Eb", "/a%7eb"], &["/a~b"]),
    (&["/!$&()*;=", "/%21%24%26%28%29%2A%3B%3D"], &["/!$&()*;="]),
    (&["/a%20b"], &["/a b", "/a%20b"]),
    (
        &["/a%5Bb%5D%7Bc%7D%7C%5E%60%3C%3E%22"],
        &["/a[b]{c}|^`<>\""],
    ),
    (&["/100%25", "/100%"], &["/100%", "/100%25"]),
    (
        &["/plain", "/pl%61in"],
        &["/plain", "plain", "/plain#part", "https://a.example/plain"],
    ),
    (&["/c++", "/c%2B%2B", "/c+%2b"], &["/c++", "/c%2B%2B"]),
    (
        &[
            "/q?q=x+y",
            "/q?q=x%20y",
            "/q?%71=x%20y",
            "/q?q=x+y&",
            "/q?&q=x%20y",
        ],
        &["/q?q=x y", "/q?q=x+y", "/q?q=x%20y", "/q?q=x y#part"],
    ),
    (&["/q?q=c%2B%2B", "/q?q=c++"], &["/q?q=c++", "/q?q=c%2b%2B"]),
    (
        &["/q?a=1&b=2", "/q?b=2&a=1", "/q?%62=2&a=1", "/q?a=1&&b=%32&"],
        &["/q?a=1&b=2", "/q?b=2&a=1"],
    ),
    (
        &["/q?a=1&a=2", "/q?a=2&a=1", "/q?a=2&%61=1"],
        &["/q?a=1&a=2", "/q?a=2&a=1"],
    ),
    (&["/q?e=", "/q?e", "/q?e=&"], &["/q?e", "/q?e="]),
    (
        &["/q?é=ü", "/q?%C3%A9=%c3%bc"],
        &["/q?é=ü", "/q?%c3%a9=%C3%BC"],
    ),
    (&["/q?a=b=c", "/q?a=b%3Dc", "/q?a=b%3dc"], &["/q?a=b=c"]),
    (&["/q?t[]=1", "/q?t%5B%5D=1", "/q?t%5b%5D=1"], &["/q?t[]=1"]),
    (&["/q?a=1%26b", "/q?a=1%26%62"], &["/q?a=1%26b"]),
    (&["/q?n=50%25", "/q?n=50%"], &["/q?n=50%", "/q?n=50%25"]),
];

#[tokio::test]
async fn an_invalidated_path_is_found_in_every_spelling() {
    #[cache_page(ttl = "5m")]
    async fn page(uri: Uri) -> String {
        format!("{uri} run {}", run())
    }
    let app = site(page);
    for (asked, written) in SPELLINGS {
        for written in *written {
            let mut before = Vec::new();
            for target in *asked {
                let first = get(&app, target).await;
                assert_same(&first, &get(&app, target).await);
                before.push(first);
            }
            page::invalidate_path(written).await;
            for (target, before) in asked.iter().zip(&before) {
                let after = get(&app, target).await;
                assert_ne!(before.body, after.body, "{target} after {written}");
            }
        }
    }
}

#[tokio::test]
async fn an_invalidated_path_is_no_other() {
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        format!("run {}", run())
    }
    let app = site(page);
    let long = format!("/long/{}?q={}", "a/".repeat(1_000), "%C3%A9".repeat(500));
    let groups: Vec<&str> = SPELLINGS.iter().map(|(asked, _)| asked[0]).collect();
    for target in &groups {
        get(&app, target).await;
    }
    let first = get(&app, &long).await;
    first.assert_stored();
    for (at, (_, written)) in SPELLINGS.iter().enumerate() {
        page::invalidate_path(written[0]).await;
        for (other, target) in groups.iter().enumerate() {
            assert_eq!(
                get(&app, target).await.is_hit(),
                at != other,
                "{target} after {}",
                written[0]
            );
        }
    }
    get(&app, &long).await.assert_hit();
    page::invalidate_path(&long.replace("%C3%A9", "é")).await;
    assert_apart(&first, &get(&app, &long).await);
}

#[tokio::test]
async fn listed_parameters_are_found_in_every_spelling() {
    #[cache_page(ttl = "5m", query = ["my tag[]", "é"])]
    async fn page() -> String {
        format!("run {}", run())
    }
    let app = site(page);
    for (asked, written) in [
        ("/l?my+tag%5B%5D=1&utm=1", "/l?my tag[]=1"),
        ("/l?my%20tag[]=1", "/l?utm=2&my+tag%5b%5d=1"),
        ("/l?%C3%A9=1&my+tag[]=%20", "/l?my tag[]=+&é=1"),
        ("/l?utm=1", "/l?"),
    ] {
        let before = get(&app, asked).await;
        get(&app, asked).await.assert_hit();
        page::invalidate_path(written).await;
        assert_apart(&before, &get(&app, asked).await);
    }
}

/// Characters of text: letters, what URLs reserve, what they escape.
fn text() -> impl Strategy<Value = String> {
    const CHARACTERS: &str = "aZ0-._~/:;,@!$'()*+&=?#%[]{}|^`<>\" \\éü€\u{1F980}";
    prop::collection::vec(
        prop::sample::select(CHARACTERS.chars().collect::<Vec<_>>()),
        0..6,
    )
    .prop_map(String::from_iter)
}

/// A way to spell each character in turn.
type Way = Vec<u8>;

const DIGITS: [&[u8; 16]; 2] = [b"0123456789ABCDEF", b"0123456789abcdef"];

fn spelled(text: &str, way: &mut impl Iterator<Item = u8>, must: &str, in_query: bool) -> String {
    let mut out = String::new();
    for character in text.chars() {
        let raw_is_read = character.is_ascii_graphic() || !character.is_ascii();
        let choice = way.next().unwrap_or_default() % 3;
        if in_query && character == ' ' && choice == 0 {
            out.push('+');
        } else if choice == 0 && raw_is_read && !must.contains(character) {
            out.push(character);
        } else {
            for byte in character.to_string().bytes() {
                let digits = DIGITS[usize::from(choice == 1)];
                out.push('%');
                for half in [byte >> 4, byte & 15] {
                    out.push(char::from(digits[usize::from(half)]));
                }
            }
        }
    }
    out
}

/// As a client writes a URL.
fn asked(path: &str, pairs: &[(String, String)], way: &Way) -> String {
    let mut ways = way.iter().copied().cycle();
    let mut out = format!("/{}", spelled(path, &mut ways, "?#%\"<>^`{}|\\", false));
    let mut pairs: Vec<_> = pairs.iter().collect();
    if ways.next().is_some_and(|way| way % 2 == 0) {
        pairs.reverse();
    }
    for (at, (name, value)) in pairs.iter().enumerate() {
        out.push(if at == 0 { '?' } else { '&' });
        out.push_str(&spelled(name, &mut ways, "&=#%+\"<>^`{}|\\", true));
        if !value.is_empty() || ways.next().is_some_and(|way| way % 2 == 0) {
            out.push('=');
            out.push_str(&spelled(value, &mut ways, "&#%+\"<>^`{}|\\", true));
        }
    }
    if !pairs.is_empty() && ways.next().is_some_and(|way| way % 2 == 0) {
        out.push('&');
    }
    out
}

/// As people write it: raw, but for what would be read as something else.
fn written(path: &str, pairs: &[(String, String)]) -> String {
    let escaped = |text: &str, which: &[char]| {
        which
            .iter()
            .fold(text.replace('%', "%25"), |text, character| {
                text.replace(*character, &format!("%{:02X}", u32::from(*character)))
            })
    };
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| {
            format!(
                "{}={}",
                escaped(name, &['&', '=', '#']),
                escaped(value, &['&', '#'])
            )
        })
        .collect();
    format!("/{}?{}", escaped(path, &['?', '#']), pairs.join("&"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_spelling_is_found(
        path in text(),
        pairs in prop::collection::vec((text().prop_filter("a name", |name| !name.is_empty()), text()), 0..3),
        ways in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..12), 2),
    ) {
        let app = site(page);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            for way in &ways {
                let target = asked(&path, &pairs, way);
                let Ok(_) = target.parse::<Uri>() else {
                    panic!("no target: {target}");
                };
                let before = get(&app, &target).await;
                prop_assert!(before.cache().contains("; stored"), "{target}: {before:?}");
                prop_assert_eq!(&get(&app, &target).await.body, &before.body);
                let written = written(&path, &pairs);
                page::invalidate_path(&written).await;
                prop_assert_ne!(get(&app, &target).await.body, before.body, "{} after {}", target, written);
                page::invalidate_path("/").await;
                page::clear().await;
            }
            Ok(())
        })?;
    }
}
