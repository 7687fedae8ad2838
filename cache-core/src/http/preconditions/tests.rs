use std::time::Duration;

use http::HeaderValue;

use super::PreconditionOutcome::{NotModified, PreconditionFailed, Proceed};
use super::*;

const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";
const FUTURE: &str = "Fri, 01 Jan 2100 00:00:00 GMT";

/// What a representation with this tag, changed at `MODIFIED` and a bit, decides.
fn with_tag(method: &str, tag: &str, fields: &[(&str, &str)]) -> PreconditionOutcome {
    let modified = SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_777_500);
    let tag = HeaderValue::from_str(tag).unwrap();
    let current = CurrentState {
        exists: true,
        tag: Some(EntityTag::of(&tag).expect("a tag")),
        modified: Some(modified),
    };
    decided(method, current, fields)
}

fn decided(
    method: &str,
    current: CurrentState<'_>,
    fields: &[(&str, &str)],
) -> PreconditionOutcome {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    evaluate(&method.parse().unwrap(), &headers, current)
}

/// A method, its fields, and what they decide.
type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], PreconditionOutcome);

#[track_caller]
fn assert_table(table: &[Row<'_>]) {
    for (method, fields, expected) in table {
        let found = with_tag(method, r#""a""#, fields);
        assert_eq!(found, *expected, "{method} {fields:?}");
    }
}

const ABSENT: CurrentState<'static> = CurrentState {
    exists: false,
    tag: None,
    modified: None,
};

#[test]
fn section_8_8_3_2_comparison() {
    for (own, other, strong, weak) in [
        (r#"W/"1""#, r#"W/"1""#, false, true),
        (r#"W/"1""#, r#"W/"2""#, false, false),
        (r#"W/"1""#, r#""1""#, false, true),
        (r#""1""#, r#"W/"1""#, false, true),
        (r#""1""#, r#""1""#, true, true),
        (r#""1""#, r#""2""#, false, false),
    ] {
        let of = |strong| if strong { Proceed } else { PreconditionFailed };
        assert_eq!(
            with_tag("PUT", own, &[("if-match", other)]),
            of(strong),
            "{own} {other}"
        );
        let of = |weak| if weak { NotModified } else { Proceed };
        assert_eq!(
            with_tag("GET", own, &[("if-none-match", other)]),
            of(weak),
            "{own} {other}"
        );
    }
}

#[test]
fn section_8_8_3_what_is_no_tag() {
    for text in [
        "a",
        r#""a"#,
        r#"w/"a""#,
        r#""a"b"#,
        r#""a""b""#,
        "",
        "W/",
        "*",
    ] {
        let value = HeaderValue::from_str(text).unwrap();
        assert!(EntityTag::of(&value).is_none(), "{text}");
    }
}

#[test]
fn section_13_1_1_if_match() {
    assert_table(&[
        ("PUT", &[("if-match", r#""a""#)], Proceed),
        ("PUT", &[("if-match", r#""b""#)], PreconditionFailed),
        ("GET", &[("if-match", r#""b""#)], PreconditionFailed),
        ("DELETE", &[("if-match", "*")], Proceed),
        // Weak tags never match.
        ("PUT", &[("if-match", r#"W/"a""#)], PreconditionFailed),
        // Lists, over several lines.
        ("PUT", &[("if-match", r#""b", "a""#)], Proceed),
        (
            "PUT",
            &[("if-match", r#""b""#), ("if-match", r#""a""#)],
            Proceed,
        ),
        ("PUT", &[("if-match", r#""b","c""#)], PreconditionFailed),
        // What cannot be read matches nothing, and what follows it is not read.
        ("PUT", &[("if-match", "")], PreconditionFailed),
        ("PUT", &[("if-match", "a")], PreconditionFailed),
        (
            "PUT",
            &[("if-match", r#"garbage, "a""#)],
            PreconditionFailed,
        ),
        ("PUT", &[("if-match", r#""b" "a""#)], PreconditionFailed),
        ("PUT", &[("if-match", r#"*, "a""#)], PreconditionFailed),
        ("PUT", &[("if-match", r#""a", garbage"#)], Proceed),
    ]);
    for field in ["*", r#""a""#] {
        let found = decided("PUT", ABSENT, &[("if-match", field)]);
        assert_eq!(found, PreconditionFailed, "{field}");
    }
}

#[test]
fn section_13_1_2_if_none_match() {
    assert_table(&[
        ("GET", &[("if-none-match", r#""a""#)], NotModified),
        ("HEAD", &[("if-none-match", r#"W/"a""#)], NotModified),
        ("GET", &[("if-none-match", r#""b""#)], Proceed),
        ("GET", &[("if-none-match", "*")], NotModified),
        ("PUT", &[("if-none-match", "*")], PreconditionFailed),
        ("POST", &[("if-none-match", r#""a""#)], PreconditionFailed),
        ("PUT", &[("if-none-match", r#""b""#)], Proceed),
        ("GET", &[("if-none-match", r#""b", W/"a""#)], NotModified),
        (
            "GET",
            &[("if-none-match", r#""b""#), ("if-none-match", r#""a""#)],
            NotModified,
        ),
        ("GET", &[("if-none-match", r#"a, "a""#)], Proceed),
        ("GET", &[("if-none-match", "")], Proceed),
    ]);
    assert_eq!(decided("PUT", ABSENT, &[("if-none-match", "*")]), Proceed);
    assert_eq!(decided("GET", ABSENT, &[("if-none-match", "*")]), Proceed);
}

#[test]
fn section_13_1_3_if_modified_since() {
    assert_table(&[
        ("GET", &[("if-modified-since", MODIFIED)], NotModified),
        ("HEAD", &[("if-modified-since", AFTER)], NotModified),
        ("GET", &[("if-modified-since", BEFORE)], Proceed),
        // The forms of old.
        (
            "GET",
            &[("if-modified-since", "Sunday, 06-Nov-94 08:49:37 GMT")],
            NotModified,
        ),
        (
            "GET",
            &[("if-modified-since", "Sun Nov  6 08:49:37 1994")],
            NotModified,
        ),
        // Ignored: no date, several, other methods.
        ("GET", &[("if-modified-since", "yesterday")], Proceed),
        ("GET", &[("if-modified-since", "784111777")], Proceed),
        (
            "GET",
            &[
                ("if-modified-since", MODIFIED),
                ("if-modified-since", MODIFIED),
            ],
            Proceed,
        ),
        ("GET", &[("if-modified-since", FUTURE)], NotModified),
        ("PUT", &[("if-modified-since", AFTER)], Proceed),
        ("POST", &[("if-modified-since", AFTER)], Proceed),
    ]);
    let undated = CurrentState {
        exists: true,
        ..ABSENT
    };
    let found = decided("GET", undated, &[("if-modified-since", AFTER)]);
    assert_eq!(found, Proceed);
}

#[test]
fn section_13_1_4_if_unmodified_since() {
    assert_table(&[
        ("PUT", &[("if-unmodified-since", MODIFIED)], Proceed),
        ("PUT", &[("if-unmodified-since", AFTER)], Proceed),
        (
            "PUT",
            &[("if-unmodified-since", BEFORE)],
            PreconditionFailed,
        ),
        (
            "GET",
            &[("if-unmodified-since", BEFORE)],
            PreconditionFailed,
        ),
        // Ignored.
        ("PUT", &[("if-unmodified-since", "yesterday")], Proceed),
        (
            "PUT",
            &[
                ("if-unmodified-since", BEFORE),
                ("if-unmodified-since", BEFORE),
            ],
            Proceed,
        ),
    ]);
    assert_eq!(
        decided("PUT", ABSENT, &[("if-unmodified-since", BEFORE)]),
        Proceed
    );
}

#[test]
fn section_13_2_1_methods_without_a_representation() {
    for method in ["OPTIONS", "TRACE", "CONNECT"] {
        for field in [
            ("if-match", r#""b""#),
            ("if-none-match", r#""a""#),
            ("if-unmodified-since", BEFORE),
        ] {
            assert_eq!(
                with_tag(method, r#""a""#, &[field]),
                Proceed,
                "{method} {field:?}"
            );
        }
    }
}

#[test]
fn section_13_2_2_order() {
    assert_table(&[
        // Without conditions.
        ("GET", &[], Proceed),
        ("PUT", &[], Proceed),
        // Step 1 before step 2: a date counts only where no tag is asked for.
        (
            "PUT",
            &[("if-match", r#""a""#), ("if-unmodified-since", BEFORE)],
            Proceed,
        ),
        (
            "PUT",
            &[("if-match", r#""b""#), ("if-unmodified-since", AFTER)],
            PreconditionFailed,
        ),
        // What holds in step 1 or 2 goes on to step 3.
        (
            "GET",
            &[("if-match", r#""a""#), ("if-none-match", r#""a""#)],
            NotModified,
        ),
        (
            "GET",
            &[("if-match", r#""b""#), ("if-none-match", r#""a""#)],
            PreconditionFailed,
        ),
        (
            "GET",
            &[("if-unmodified-since", AFTER), ("if-none-match", r#""a""#)],
            NotModified,
        ),
        (
            "PUT",
            &[("if-match", r#""a""#), ("if-none-match", "*")],
            PreconditionFailed,
        ),
        (
            "GET",
            &[("if-match", r#""a""#), ("if-modified-since", MODIFIED)],
            NotModified,
        ),
        // Step 3 before step 4.
        (
            "GET",
            &[("if-none-match", r#""b""#), ("if-modified-since", AFTER)],
            Proceed,
        ),
        (
            "GET",
            &[("if-none-match", r#""a""#), ("if-modified-since", BEFORE)],
            NotModified,
        ),
        (
            "GET",
            &[("if-none-match", "garbage"), ("if-modified-since", AFTER)],
            Proceed,
        ),
    ]);
}
