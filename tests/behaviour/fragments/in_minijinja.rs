//! `{% call cached(…) %}` in the templates of minijinja.

use std::sync::Arc;

use cache_core::testing::scope_blocking;
use cache_core::{Cache, Caches, cache, cached, invalidate_tag};
use minijinja::{AutoEscape, Environment, Error, Value, context};

use crate::support::{Runs, installed, on_thread};

mod arguments;

/// An environment with the function `cached`, and with `run()`, which counts how often it is called.
fn environment() -> (Environment<'static>, Arc<Runs>) {
    let (mut env, runs) = (Environment::new(), Arc::new(Runs::new()));
    cache_core::minijinja::add_to(&mut env);
    let counted = runs.clone();
    env.add_function("run", move || counted.run());
    (env, runs)
}

/// Renders in caches of its own, so that tests share no fragment.
fn alone<T>(test: impl FnOnce() -> T) -> T {
    scope_blocking(
        Caches::new().with("brief", Cache::builder().ttl("1m").build()),
        test,
    )
}

fn html(env: &Environment<'_>, source: &str, context: Value) -> Result<String, Error> {
    env.render_named_str("test.html", source, context)
}

#[test]
fn the_body_is_rendered_once_for_each_name_and_its_values() {
    let (env, runs) = environment();
    let source = r#"{% call cached("f", a, b) %}{{ a }} {{ b }} {{ run() }}{% endcall %}"#;
    alone(|| {
        for (a, b, text) in [(1, 2, "1 2 1"), (2, 1, "2 1 2"), (1, 2, "1 2 1")] {
            assert_eq!(html(&env, source, context! { a, b }).unwrap(), text);
        }
        let other = source.replace("\"f\"", "\"g\"");
        assert_eq!(
            html(&env, &other, context! { a => 1, b => 2 }).unwrap(),
            "1 2 3"
        );
    });
    assert_eq!(runs.count(), 3);
}

#[test]
fn a_loop_has_a_fragment_for_each_of_its_items() {
    let (env, runs) = environment();
    let source = r#"{% for n in all %}{% call cached("item", n) %}<{{ n }}>{{ run() }}{% endcall %}{% endfor %}"#;
    alone(|| {
        let list = |all: &[u64]| html(&env, source, context! { all => all.to_vec() }).unwrap();
        assert_eq!(list(&[7, 8]), "<7>1<8>2");
        assert_eq!(list(&[8, 9, 7]), "<8>2<9>3<7>1");
    });
    assert_eq!(runs.count(), 3);
}

#[test]
fn what_the_body_has_escaped_is_not_escaped_again() {
    let (env, _) = environment();
    let source = r#"{% call cached("f") %}<b>{{ x }}</b>{% endcall %}"#;
    alone(|| {
        for _ in 0..2 {
            let page = html(&env, source, context! { x => "<&>" }).unwrap();
            assert_eq!(page, "<b>&lt;&amp;&gt;</b>");
        }
    });
}

#[test]
fn a_fragment_is_not_shown_where_another_escaping_holds() {
    let (mut env, _) = environment();
    env.set_formatter(|out, state, value| match state.auto_escape() {
        AutoEscape::Custom(name) if !value.is_safe() => Ok(write!(out, "{name}({value})")?),
        AutoEscape::Custom(_) => Ok(write!(out, "{value}")?),
        _ => minijinja::escape_formatter(out, state, value),
    });
    env.set_auto_escape_callback(|name| match name.rsplit('.').next() {
        Some("html") => AutoEscape::Html,
        Some("json") => AutoEscape::Json,
        Some(name @ ("tex" | "Html")) => AutoEscape::Custom(name.to_owned().into()),
        _ => AutoEscape::None,
    });
    let source = r#"{% call cached("f") %}{{ x }}{% endcall %}"#;
    let off = format!("{{% autoescape false %}}{source}{{% endautoescape %}}");
    let modes = [
        ("a.txt", source, "<'>"),
        ("a.html", source, "&lt;&#x27;&gt;"),
        ("a.html", off.as_str(), "<'>"),
        ("a.json", source, "\"<'>\""),
        ("a.tex", source, "tex(<'>)"),
        ("a.Html", source, "Html(<'>)"),
    ];
    alone(|| {
        let by_hand = cache().blocking().fragment("Html").with("f");
        by_hand
            .render(|| Ok::<_, Error>("<b>by hand</b>".to_owned()))
            .unwrap();
        for _ in 0..2 {
            for (file, source, text) in modes {
                let page = env.render_named_str(file, source, context! { x => "<'>" });
                assert_eq!(page.unwrap(), text, "{file}");
            }
        }
    });
}

#[test]
fn a_text_that_is_safe_is_not_shown_in_place_of_one_that_is_not() {
    let (env, _) = environment();
    let source = r#"{% call cached("f", x) %}{{ x }}{% endcall %}"#;
    let safe = Value::from_safe_string("<b>".to_owned());
    alone(|| {
        assert_eq!(html(&env, source, context! { x => safe }).unwrap(), "<b>");
        assert_eq!(
            html(&env, source, context! { x => "<b>" }).unwrap(),
            "&lt;b&gt;"
        );
    });
}

#[tokio::test]
async fn a_function_that_shows_it_is_stale_with_its_tags_and_with_those_of_calls_inside() {
    installed();
    #[cached(tags("fragments:minijinja:{n}"))]
    fn number(n: u64) -> u64 {
        n
    }
    #[cached]
    fn page(title: &str) -> String {
        let (mut env, _) = environment();
        env.add_function("number", |n: u64| number(n));
        let source = r#"{{ title }}{% call cached("fragments:minijinja", n, tags=["fragments:listed", "fragments:n:" ~ n]) %}
            {{ number(n) }}{% endcall %}{% call cached("fragments:one", tags="fragments:single") %}{% endcall %}"#;
        html(&env, source, context! { title, n => 7 }).unwrap()
    }
    let kept = || [page::peek("One"), page::peek("Two")].map(|page| page.is_some());
    for tag in [
        "fragments:listed",
        "fragments:n:7",
        "fragments:single",
        "fragments:minijinja:7",
    ] {
        // The first one renders the fragments, the second finds them.
        page("One");
        page("Two");
        assert_eq!(kept(), [true, true], "{tag}");
        invalidate_tag(tag).await.unwrap();
        assert_eq!(kept(), [false, false], "{tag}");
    }
}

#[test]
fn an_error_in_the_body_is_returned_and_not_kept() {
    let (mut env, _) = environment();
    let source = r#"{% call cached("f") %}{{ 6 // n }}{% endcall %}"#;
    env.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    alone(|| {
        let error = html(&env, source, context! { n => 0 }).unwrap_err();
        assert!(error.to_string().contains("test.html:1"), "{error}");
        assert_eq!(html(&env, source, context! { n => 2 }).unwrap(), "3");
    });
}

#[test]
fn fragments_nest_and_one_inside_itself_ends() {
    let (env, runs) = environment();
    let nested = r#"{% call cached("outer") %}({% call cached("inner") %}{{ run() }}{% endcall %}){% endcall %}"#;
    let inside_itself =
        r#"{% call cached("f") %}({% call cached("f") %}{{ run() }}{% endcall %}){% endcall %}"#;
    let pages = on_thread(move || {
        alone(|| {
            [nested, nested, inside_itself].map(|source| html(&env, source, context! {}).unwrap())
        })
    });
    assert_eq!(pages, ["(1)", "(1)", "(2)"]);
    assert_eq!(runs.count(), 2);
}
