//! Types of other crates: different values have different keys, and derived keys can contain them.

use std::fmt::Debug;
use std::thread::ThreadId;

use cache_core::{CacheKey, cached};

use super::values::{agree, last};

fn differ<T: CacheKey + Debug>(values: &[T]) {
    for (at, one) in values.iter().enumerate() {
        for (other_at, other) in values.iter().enumerate() {
            agree(one, other, at == other_at).unwrap();
        }
    }
}

#[derive(CacheKey, Clone, Debug)]
struct UserId(uuid::Uuid);

#[test]
fn uuids() {
    let of = |number| UserId(uuid::Uuid::from_u128(number));
    differ(&[of(0), of(1), of(u128::MAX)]);
    let text = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    let uuid: uuid::Uuid = text.parse().unwrap();
    assert_eq!(last(&uuid), text.as_bytes());
}

#[test]
fn urls() {
    let of = |text: &str| url::Url::parse(text).unwrap();
    differ(&[
        of("http://a/b"),
        of("http://a/b?c"),
        of("http://a/b%20"),
        of("http://a:81/b"),
    ]);
    assert_eq!(last(&of("http://a/b:c%20")), b"http://a/b:c%20");
}

#[test]
fn texts_and_bytes() {
    differ(&["", "a", "a:b"].map(smol_str::SmolStr::new));
    differ(&[&b""[..], b"\xff", b"%FF", b"a"].map(bytes::Bytes::from_static));
}

#[test]
fn parts_of_requests() {
    use http::{HeaderName, Method, StatusCode, Uri};
    differ(&[
        Method::GET,
        Method::POST,
        Method::from_bytes(b"get").unwrap(),
    ]);
    differ(&[
        Uri::from_static("/a?b"),
        Uri::from_static("/a?"),
        Uri::from_static("http://h/a"),
    ]);
    differ(&[HeaderName::from_static("a"), HeaderName::from_static("b")]);
    differ(&[StatusCode::OK, StatusCode::CREATED]);
}

#[test]
fn times_of_chrono() {
    use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc, Weekday};
    let date = |year, day| NaiveDate::from_ymd_opt(year, 1, day).unwrap();
    differ(&[date(2024, 1), date(2024, 2), date(-2024, 1), date(12024, 1)]);
    let at = |nano| date(2024, 1).and_hms_nano_opt(23, 59, 59, nano).unwrap();
    differ(&[at(0), at(1), at(100_000_000), at(1_000_000_000)]);
    differ(&[0, 1, -1].map(TimeDelta::nanoseconds));
    differ(&[
        TimeDelta::seconds(-1),
        TimeDelta::nanoseconds(-1_000_000_001),
    ]);
    let utc: DateTime<Utc> = at(0).and_utc();
    let zone = |seconds| utc.with_timezone(&FixedOffset::east_opt(seconds).unwrap());
    differ(&[zone(0), zone(3600), zone(3601), zone(-3600)]);
    differ(&[utc, utc + TimeDelta::nanoseconds(1)]);
    differ(&[Weekday::Mon, Weekday::Sun]);
}

#[test]
fn times_of_time() {
    use time::{Date, Duration, OffsetDateTime, Time, UtcOffset};
    let date = |day| Date::from_ordinal_date(2024, day).unwrap();
    differ(&[date(1), date(2), date(366)]);
    let at = |nano| Time::from_hms_nano(1, 2, 3, nano).unwrap();
    differ(&[at(0), at(1), at(10), at(100_000_000)]);
    differ(&[Duration::ZERO, Duration::nanoseconds(-1), Duration::SECOND]);
    let utc = OffsetDateTime::UNIX_EPOCH;
    let zone = |seconds| utc.to_offset(UtcOffset::from_whole_seconds(seconds).unwrap());
    differ(&[zone(0), zone(3600), zone(3601), zone(-3600)]);
    differ(&[utc, utc + Duration::NANOSECOND]);
}

/// A type of another crate that is not a key.
#[derive(Clone, Debug)]
struct Version(ThreadId, u32);

fn number(version: &Version) -> u32 {
    version.1
}

#[derive(CacheKey, Clone, Debug)]
struct Release {
    #[cache_key(with = number)]
    version: Version,
    #[cache_key(with = |name: &String| name.to_lowercase())]
    name: String,
    #[cache_key(with = Option::as_deref, skip_if = Option::is_none)]
    note: Option<Box<str>>,
}

#[cached]
fn notes(release: &Release) -> u32 {
    release.version.1
}

#[test]
fn a_field_is_keyed_by_what_a_function_makes_of_it() {
    let thread = std::thread::current().id();
    let release = |number, name: &str, note: Option<&str>| Release {
        version: Version(thread, number),
        name: name.to_owned(),
        note: note.map(Into::into),
    };
    differ(&[
        release(1, "a", None),
        release(2, "a", None),
        release(1, "b", None),
        release(1, "a", Some("")),
    ]);
    agree(&release(1, "A", None), &release(1, "a", None), true).unwrap();
    assert_eq!(notes(&release(1, "A", None)), 1);
    assert_eq!(release(1, "a", None).version.0, thread);
    assert_eq!(notes::peek(&release(1, "a", None)), Some(1));
}
