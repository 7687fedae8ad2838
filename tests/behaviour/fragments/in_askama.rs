//! `CachedHtml` in the templates of askama.

use std::any::Any;

use askama::Template;
use cache_core::askama::CachedHtml;
use cache_core::{Cache, cached, invalidate_tag};

use crate::support::{Runs, installed};

/// Counts its renderings.
#[derive(Template)]
#[template(ext = "html", source = "<nav>{{ title }} {{ runs.run() }}</nav>")]
struct Sidebar<'a> {
    title: &'a str,
    runs: &'a Runs,
}

#[derive(Template)]
#[template(ext = "html", source = "<h1>{{ title }}</h1>{{ sidebar }}")]
struct Page<'a> {
    title: &'a str,
    sidebar: CachedHtml<Sidebar<'a>>,
}

#[derive(Template)]
#[template(ext = "txt", source = "{{ title }}: {{ sidebar }}")]
struct Plain<'a> {
    title: &'a str,
    sidebar: CachedHtml<Sidebar<'a>>,
}

#[test]
fn the_inner_template_is_rendered_once_for_each_name_and_its_parts() {
    let (cache, runs) = (Cache::memory(100), Runs::new());
    let page = |title, lang: &str| {
        let inner = Sidebar { title, runs: &runs };
        let sidebar = CachedHtml::new(cache.fragment("sidebar").with(lang), inner);
        Page { title, sidebar }.render().unwrap()
    };
    assert_eq!(page("One", "en"), "<h1>One</h1><nav>One 1</nav>");
    assert_eq!(page("Two", "en"), "<h1>Two</h1><nav>One 1</nav>");
    assert_eq!(page("Two", "de"), "<h1>Two</h1><nav>Two 2</nav>");
}

#[test]
fn what_the_inner_template_has_escaped_is_not_escaped_again() {
    let (cache, runs) = (Cache::memory(100), Runs::new());
    let title = "<&>";
    for _ in 0..2 {
        let sidebar = || CachedHtml::new(cache.fragment("f"), Sidebar { title, runs: &runs });
        let page = Page {
            title,
            sidebar: sidebar(),
        };
        let inner = "<nav>&#60;&#38;&#62; 1</nav>";
        assert_eq!(
            page.render().unwrap(),
            format!("<h1>&#60;&#38;&#62;</h1>{inner}")
        );
        assert_eq!(page.to_string(), page.render().unwrap());
        let plain = Plain {
            title,
            sidebar: sidebar(),
        };
        assert_eq!(plain.render().unwrap(), format!("<&>: {inner}"));
        assert_eq!(sidebar().to_string(), inner);
    }
}

#[tokio::test]
async fn a_function_that_shows_it_is_stale_with_its_tags() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached]
    fn page(title: &str) -> String {
        let cache = cache_core::cache();
        let fragment = cache
            .fragment("fragments:askama")
            .tags(["fragments:askama"]);
        let sidebar = CachedHtml::new(
            fragment,
            Sidebar {
                title: "",
                runs: &RUNS,
            },
        );
        Page { title, sidebar }.render().unwrap()
    }
    // The first one renders the fragment, the second finds it.
    let pages = || [page("One"), page("Two")];
    pages();
    invalidate_tag("fragments:askama").await.unwrap();
    assert_eq!([page::peek("One"), page::peek("Two")], [None, None]);
    assert_eq!(pages()[1], "<h1>Two</h1><nav> 2</nav>");
}

#[test]
fn an_error_of_the_inner_template_is_that_of_the_outer_and_not_kept() {
    #[derive(Template)]
    #[template(ext = "html", source = "{{ number.clone()? }}")]
    struct Inner {
        number: Result<u8, std::num::ParseIntError>,
    }
    #[derive(Template)]
    #[template(ext = "html", source = "{{ inner }}")]
    struct Outer {
        inner: CachedHtml<Inner>,
    }
    let cache = Cache::memory(100);
    let outer = |text: &str| Outer {
        inner: CachedHtml::new(
            cache.fragment("f"),
            Inner {
                number: text.parse(),
            },
        ),
    };
    let error = outer("x").render().unwrap_err();
    assert!(error.to_string().contains("invalid digit"), "{error}");
    assert_eq!(outer("7").render().unwrap(), "7");
    assert_eq!(outer("x").render().unwrap(), "7", "it is kept now");
}

#[test]
fn the_runtime_values_of_the_outer_template_reach_the_inner_one() {
    #[derive(Template)]
    #[template(ext = "html", source = r#"{{ ("n"|value::<u64>)? }}"#)]
    struct Inner;
    #[derive(Template)]
    #[template(ext = "html", source = "{{ inner }}")]
    struct Outer {
        inner: CachedHtml<Inner>,
    }
    let cache = Cache::memory(100);
    let inner = CachedHtml::new(cache.fragment("f"), Inner);
    let n: Box<dyn Any> = Box::new(7_u64);
    let page = Outer { inner }.render_with_values(&("n", n));
    assert_eq!(page.unwrap(), "7");
}
