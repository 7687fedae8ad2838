use super::*;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprLit, ItemEnum, ItemFn, Lit, Meta};

#[test]
fn without_a_framework_the_feature_is_named() {
    assert!(needs(AttributeKind::CachePage, WebFramework::Axum, true).is_ok());
    let error = needs(AttributeKind::VaryOn, WebFramework::Axum, false)
        .expect_err("a mistake")
        .to_string();
    assert!(
        error.starts_with("`#[vary_on]` needs the feature `axum`"),
        "{error}"
    );
    assert!(error.contains("features = [\"axum\"]"), "{error}");
}

/// The docs of the functions and types in an expansion, by name.
#[derive(Default)]
struct Docs(Vec<(String, String)>);

impl Docs {
    fn add(&mut self, name: &Ident, attributes: &[Attribute]) {
        let lines = attributes
            .iter()
            .filter_map(|attribute| match &attribute.meta {
                Meta::NameValue(doc) if doc.path.is_ident("doc") => match &doc.value {
                    Expr::Lit(ExprLit {
                        lit: Lit::Str(line),
                        ..
                    }) => Some(line.value()),
                    _ => None,
                },
                _ => None,
            });
        let docs = lines.collect::<Vec<_>>().join("\n");
        self.0.push((name.to_string(), docs.trim().to_owned()));
    }
}

impl<'f> Visit<'f> for Docs {
    fn visit_item_fn(&mut self, function: &'f ItemFn) {
        self.add(&function.sig.ident, &function.attrs);
    }

    fn visit_item_enum(&mut self, handle: &'f ItemEnum) {
        self.add(&handle.ident, &handle.attrs);
        visit::visit_item_enum(self, handle);
    }
}

/// The docs of all that has the name `f` after the expansion: of the handle, and of the function.
fn docs(kind: AttributeKind, arguments: &str, item: &str) -> Vec<String> {
    let expanded = apply(
        kind,
        WebFramework::Axum,
        &arguments.parse().expect("tokens"),
        item.parse().expect("tokens"),
    );
    let file = syn::parse2(expanded).expect("items");
    let mut docs = Docs::default();
    docs.visit_file(&file);
    let of_name = docs.0.into_iter().filter(|(name, _)| name == "f");
    of_name.map(|(_, docs)| docs).collect()
}

/// What the docs say of the attribute, behind those of the user.
fn summary(kind: AttributeKind, arguments: &str, item: &str) -> String {
    let item = format!("/// Mine. {item}").replace("Mine. ", "Mine.\n");
    let of_function = docs(kind, arguments, &item).pop().expect("a function");
    let (own, ours) = of_function.split_once("\n\n").expect("two paragraphs");
    assert_eq!(own.trim(), "Mine.");
    let end = ours.find("\n\n").unwrap_or(ours.len());
    ours[..end].trim().to_owned()
}

#[test]
fn the_docs_of_a_function_say_what_its_attribute_says() {
    let of = |arguments| {
        summary(
            AttributeKind::Cached,
            arguments,
            "fn f(slug: &str, n: u64) -> u64 { n }",
        )
    };
    assert_eq!(
        of(r#"key = "post:{slug}", ttl = "15m", tags("posts", "n:{n}"), skip(n)"#),
        "Cached 15 min · key `post:{slug}` · tags `posts`, `n:{n}` · skip `n`"
    );
    assert_eq!(of(""), "Cached · key `slug`, `n`");
    assert_eq!(
        of("ttl = 60 * 60, condition = n != 99, unless = |n| *n == 0"),
        "Cached for `60 * 60` · key `slug`, `n` · if `n != 99` · unless `|n| *n == 0`"
    );
    assert_eq!(
        of("ttl = |n: &u64| seconds(*n), local, capacity = unbounded, version = 2"),
        "Cached for `|n: &u64| seconds(*n)` · key `slug`, `n` · unbounded · version 2"
    );
    assert_eq!(
        of(r#"ttl = 5405, key = "`{slug}{n}`", namespace = "all", cache = "pages""#),
        "Cached 1 h 30 min 5 s · key `` `{slug}{n}` `` · namespace `all` · cache `pages`"
    );
    assert_eq!(
        of(
            r#"ttl = 60, refresh_ahead = 0.8, stale_if_error = "6h", jitter = PART, replaces = old"#
        ),
        "Cached 1 min · key `slug`, `n` · refreshed ahead at 80 % · stale 6 h if a load fails · jitter `PART` · asks its source about the old value"
    );
    assert_eq!(
        of(r#"stale_while_revalidate = n, soft_timeout = "200ms", hard_timeout = 2, fallback = 0"#),
        "Cached · key `slug`, `n` · stale `n` while it is loaded anew · stale after 200 ms · gives up after 2 s · fallback `0`"
    );
}

#[test]
fn the_docs_of_a_page_say_who_sees_it() {
    let of = |arguments| {
        summary(
            AttributeKind::CachePage,
            arguments,
            "async fn f(_admin: Admin) -> &'static str { \"\" }",
        )
    };
    assert_eq!(
        of(
            r#"ttl = 900, guard(_admin), __vary_on(headers = ["Accept-Language"], cookies = ["theme"])"#
        ),
        "Cached 15 min · key host, path and query · varies on headers `accept-language` · varies on cookies `theme` · guard `_admin`"
    );
    assert_eq!(
        of(r#"guard(_admin), __vary_on(languages = ["en", "de"], encodings = ["gzip"], device)"#),
        "Cached · key host, path and query · varies on headers `accept-language`, `accept-encoding`, `user-agent` · languages `en`, `de` · encodings `gzip` · one for phones, tablets and desktops each · guard `_admin`"
    );
    assert_eq!(
        of(r#"query = ["page"], browser = "5s", skip(_admin), __vary_on(cookies)"#),
        "Cached · key host, path and query `page` · varies on all cookies · skip `_admin` · browsers 5 s"
    );
    assert_eq!(
        of(
            r#"skip(_admin), __conditional(etag = "post:{N}"), __cache_control(public, max_age = 5)"#
        ),
        "Cached · key host, path and query · skip `_admin` · tells caches public, max_age 5 s · tag `post:{N}`"
    );
}

#[test]
fn the_docs_say_what_a_function_changes() {
    let of = |kind, arguments| {
        summary(
            kind,
            arguments,
            "fn f(post: &Post) -> Post { post.clone() }",
        )
    };
    assert_eq!(
        of(
            AttributeKind::Invalidates,
            r#"tags("post:{post.slug}"), keys("recent", "sitemap"), before"#
        ),
        "Invalidates tags `post:{post.slug}` · keys `recent`, `sitemap` · before it runs"
    );
    assert_eq!(
        of(AttributeKind::Invalidates, "tags = |post| post.tags()"),
        "Invalidates tags of the value `|post| post.tags()`"
    );
    assert_eq!(
        of(
            AttributeKind::CachePut,
            r#"key = "post:{post.slug}", ttl = "250ms""#
        ),
        "Stores its value 250 ms · key `post:{post.slug}`"
    );
}

#[test]
fn the_docs_of_a_handler_name_its_headers() {
    let of = |kind, arguments| summary(kind, arguments, "async fn f() -> u8 { 1 }");
    assert_eq!(
        of(AttributeKind::VaryOn, r#"headers = ["Accept"]"#),
        "Varies on headers `accept`"
    );
    assert_eq!(of(AttributeKind::NeverCache, ""), "Never cached");
    assert_eq!(
        of(
            AttributeKind::CacheControl,
            r#"max_age = LIFE, s_maxage = "1d", no_transform, public"#
        ),
        "Tells caches public, no_transform, max_age for `LIFE`, s_maxage 1 d"
    );
    assert_eq!(
        of(
            AttributeKind::Conditional,
            r#"etag = "post:{REVISION}", last_modified = updated()"#
        ),
        "Tag `post:{REVISION}` · last modified `updated()`"
    );
}

#[test]
fn a_handle_has_the_summary_unless_it_is_hidden() {
    let of = |item| docs(AttributeKind::Cached, "ttl = 1", item);
    let handle = "The handle of the function `f`.\n\nCached 1 s · key `n`";
    let function = "Cached 1 s · key `n`\n\n\nIts handle: `f::uncached`, `f::peek`, `f::invalidate`, `f::refresh`, `f::set`, `f::clear`, `f::why`, `f::stats`.";
    assert_eq!(of("fn f(n: u8) {}"), [handle, function]);
    assert_eq!(of("#[doc(hidden)] fn f(n: u8) {}")[0], "");
    let none = docs(
        AttributeKind::Cached,
        "ttl = 1, handle = false",
        "fn f(n: u8) {}",
    );
    assert_eq!(none, ["Cached 1 s · key `n`"]);
}

#[test]
fn names_of_a_handle_stand_on_the_name_of_the_function() {
    let item = "fn name(n: u8) {}";
    let item: TokenStream = item.parse().expect("tokens");
    let place = item.clone().into_iter().nth(1).expect("the name").span();
    let at = |span: Span| (span.start(), span.end());
    let expanded = apply(
        AttributeKind::Cached,
        WebFramework::Axum,
        &TokenStream::new(),
        item,
    );
    let file: syn::File = syn::parse2(expanded).expect("items");
    let blocks = file.items.iter().filter_map(|item| match item {
        syn::Item::Impl(block) => Some(block),
        _ => None,
    });
    let functions = blocks.flat_map(|block| &block.items);
    let functions = functions.filter_map(|item| match item {
        syn::ImplItem::Fn(function) => Some(function),
        _ => None,
    });
    for function in functions {
        let name = &function.sig.ident;
        let is_hidden = function
            .attrs
            .iter()
            .any(|attribute| matches!(&attribute.meta, Meta::List(list) if list.tokens.to_string() == "hidden"));
        assert_eq!(name.to_string().starts_with("__"), is_hidden, "{name}");
        assert!(is_hidden || at(name.span()) == at(place), "{name}");
    }
}

#[test]
fn what_a_header_chooses_among_is_a_term_of_the_page() {
    let terms = |vary: &str| {
        let expanded = apply(
            AttributeKind::CachePage,
            WebFramework::Axum,
            &format!("__vary_on({vary})").parse().expect("tokens"),
            quote!(
                async fn f() {}
            ),
        );
        let expanded = expanded.to_string();
        let (_, terms) = expanded.split_once("terms : \"").expect("terms");
        terms
            .split_once("\" , ttl")
            .expect("their end")
            .0
            .to_owned()
    };
    let all = [
        r#"headers = ["Accept-Language"]"#,
        r#"languages = ["en"]"#,
        r#"languages = ["en", "de"]"#,
        r#"headers = ["Accept-Encoding"]"#,
        r#"encodings = ["gzip"]"#,
        r#"headers = ["User-Agent"]"#,
        "device",
    ];
    let all = all.map(terms);
    for (at, one) in all.iter().enumerate() {
        assert!(!all[at + 1..].contains(one), "{one}");
    }
}
