//! Variants of a resource (RFC 9111, section 4.1).

use std::time::Duration;

use cache_core::CachePageLayer;
use cache_core::testing::Clock;

use crate::support::{AskedRequest, LayeredOrigin, OriginAnswer, front, is_reused, page};

/// An origin whose page says what its requests had in this field.
fn echo(
    vary: &'static [&'static str],
    name: &'static str,
) -> impl FnMut(&AskedRequest) -> OriginAnswer + Send {
    move |asked| {
        let lines: Vec<_> = asked.headers.get_all(name).iter().collect();
        let fields: Vec<_> = vary
            .iter()
            .map(|line| ("vary", *line))
            .chain([("cache-control", "max-age=60")])
            .collect();
        page(format!("{lines:?}"), &fields)
    }
}

async fn is_apart(front: &LayeredOrigin, one: &[(&str, &str)], other: &[(&str, &str)]) -> bool {
    let first = front.get("/", one).await;
    assert_eq!(front.get("/", one).await.assert_hit().body, first.body);
    !front.get("/", other).await.is_hit()
}

#[tokio::test]
async fn section_4_1_a_star_anywhere_is_never_stored() {
    for lines in [
        &["*"][..],
        &[" * "],
        &["accept, *"],
        &["*, accept"],
        &["accept", "*"],
        &["accept,\t*"],
        &["a b, *"],
    ] {
        for layer in [
            CachePageLayer::shared(),
            CachePageLayer::shared().to_the_letter(),
            CachePageLayer::private(),
        ] {
            let fields: Vec<_> = lines
                .iter()
                .map(|line| ("vary", *line))
                .chain([("cache-control", "max-age=60")])
                .collect();
            assert!(!is_reused(&layer, &fields).await, "{lines:?}");
        }
    }
}

#[tokio::test]
async fn section_4_1_all_spellings_of_vary_are_read() {
    for lines in [
        &["x-a"][..],
        &["X-A"],
        &["accept,\tx-a"],
        &["accept", "X-a"],
        &[" , x-a ,, "],
        &["accept , x-A , accept"],
    ] {
        let lines: &'static [&'static str] = lines;
        let front = front(&CachePageLayer::shared(), echo(lines, "x-a"));
        assert!(
            is_apart(&front, &[("x-a", "1")], &[("x-a", "2")]).await,
            "{lines:?}"
        );
        assert_eq!(
            front.get("/", &[("x-a", "2")]).await.assert_hit().body,
            "[\"2\"]"
        );
        assert_eq!(
            front.get("/", &[("x-a", "1")]).await.assert_hit().body,
            "[\"1\"]"
        );
    }
}

#[tokio::test]
async fn section_4_1_a_vary_that_cannot_be_read_is_not_stored() {
    for line in ["a b", "x-a;q=1", "\"x-a\"", "x\u{e9}"] {
        let fields = [("vary", line), ("cache-control", "max-age=60")];
        assert!(
            !is_reused(&CachePageLayer::shared(), &fields).await,
            "{line}"
        );
    }
}

#[tokio::test]
async fn section_4_1_absent_is_not_empty() {
    for name in [
        "x-a",
        "cookie",
        "authorization",
        "accept-encoding",
        "accept-language",
        "user-agent",
    ] {
        for layer in [
            CachePageLayer::private(),
            CachePageLayer::private().to_the_letter(),
        ] {
            let vary: &'static [&'static str] = Box::leak(Box::new([name]));
            let front = front(&layer, echo(vary, name));
            assert!(is_apart(&front, &[], &[(name, "")]).await, "{name}");
            assert_eq!(front.get("/", &[]).await.assert_hit().body, "[]");
        }
    }
}

#[tokio::test]
async fn section_4_1_values_that_differ_are_told_apart() {
    for (name, one, other) in [
        ("cookie", "a=1; b=2", "a=1;b=2"),
        ("cookie", "a=1, b", "a=1,b"),
        ("cookie", "id=A", "id=a"),
        ("user-agent", "A (x, y)", "A (x,y)"),
        ("x-a", "A", "a"),
        ("x-a", "1,2", "2,1"),
        ("x-a", "\"1, 2\"", "\"1,2\""),
        ("x-a", "1", "1,1"),
        ("accept-encoding", "gzip", "br"),
        ("accept-encoding", "gzip;q=0", "gzip"),
        ("accept-language", "de;q=0.5, en", "en;q=0.5, de"),
        ("accept", "a/b;v=A", "a/b;v=a"),
        ("accept", "a/b;v=\"A, B\"", "a/b;v=\"a, b\""),
        ("origin", "https://a.example", "https://b.example"),
    ] {
        for layer in [
            CachePageLayer::shared(),
            CachePageLayer::shared().to_the_letter(),
        ] {
            let vary: &'static [&'static str] = Box::leak(Box::new([name]));
            let front = front(&layer, echo(vary, name));
            assert!(
                is_apart(&front, &[(name, one)], &[(name, other)]).await,
                "{name}: {one} {other}"
            );
        }
    }
}

#[tokio::test]
async fn section_4_1_spellings_of_one_value_are_one() {
    let (safe, letter) = (
        CachePageLayer::shared(),
        CachePageLayer::shared().to_the_letter(),
    );
    for (layer, name, one, other) in [
        (&letter, "x-a", &["1,2"][..], &["1 ,\t2"][..]),
        (&letter, "x-a", &["1,2"], &["1", "2"]),
        (&safe, "accept-language", &["de, en"], &["DE,en"]),
        (&safe, "accept-encoding", &["gzip, br"], &["GZIP,br"]),
        (&safe, "accept", &["text/html"], &["TEXT/html"]),
    ] {
        let vary: &'static [&'static str] = Box::leak(Box::new([name]));
        let front = front(layer, echo(vary, name));
        let lines = |lines: &[&'static str]| -> Vec<(&'static str, &'static str)> {
            lines.iter().map(|line| (name, *line)).collect()
        };
        assert!(
            !is_apart(&front, &lines(one), &lines(other)).await,
            "{name}: {one:?} {other:?}"
        );
    }
}

#[tokio::test]
async fn a_variant_is_validated_with_its_own_tag() {
    let clock = Clock::freeze();
    let front = front(&CachePageLayer::shared(), |asked| {
        let tag = format!("\"{}\"", asked.field("x-a"));
        let fields = [
            ("vary", "x-a"),
            ("cache-control", "max-age=60"),
            ("etag", tag.as_str()),
        ];
        if asked.field("if-none-match") == tag {
            return page("", &fields).status(304);
        }
        page(asked.field("x-a"), &fields)
    });
    for value in ["1", "2"] {
        front.get("/", &[("x-a", value)]).await;
    }
    clock.advance(Duration::from_secs(61));
    for value in ["2", "1"] {
        let confirmed = front.get("/", &[("x-a", value)]).await;
        assert_eq!((confirmed.status, confirmed.body.as_str()), (200, value));
        assert_eq!(
            front.origin.last().field("if-none-match"),
            format!("\"{value}\"")
        );
    }
}

#[tokio::test]
async fn languages_are_compared_by_what_is_preferred_to_the_letter() {
    let front = front(&CachePageLayer::shared().to_the_letter(), |asked| {
        let language = if asked.field("accept-language").starts_with("de") {
            "de"
        } else {
            "en"
        };
        let fields = [
            ("vary", "accept-language"),
            ("content-language", language),
            ("cache-control", "max-age=60"),
        ];
        page(language, &fields)
    });
    front.get("/", &[("accept-language", "de, en;q=0.5")]).await;
    front.get("/", &[("accept-language", "en")]).await;
    let hit = front.get("/", &[("accept-language", "fr;q=0.1, de")]).await;
    assert_eq!(hit.assert_hit().body, "de");
    front
        .get("/", &[("accept-language", "fr")])
        .await
        .assert_miss();
}
