//! The audit of a program: a blog that has lists of keys to delete, of which only one is ever written.

use std::panic::catch_unwind;

use cache_core::{
    Cache, Caches, Finding, Named, assert_no_dead_invalidations, audit, cached, install,
    invalidates, testing, warnings,
};

#[cached(key = "blog_list:{category}:{page}:{sort}", ttl = "10m")]
fn blog_list(category: &str, page: u32, sort: &str) -> String {
    format!("{category} {page} {sort}")
}

#[cached(
    key = "blog_list:page_{page}:per_page_{per_page}:category_{category}",
    ttl = "10m"
)]
fn blog_page(page: u32, per_page: u32, category: &str) -> String {
    format!("{page} {per_page} {category}")
}

#[cached(key = "category_posts:{slug}:v{version}", ttl = "30m")]
fn category_posts(slug: &str, version: u32) -> String {
    format!("{slug} {version}")
}

#[cached(
    key = "dashboard_user_{user_id}",
    ttl = "5m",
    tags("dashboards", "users")
)]
fn dashboard(user_id: u64) -> String {
    format!("dashboard {user_id}")
}

#[invalidates(keys(
    "post_detail:{slug}",
    "blog_list:all:1",
    "blog_list:all:2",
    "blog_list:category_{category}:1",
    "category_posts:{category}",
    "recent_posts",
    "published_posts_count",
    "sitemap",
    "rss_feed"
))]
fn save_post(slug: &str, category: &str) {
    let _ = (slug, category);
}

#[invalidates(keys("dashboard_user_{id}", "user_profile_{id}"), tags("user"))]
fn save_user(id: u64) {
    let _ = id;
}

#[invalidates(tags("users"))]
fn forget_users() {}

#[test]
fn the_lists_are_dead_but_for_one_key() {
    let dead = audit().dead();
    let templates: Vec<&str> = dead
        .iter()
        .map(|finding| match finding {
            Finding::Dead { pattern, .. } => pattern.template,
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(
        templates,
        [
            "post_detail:{slug}",
            "blog_list:all:1",
            "blog_list:all:2",
            "blog_list:category_{category}:1",
            "category_posts:{category}",
            "recent_posts",
            "published_posts_count",
            "sitemap",
            "rss_feed",
            "user",
            "user_profile_{id}",
        ]
    );
}

#[test]
fn the_report_says_where_and_what_was_meant() {
    let report = catch_unwind(assert_no_dead_invalidations).unwrap_err();
    let report = report.downcast_ref::<String>().unwrap();
    for said in [
        "invalidations that reach nothing: 11\n",
        "`audit::save_post` (tests/audit.rs:",
        "invalidates the key `blog_list:all:1`, and no annotated function declares it\n    did you mean `blog_list:{category}:{page}:{sort}` of `audit::blog_list` (",
        "did you mean `category_posts:{slug}:v{version}` of `audit::category_posts`",
        "invalidates the key `sitemap`, and no annotated function declares it\n    nothing like it is declared",
        "invalidates the tag `user`, and no annotated function declares it\n    did you mean `users` of `audit::dashboard`",
    ] {
        assert!(report.contains(said), "{said}\nis not in\n{report}");
    }
}

#[test]
fn two_lists_can_have_one_key() {
    let meeting = audit().meeting();
    let [Finding::Meeting { one, other, .. }] = &meeting[..] else {
        panic!("{meeting:?}");
    };
    assert_eq!(
        [one.name, other.name],
        ["audit::blog_list", "audit::blog_page"]
    );
    assert_eq!(blog_list("page_1", 2, "new"), "page_1 2 new");
    assert_eq!(blog_page(1, 2, "new"), "1 2 new");
}

/// In a cache of its own, unless the name is an alias.
#[cached(key = "blog_list:{tag}:{page}:tagged", cache = "lists")]
fn tagged(tag: &str, page: u32) -> String {
    format!("{tag} {page}")
}

#[test]
fn at_start_up_functions_with_one_key_in_one_cache_are_a_warning() {
    assert_eq!(tagged("a", 1), "a 1");
    let of = |caches: Caches| testing::scope_blocking(caches, warnings);

    let apart = of(Caches::new().with("lists", Cache::memory(10)));
    let [warning] = &apart[..] else {
        panic!("{apart:?}");
    };
    for part in [
        "`audit::blog_list` (tests/audit.rs:",
        "of `audit::blog_page` (tests/audit.rs:",
        "they share a cache",
        "begin the keys differently",
    ] {
        assert!(warning.contains(part), "{part}: {warning}");
    }

    let together = of(Caches::new().alias_to_default("lists"));
    let named = |warning: &&String| warning.contains("`audit::tagged`");
    assert_eq!(together.iter().filter(named).count(), 1, "{together:?}");
    assert_eq!(together.len(), 2, "{together:?}");

    let shared = Cache::memory(10);
    let one_cache = Caches::new().with("default", shared.clone());
    let one_cache = of(one_cache.with("lists", shared));
    assert_eq!(one_cache.len(), 2, "{one_cache:?}");

    assert!(of(Caches::off()).is_empty(), "nothing is stored");
}

#[test]
fn what_is_stored_by_hand_is_no_finding_once_it_is_said() {
    let dead = |audit: cache_core::Audit| audit.dead().len();
    assert_eq!(
        dead(audit()) - dead(audit().by_hand(Named::Key, "sitemap")),
        1
    );
    assert_eq!(
        dead(audit()) - dead(audit().by_hand(Named::Key, "blog_list:all:{page}")),
        2
    );
}

#[test]
fn who_asks_is_told_which_tags_nothing_invalidates() {
    let unused = audit().unused();
    let [Finding::Unused { site, pattern, .. }] = &unused[..] else {
        panic!("{unused:?}");
    };
    assert_eq!(
        (site.name, pattern.template),
        ("audit::dashboard", "dashboards")
    );
    save_post("a", "b");
    save_user(1);
    forget_users();
    assert_eq!(
        (category_posts("a", 1), dashboard(1)),
        ("a 1".to_owned(), "dashboard 1".to_owned())
    );
}

#[cached(key = "named:{n}", cache = "pgaes")]
fn named(n: u32) -> u32 {
    n
}

#[test]
fn caches_that_lack_one_that_a_function_names_are_not_installed() {
    let lacking = Caches::new().with("pages", Cache::memory(10));
    let lacking = lacking.alias_to_default("lists");
    let error = install(lacking).unwrap_err();
    assert!(error.is_unknown_alias());
    let text = error.to_string();
    for part in [
        "`cache = \"pgaes\"` of audit::named (tests/audit.rs:",
        "installed: default, lists, pages",
        "alias_to_default(\"pgaes\")",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(named(7), 7, "sites fail open");
}
