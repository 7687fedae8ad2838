use http::header::IF_NONE_MATCH;
use http::{HeaderName, Response};

use super::*;
use crate::http::answer::told::CacheControl;
use crate::http::audience::Audience;
use crate::http::cache_status::Miss;
use crate::http::testing::full;
use crate::http::validators::YEAR_9999;
use crate::http::vary::Varied;
use crate::stats::MissReason;

const NOW: SystemTime = SystemTime::UNIX_EPOCH;
const STORED: CacheStatus = CacheStatus::Stored(Miss::Uri, MissReason::NeverSeen);
const HIT: CacheStatus = CacheStatus::Hit(Duration::from_secs(7));
static PLAIN: Varied = Varied {
    headers: Vec::new(),
    choices: &[],
    cookies: &[],
    passes_others: false,
    no_vary_search: None,
};

fn terms() -> DownstreamTerms<'static> {
    DownstreamTerms {
        now: NOW,
        ttl: Duration::from_secs(900),
        browser: None,
        told: CacheControl::NONE,
        audience: Audience::Anybody,
        revalidate: false,
        varied: &PLAIN,
    }
}

fn page(status: u16, fields: &[(&'static str, &str)], terms: &DownstreamTerms<'_>) -> StoredPage {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(
            HeaderName::from_static(name),
            HeaderValue::from_str(value).unwrap(),
        );
    }
    StoredPage::new(
        StatusCode::from_u16(status).unwrap(),
        headers,
        Bytes::from_static(b"page"),
        terms,
    )
}

/// The answer to a request, as axum gets it.
fn respond(
    page: &StoredPage,
    conditions: &Conditions,
    head: bool,
    status: CacheStatus,
    age: Option<Duration>,
) -> Response<Bytes> {
    let answer: ReadyAnswer = page.answer(conditions, head, status, age);
    answer.response()
}

fn plain_answer(page: &StoredPage) -> Response<Bytes> {
    respond(
        page,
        &Conditions::default(),
        false,
        HIT,
        Some(Duration::from_secs(3)),
    )
}

fn all<'a>(answer: &'a Response<Bytes>, name: &str) -> Vec<&'a str> {
    answer
        .headers()
        .get_all(name)
        .into_iter()
        .map(|value| value.to_str().unwrap())
        .collect()
}

#[test]
fn an_answer_says_what_it_is() {
    let answer = plain_answer(&page(
        200,
        &[
            ("content-type", "text/html"),
            ("x-own", "1"),
            ("x-own", "2"),
        ],
        &terms(),
    ));
    assert_eq!(
        (answer.status(), &answer.body()[..]),
        (StatusCode::OK, &b"page"[..])
    );
    for (name, expected) in [
        ("age", &["3"][..]),
        ("cache-control", &["max-age=900"]),
        ("cache-status", &["cache-core; hit; ttl=7"]),
        ("date", &["Thu, 01 Jan 1970 00:00:00 GMT"]),
        ("expires", &["Thu, 01 Jan 1970 00:15:00 GMT"]),
        ("last-modified", &[]),
        ("content-type", &["text/html"]),
        ("x-own", &["1", "2"]),
        ("vary", &[]),
        ("content-length", &["4"]),
    ] {
        assert_eq!(all(&answer, name), expected, "{name}");
    }
    assert_eq!(all(&answer, "etag").len(), 1);
}

#[test]
fn the_one_who_ran_the_handler_sees_no_age() {
    let kept = page(200, &[], &terms());
    assert!(
        all(
            &respond(&kept, &Conditions::default(), false, STORED, None),
            "age"
        )
        .is_empty()
    );
    let aged = page(200, &[("age", "5")], &terms());
    assert_eq!(
        all(
            &respond(&aged, &Conditions::default(), false, STORED, None),
            "age"
        ),
        ["5"]
    );
    assert_eq!(all(&plain_answer(&aged), "age"), ["8"]);
}

#[test]
fn who_may_keep_it_downstream() {
    use Audience::{Admitted, Anybody, OneVisitor};
    for (audience, revalidate, browser, own, expected) in [
        (Anybody, false, None, None, "max-age=900"),
        (Anybody, true, None, None, "max-age=0, must-revalidate"),
        (Anybody, true, Some(60), None, "max-age=60"),
        (Anybody, false, Some(60), None, "max-age=60"),
        (Anybody, false, Some(1800), None, "max-age=900"),
        (
            Anybody,
            true,
            None,
            Some("public, max-age=5"),
            "public, max-age=5",
        ),
        (OneVisitor, false, None, None, "private, max-age=900"),
        (
            OneVisitor,
            true,
            None,
            None,
            "private, max-age=0, must-revalidate",
        ),
        (
            OneVisitor,
            false,
            None,
            Some("public, max-age=5"),
            "private, max-age=5",
        ),
        (
            OneVisitor,
            false,
            None,
            Some("s-maxage=5"),
            "private, max-age=900",
        ),
        (
            Admitted,
            false,
            None,
            None,
            "private, max-age=0, must-revalidate",
        ),
        (Admitted, true, Some(60), None, "private, max-age=60"),
        (
            Admitted,
            false,
            None,
            Some("public, max-age=5"),
            "private, max-age=0, must-revalidate",
        ),
    ] {
        let browser = browser.map(Duration::from_secs);
        let fields: Vec<_> = own
            .iter()
            .flat_map(|own| [("cache-control", *own), ("cdn-cache-control", "max-age=5")])
            .collect();
        let terms = DownstreamTerms {
            browser,
            audience,
            revalidate,
            ..terms()
        };
        let answer = plain_answer(&page(200, &fields, &terms));
        assert_eq!(all(&answer, "cache-control"), [expected]);
        assert_eq!(
            all(&answer, "expires").is_empty(),
            own.is_some_and(|own| own.starts_with("public")) && audience != Admitted,
            "{expected}"
        );
        assert_eq!(
            all(&answer, "cdn-cache-control").is_empty(),
            own.is_none() || audience != Anybody,
            "{expected}"
        );
    }
}

#[test]
fn what_belongs_to_the_message_is_not_kept() {
    let answer = plain_answer(&page(
        200,
        &[
            ("connection", "close, X-Hop"),
            ("x-hop", "1"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("content-length", "99"),
            ("trailer", "x"),
            ("upgrade", "h2c"),
            ("set-cookie", "id=1"),
            ("content-encoding", "br"),
        ],
        &terms(),
    ));
    for name in [
        "connection",
        "x-hop",
        "keep-alive",
        "transfer-encoding",
        "trailer",
        "upgrade",
        "set-cookie",
    ] {
        assert!(all(&answer, name).is_empty(), "{name}");
    }
    assert_eq!(all(&answer, "content-encoding"), ["br"]);
    assert_eq!(all(&answer, "content-length"), ["4"]);
}

#[test]
fn a_head_is_the_get_without_its_body() {
    let kept = page(200, &[("content-type", "text/html")], &terms());
    let (get, head) = (
        plain_answer(&kept),
        respond(
            &kept,
            &Conditions::default(),
            true,
            HIT,
            Some(Duration::from_secs(3)),
        ),
    );
    assert!(head.body().is_empty());
    assert_eq!(all(&head, "content-length"), ["4"]);
    assert_eq!(head.headers(), get.headers());
}

#[test]
fn a_known_page_is_a_304_from_the_entry_alone() {
    let varied = Varied {
        headers: vec![http::header::ACCEPT_LANGUAGE],
        cookies: &[],
        ..Varied::default()
    };
    let kept = page(
        200,
        &[
            ("content-type", "text/html"),
            ("content-location", "/en"),
            ("x-own", "1"),
        ],
        &DownstreamTerms {
            varied: &varied,
            ..terms()
        },
    );
    let tag = plain_answer(&kept).headers()[ETAG].clone();
    let conditions = Conditions::of(&[(IF_NONE_MATCH, tag.clone())].into_iter().collect());
    let answer = respond(&kept, &conditions, false, HIT, Some(Duration::ZERO));
    assert_eq!(
        (answer.status(), answer.body().len()),
        (StatusCode::NOT_MODIFIED, 0)
    );
    let mut names: Vec<&str> = answer.headers().keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "age",
            "cache-control",
            "cache-status",
            "content-length",
            "content-location",
            "date",
            "etag",
            "expires",
            "vary"
        ]
    );
    assert_eq!(answer.headers()[ETAG], tag);
    assert_eq!(
        respond(&kept, &conditions, true, HIT, None).status(),
        StatusCode::NOT_MODIFIED
    );
}

#[test]
fn only_a_200_can_be_unchanged() {
    let any = Conditions::of(
        &[(IF_NONE_MATCH, HeaderValue::from_static("*"))]
            .into_iter()
            .collect(),
    );
    let missing = page(404, &[], &terms());
    assert_eq!(
        respond(&missing, &any, false, HIT, None).status(),
        StatusCode::NOT_FOUND
    );
    assert!(!plain_answer(&missing).headers().contains_key(ETAG));
}

#[test]
fn the_handlers_own_validators_stand() {
    let fields = [
        ("etag", "\"own\""),
        ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("date", "Sun, 06 Nov 1994 08:49:38 GMT"),
    ];
    let answer = plain_answer(&page(200, &fields, &terms()));
    for (name, value) in fields {
        assert_eq!(all(&answer, name), [value]);
    }
    assert_eq!(all(&answer, "expires"), ["Sun, 06 Nov 1994 09:04:38 GMT"]);
}

#[test]
fn earlier_caches_keep_their_word() {
    let answer = plain_answer(&page(200, &[("cache-status", "origin; hit")], &terms()));
    assert_eq!(
        all(&answer, "cache-status"),
        ["origin; hit", "cache-core; hit; ttl=7"]
    );
}

#[test]
fn a_life_beyond_all_dates_panics_nowhere() {
    let answer = plain_answer(&page(
        200,
        &[("age", "18446744073709551615")],
        &DownstreamTerms {
            ttl: Duration::MAX,
            ..terms()
        },
    ));
    assert_eq!(all(&answer, "age"), ["18446744073709551615"]);
    assert_eq!(all(&answer, "cache-control"), ["max-age=31536000"]);
    let far = DownstreamTerms {
        now: NOW + Duration::from_secs(YEAR_9999 - 1),
        ..terms()
    };
    let answer = plain_answer(&page(200, &[], &far));
    assert_eq!(all(&answer, "date"), ["Fri, 31 Dec 9999 23:59:59 GMT"]);
    assert!(all(&answer, "expires").is_empty());
}

#[test]
fn the_weight_counts_body_and_fields() {
    let (small, large) = (
        page(200, &[], &terms()),
        page(200, &[("content-type", "text/html")], &terms()),
    );
    assert!(large.weight() > small.weight() && small.weight() > 4);
}

#[test]
fn as_many_fields_as_a_map_holds_leave_room_for_what_the_cache_says() {
    let body = Bytes::from_static(b"page");
    let kept = StoredPage::new(StatusCode::OK, full(), body, &terms());
    let answer = plain_answer(&kept);
    for name in ["age", "cache-status", "cache-control", "date", "etag"] {
        assert_eq!(all(&answer, name).len(), 1, "{name}");
    }
}
