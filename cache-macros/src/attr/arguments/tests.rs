use super::*;
use crate::attr::{CachePageArguments, CachedArguments};
use crate::testing::mistakes;

fn cached(arguments: &str) -> Vec<(String, String)> {
    mistakes::<CachedArguments>(arguments)
}

fn one(arguments: &str) -> (String, String) {
    let mut found = cached(arguments);
    assert_eq!(found.len(), 1, "{arguments}: {found:?}");
    found.remove(0)
}

#[test]
fn every_argument_of_the_table_is_read() {
    for (name, usage, kinds) in TABLE {
        let found = if kinds.contains(&AttributeKind::Cached) {
            cached(usage)
        } else {
            mistakes::<CachePageArguments>(usage)
        };
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}

#[test]
fn an_unknown_argument_gets_a_suggestion_and_the_list() {
    let (at, message) = one("tll = 5");
    assert_eq!(at, "tll");
    assert!(message.starts_with("`tll` is not an argument of `#[cached]`; did you mean `ttl`? the arguments are key, ttl"), "{message}");
    assert!(!one("banana").1.contains("did you mean"));
}

#[test]
fn an_argument_of_the_other_attribute_names_it() {
    assert_eq!(
        one("guard(admin)").1,
        "`guard(admin)` belongs to `#[cache_page]`; `#[cached]` does not take it"
    );
    assert_eq!(
        mistakes::<CachePageArguments>("local")[0].1,
        "`local` belongs to `#[cached]`; `#[cache_page]` does not take it"
    );
    assert_eq!(
        one("vary_on(cookies)").1,
        "`#[vary_on]` is an attribute of its own: write it above or below this one"
    );
}

#[test]
fn given_twice_stands_on_the_second() {
    assert_eq!(
        one("ttl = 5, ttl = 6"),
        ("ttl".to_owned(), "`ttl` is given twice".to_owned())
    );
}

#[test]
fn mistakes_are_gathered_and_each_stands_on_its_token() {
    let found =
        cached("ttl = \"15min\", capacity, keey = \"a\", skip(db), version = |a, b| a, local = 1");
    let at: Vec<&str> = found.iter().map(|(at, _)| at.as_str()).collect();
    assert_eq!(at, ["\"15min\"", "capacity", "keey", "|", "="]);
}

fn expect(arguments: &str, at: &str, message: &str) {
    assert_eq!(one(arguments), (at.to_owned(), message.to_owned()));
}

#[test]
fn values_of_the_wrong_kind_show_the_right_form() {
    expect(
        "key",
        "key",
        r#"`key` takes a value, as in `key = "user:{id}"`"#,
    );
    expect(
        "key = , ttl = 1",
        "key",
        r#"`key =` is followed by no value, as in `key = "user:{id}"`"#,
    );
    expect(
        "key = id",
        "id",
        r#"`key` takes a text with holes for the arguments, as in `key = "user:{id}"`"#,
    );
    expect(
        "ttl = 1.5",
        "1.5",
        "a time is whole seconds, as in `900`, text, as in `\"15m\"`, or an expression that gives whole seconds or a `Duration`",
    );
    expect(
        "ttl = 5f64",
        "5f64",
        "a time is whole seconds, as in `900`, text, as in `\"15m\"`, or an expression that gives whole seconds or a `Duration`",
    );
    expect(
        "ttl = 99999999999999999999",
        "99999999999999999999",
        "`99999999999999999999` is longer than time can be counted",
    );
    expect("ttl = -5", "-5", "a time is not negative");
    expect("ttl = 0", "0", "a `ttl` of zero keeps nothing");
    expect(
        "cache_err = |e| x",
        "|",
        "`cache_err` takes a time, not a closure; only `ttl` looks at the outcome",
    );
    expect(
        "skip",
        "skip",
        "`skip` takes names of arguments, as in `skip(db)`",
    );
    expect(
        "skip = db",
        "=",
        "`skip` takes names of arguments, as in `skip(db)`",
    );
    expect("skip()", "skip", "`skip` names no argument");
    expect("skip(db, db)", "db", "`db` is given twice in `skip`");
    expect(
        "version = \"2\"",
        "\"2\"",
        "`version` takes a whole number, as in `version = 2`",
    );
    expect(
        "cache = pages",
        "pages",
        "`cache` takes a text, as in `cache = \"pages\"`",
    );
    expect("cache = \"\"", "\"\"", "an empty `cache` names nothing");
    expect(
        "handle = true",
        "true",
        "a handle is there unless `handle = false`",
    );
    expect(
        "handle = 5",
        "5",
        "`handle` takes a name, as in `handle = fib_cache`, or `false`",
    );
    expect(
        "crate = \"x\"",
        "\"x\"",
        "`crate` takes the path of cache-core, as in `crate = my_app::cache_core`",
    );
    expect(
        "ttl = 5 local",
        "local",
        "expected `,` and the next argument",
    );
}

#[test]
fn values_without_their_names_show_the_right_form() {
    expect(
        "= 5",
        "=",
        "expected the name of an argument, as in `ttl = \"5m\"`",
    );
    expect(
        "\"5m\"",
        "\"5m\"",
        "a value without its name; write `ttl = \"5m\"`",
    );
    expect(
        "\"user:{id}\"",
        "\"user:{id}\"",
        "a value without its name; write `key = \"user:{id}\"`",
    );
    expect("300", "300", "a value without its name; write `ttl = 300`");
    expect("5m", "5m", "a value without its name; write `ttl = \"5m\"`");
    expect(
        "10k",
        "10k",
        "a value without its name; write its name first, as in `ttl = \"5m\"`",
    );
    expect(
        "tags(posts)",
        "posts",
        "`posts` is text and needs quotes: write `tags(\"posts\")`; a hole takes an argument, as in `tags(\"user:{id}\")`",
    );
}

#[test]
fn lists_of_pages() {
    let page = |arguments: &str| mistakes::<CachePageArguments>(arguments)[0].clone();
    assert_eq!(
        page("query").1,
        "`query` takes a list, as in `query = [\"category\", \"page\"]`"
    );
    assert_eq!(page("query = \"a\"").0, "\"a\"");
    assert!(
        mistakes::<CachePageArguments>("query = []").is_empty(),
        "a page may depend on no parameter"
    );
}
