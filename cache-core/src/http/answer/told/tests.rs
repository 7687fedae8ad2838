use super::*;
use crate::http::testing::map;

const NOW: SystemTime = SystemTime::UNIX_EPOCH;
const HOUR: Option<Duration> = Some(Duration::from_secs(3_600));

const PUBLIC: CacheControl = CacheControl {
    words: &["public"],
    max_age: HOUR,
    ..CacheControl::NONE
};

const FOR_CDNS_TOO: CacheControl = CacheControl {
    s_maxage: Some(Duration::from_secs(86_400)),
    stale_if_error: Some(Duration::from_secs(60)),
    cdn: Some(Duration::from_secs(31_536_000)),
    ..PUBLIC
};

const PRIVATE: CacheControl = CacheControl {
    words: &["private", "must-revalidate"],
    ..CacheControl::NONE
};

fn field(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines: Vec<_> = headers.get_all(name).iter().collect();
    assert!(lines.len() <= 1, "{lines:?}");
    lines.first().map(|line| line.to_str().unwrap().to_owned())
}

#[track_caller]
fn assert_allowed(told: CacheControl, own: &[(&'static str, &str)], expected: &str) {
    let mut headers = map(own);
    told.allow(&mut headers, NOW);
    let found = field(&headers, "cache-control");
    assert_eq!(found.as_deref(), Some(expected), "{own:?}");
}

#[test]
fn an_answer_that_says_nothing_gets_all_of_it() {
    assert_allowed(PUBLIC, &[], "public, max-age=3600");
    let mut headers = map(&[]);
    FOR_CDNS_TOO.allow(&mut headers, NOW);
    assert_eq!(
        field(&headers, "cache-control").as_deref(),
        Some("public, max-age=3600, s-maxage=86400, stale-if-error=60")
    );
    assert_eq!(
        field(&headers, "cdn-cache-control").as_deref(),
        Some("max-age=31536000")
    );
}

#[test]
fn what_an_answer_says_itself_stands_where_it_is_stricter() {
    for (own, expected) in [
        ("max-age=60", "public, max-age=60"),
        ("max-age=7200", "public, max-age=3600"),
        (r#"max-age="60""#, "public, max-age=60"),
        ("max-age=soon", "public, max-age=0"),
        ("max-age=60, max-age=30", "public, max-age=30"),
        ("no-store", "no-store"),
        ("No-Store, max-age=5", "No-Store, max-age=5"),
        // It cannot be read, and may hide a refusal.
        (r#"max-age=5, x="no-store"#, "no-store"),
        ("private", "private, max-age=3600"),
        (r#"Private="X-Own""#, r#"Private="X-Own", max-age=3600"#),
        ("no-cache", "no-cache, public, max-age=3600"),
        ("no-transform, PUBLIC", "no-transform, PUBLIC, max-age=3600"),
        ("s-maxage=5", "public, max-age=3600, s-maxage=5"),
        (r#"ext="a, b""#, r#"ext="a, b", public, max-age=3600"#),
    ] {
        assert_allowed(PUBLIC, &[("cache-control", own)], expected);
    }
    let minute = ("expires", "Thu, 01 Jan 1970 00:01:00 GMT");
    assert_allowed(PUBLIC, &[minute], "public, max-age=60");
}

#[test]
fn a_life_that_the_answer_gives_itself_bounds_that_in_shared_caches_too() {
    for own in [
        ("cache-control", "max-age=60"),
        ("expires", "Thu, 01 Jan 1970 00:01:00 GMT"),
    ] {
        let mut headers = map(&[own]);
        FOR_CDNS_TOO.allow(&mut headers, NOW);
        assert_eq!(
            field(&headers, "cache-control").as_deref(),
            Some("public, max-age=60, s-maxage=60, stale-if-error=60")
        );
        assert_eq!(
            field(&headers, "cdn-cache-control").as_deref(),
            Some("max-age=60")
        );
    }
}

#[test]
fn nothing_is_allowed_to_cdns_that_the_answer_keeps_from_them() {
    for own in ["private", "no-store", "no-cache", "must-revalidate"] {
        let mut headers = map(&[("cache-control", own)]);
        FOR_CDNS_TOO.allow(&mut headers, NOW);
        assert_eq!(field(&headers, "cdn-cache-control"), None, "{own}");
    }
    for own in ["no-cache", "must-revalidate"] {
        let expected = format!("{own}, public, max-age=3600, s-maxage=86400");
        assert_allowed(FOR_CDNS_TOO, &[("cache-control", own)], &expected);
    }
    let mut headers = map(&[("cdn-cache-control", "max-age=5")]);
    FOR_CDNS_TOO.allow(&mut headers, NOW);
    assert_eq!(
        field(&headers, "cdn-cache-control").as_deref(),
        Some("max-age=5")
    );
}

#[test]
fn private_takes_away_what_the_answer_says_to_others() {
    for (own, expected) in [
        (
            "public, s-maxage=60, max-age=5",
            "private, must-revalidate, max-age=5",
        ),
        ("PRIVATE", "PRIVATE, must-revalidate"),
        (
            r#"private="X-Own""#,
            r#"private="X-Own", private, must-revalidate"#,
        ),
    ] {
        assert_allowed(PRIVATE, &[("cache-control", own)], expected);
    }
    let mut headers = map(&[("surrogate-control", "max-age=60")]);
    PRIVATE.allow(&mut headers, NOW);
    assert_eq!(field(&headers, "surrogate-control"), None);
}

#[test]
fn an_answer_that_is_not_kept_gets_only_what_forbids() {
    let mut headers = map(&[]);
    FOR_CDNS_TOO.restrict(&mut headers);
    assert!(headers.is_empty(), "{headers:?}");
    let mut headers = map(&[("cache-control", "Public, max-age=5")]);
    PRIVATE.restrict(&mut headers);
    assert_eq!(
        field(&headers, "cache-control").as_deref(),
        Some("private, must-revalidate, max-age=5")
    );
}

#[test]
fn what_may_be_for_one_visitor_is_not_for_shared_caches() {
    for (own, expected) in [
        (("set-cookie", "id=1"), "private, max-age=3600"),
        (("vary", "Cookie"), "private, max-age=3600"),
        (("vary", "Accept, X-User"), "private, max-age=3600"),
        (("vary", "*"), "private, max-age=3600"),
        (("vary", "Accept-Language"), "public, max-age=3600"),
        (("x-other", "1"), "public, max-age=3600"),
    ] {
        let mut headers = map(&[own]);
        PUBLIC.allow_unkept(&mut headers, NOW);
        let found = field(&headers, "cache-control");
        assert_eq!(found.as_deref(), Some(expected), "{own:?}");
    }
    let mut headers = map(&[("set-cookie", "id=1")]);
    FOR_CDNS_TOO.allow_unkept(&mut headers, NOW);
    assert_eq!(field(&headers, "cdn-cache-control"), None);
}
