//! What a template says of a fragment: its values, its ttl, and mistakes.

use std::time::Duration;

use cache_core::testing::Clock;
use minijinja::context;

use super::{alone, environment, html};

/// Django's fragments of `["a:b", "c"]` and `["a", "b:c"]`, and what only types tell apart.
#[test]
fn values_never_run_into_each_other() {
    let (env, runs) = environment();
    let arguments = [
        "",
        "''",
        "'',''",
        "none",
        "'none'",
        "true",
        "'true'",
        "1",
        "'1'",
        "1.0",
        "'1.0'",
        "-1",
        "'a:b','c'",
        "'a','b:c'",
        "'a:b:c'",
        "'a','bc'",
        "'ab','c'",
        "'a b'",
        "'a',' b'",
        "'100%'",
        "'100%25'",
        "'ü'",
        "[]",
        "[[]]",
        "['a','b']",
        "['a,b']",
        "[\"a,'b\"]",
        "[1,2]",
        "['1,2']",
        "'[1,2,]'",
        "['a'],'b'",
        "['a',['b']]",
        "'a'|safe",
        "'a'",
        "\"'a\"",
        "\"safe'a\"",
        "'x'*10000",
        "'x'*9999",
    ];
    let all = || {
        arguments.map(|arguments| {
            let comma = if arguments.is_empty() { "" } else { "," };
            let source =
                format!("{{% call cached('f'{comma}{arguments}) %}}{{{{ run() }}}}{{% endcall %}}");
            html(&env, &source, context! {}).unwrap()
        })
    };
    alone(|| {
        let first = all();
        assert_eq!(runs.count(), arguments.len(), "{first:?}");
        assert_eq!(all(), first);
    });
}

#[test]
fn a_ttl_is_a_text_or_seconds_or_none_for_ever() {
    let (env, runs) = environment();
    let clock = Clock::freeze();
    let all = || {
        for ttl in ["", ",ttl='10s'", ",ttl=10", ",ttl=wanted", ",ttl=none"] {
            let source = format!(
                "{{% call cached('f','{}',cache='brief'{ttl}) %}}{{{{ run() }}}}{{% endcall %}}",
                ttl.len()
            );
            html(&env, &source, context! { wanted => "10s" }).unwrap();
        }
    };
    alone(|| {
        for (after, anew) in [(0, 5), (9, 0), (2, 3), (50, 4), (1_000_000, 4)] {
            clock.advance(Duration::from_secs(after));
            assert_eq!(runs.of(all), anew, "after {after} seconds more");
        }
    });
}

/// What Django answers with a syntax error, and what would mix up users.
#[test]
fn a_wrong_argument_is_an_error_that_says_what_to_write() {
    let (env, runs) = environment();
    let cases = [
        ("", "missing argument"),
        ("7", "not a string"),
        (
            "'f', user.id",
            "value 1 of the fragment `f` is undefined: write `…|default(none)`",
        ),
        (
            "'f', 1, user",
            "value 2 of the fragment `f` is not a plain value: name a field of it",
        ),
        ("'f', [nobody]", "is undefined"),
        (
            "'f', ttl='5'",
            "`ttl` of the fragment `f` must be a time, such as \"10m\"",
        ),
        ("'f', ttl=-1", "`ttl` of the fragment `f` must be a time"),
        ("'f', ttl=1.5", "`ttl` of the fragment `f` must be a time"),
        (
            "'f', ttl=nobody",
            "`ttl` of the fragment `f` must be a time",
        ),
        (
            "'f', tags=[1]",
            "`tags` of the fragment `f` must be a text, or a list of texts",
        ),
        (
            "'f', tags=nobody",
            "`tags` of the fragment `f` must be a text",
        ),
        ("'f', cache='nowhere'", "nowhere"),
        ("'f', tll='5m'", "unknown keyword argument 'tll'"),
    ];
    alone(|| {
        for (arguments, expected) in cases {
            let source = format!("{{% call cached({arguments}) %}}{{{{ run() }}}}{{% endcall %}}");
            let user = context! { name => "x" };
            let error = html(&env, &source, context! { user }).unwrap_err();
            assert!(error.to_string().contains(expected), "{arguments}: {error}");
        }
        let error = html(&env, "{{ cached('f') }}", context! {}).unwrap_err();
        assert!(
            error.to_string().contains("{% call cached(\"name\") %}"),
            "{error}"
        );
    });
    assert_eq!(runs.count(), 0);
}
