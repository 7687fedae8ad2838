//! Known attacks on caches that serve many: what may be stored, and for whom. `keys` has those on keys.

use cache_core::CachePageLayer;
use cache_core::testing::Clock;

use crate::support::{front, is_reused, is_reused_after, numbered, page};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

/// CVE-2026-8404, CVE-2026-59427: directives in any case, combined, split over lines, with arguments, and not quite well written.
#[tokio::test]
async fn no_spelling_of_a_directive_that_forbids_is_missed() {
    for lines in [
        &["PRIVATE, max-age=60"][..],
        &["max-age=60", "No-Store"],
        &["no-cache, no-store, max-age=60"],
        &["private=\"Set-Cookie\", max-age=60"],
        &["max-age=60, private=\"a, b\""],
        &["max-age=60,private"],
        &["max-age=60,\tprivate"],
        &["max-age=60, no-store; x=1"],
        &["max-age=60, private "],
        &["no-store no-cache, max-age=60"],
        &["public no-store, max-age=60"],
        &["must-revalidate private, max-age=60"],
        &["public; private; max-age=60"],
        &["max-age=60, stale-if-error=60 private"],
        &["max-age=60, x=\"a\" no-store"],
        &["\"no-store\", max-age=60"],
        &["max-age=60, x=\"no-store"],
        &["max-age=60, x=\"", "no-store"],
    ] {
        for layer in [
            CachePageLayer::shared(),
            CachePageLayer::shared().to_the_letter(),
        ] {
            let fields: Vec<_> = lines.iter().map(|line| ("cache-control", *line)).collect();
            assert!(!is_reused(&layer, &fields).await, "{lines:?}");
        }
    }
}

/// CVE-2026-35193, CVE-2026-44457: a page for one visitor is given to no other.
#[tokio::test]
async fn a_page_for_credentials_is_for_them_alone() {
    let front = front(&CachePageLayer::shared().to_the_letter(), |asked| {
        page(asked.field("authorization"), &[FRESH])
    });
    assert_eq!(
        front.get("/", &[("authorization", "one")]).await.body,
        "one"
    );
    assert_eq!(
        front.get("/", &[("authorization", "two")]).await.body,
        "two"
    );
    assert_eq!(front.get("/", &[]).await.body, "");
    assert_eq!(front.get("/", &[]).await.assert_hit().body, "");
}

#[tokio::test]
async fn a_page_that_varies_by_credentials_or_cookies_is_told_apart() {
    for name in ["authorization", "cookie"] {
        let front = front(&CachePageLayer::shared(), move |asked| {
            page(
                asked.field(name),
                &[
                    ("cache-control", "public, max-age=60"),
                    ("vary", "Authorization, Cookie"),
                ],
            )
        });
        for value in ["one", "two", ""] {
            assert_eq!(front.get("/", &[(name, value)]).await.body, value);
            assert_eq!(
                front.get("/", &[(name, value)]).await.assert_hit().body,
                value
            );
        }
    }
}

/// CVE-2012-2671, CVE-2022-24894, CVE-2026-48588: a cookie is set for its own client, whatever cookies that has.
#[tokio::test]
async fn a_response_that_sets_a_cookie_is_for_its_client() {
    for cookie in ["", "unrelated=1"] {
        let layer = CachePageLayer::shared();
        let fields = [FRESH, ("set-cookie", "session=1"), ("vary", "cookie")];
        assert!(!is_reused_after(&layer, &[("cookie", cookie)], 200, &fields).await);
    }
    assert!(
        is_reused_after(
            &CachePageLayer::shared(),
            &[("cookie", "unrelated=1")],
            200,
            &[FRESH]
        )
        .await
    );
}

/// CVE-2026-41322, and denial of service by poisoned error pages: what a malformed request has provoked is not kept for all.
#[tokio::test]
async fn an_error_is_not_kept_by_default() {
    for status in [400, 405, 413, 414, 431, 500, 501, 502, 503] {
        assert!(
            !is_reused_after(&CachePageLayer::shared(), &[], status, &[FRESH]).await,
            "{status}"
        );
    }
}

/// CVE-2025-49826: what has no body, or a part of one, is not the resource.
#[tokio::test]
async fn special_statuses_are_not_the_resource() {
    for status in [101, 204, 206, 304] {
        let front = front(&CachePageLayer::shared(), move |_| {
            page("", &[FRESH]).status(status)
        });
        front.get("/", &[]).await;
        front.get("/", &[]).await.assert_miss();
    }
}

/// CVE-2021-41267: what the client says of the way here does not come into a page unseen: a layer cannot know what its origin reads, but what the
/// response names in `Vary` is told apart.
#[tokio::test]
async fn what_a_page_names_in_vary_is_told_apart_whoever_sends_it() {
    let front = front(&CachePageLayer::shared(), |asked| {
        page(
            asked.field("x-forwarded-host"),
            &[FRESH, ("vary", "X-Forwarded-Host")],
        )
    });
    assert_eq!(
        front.get("/", &[("x-forwarded-host", "evil")]).await.body,
        "evil"
    );
    assert_eq!(front.get("/", &[]).await.body, "");
}

/// CVE-2026-44576, CVE-2026-53943: a field that switches content without a word in `Vary` is not the cache's to see; one that names it is safe.
#[tokio::test]
async fn a_preview_that_says_no_store_is_nobodys_page() {
    let front = front(&CachePageLayer::shared(), |asked| {
        match asked.headers.contains_key("x-preview") {
            true => page("preview", &[("cache-control", "no-store")]),
            false => page("page", &[FRESH]),
        }
    });
    front.get("/", &[("x-preview", "1")]).await;
    assert_eq!(front.get("/", &[]).await.body, "page");
}

/// Variants of one target are bounded, and do not crowd out the index that finds them.
#[tokio::test]
async fn the_variants_of_a_target_are_bounded() {
    let layer = CachePageLayer::shared();
    let front = front(&layer, |asked| {
        page(asked.field("user-agent"), &[FRESH, ("vary", "user-agent")])
    });
    for at in 0..200 {
        front.get("/", &[("user-agent", &at.to_string())]).await;
    }
    let mut hits = 0;
    for at in 0..200 {
        let asked = front.count();
        let response = front.get("/", &[("user-agent", &at.to_string())]).await;
        assert_eq!(response.body, at.to_string());
        hits += usize::from(front.count() == asked);
    }
    assert!(hits <= 64, "{hits}");
}

/// So are targets.
#[tokio::test]
async fn the_responses_of_a_layer_are_bounded() {
    let layer = CachePageLayer::shared().capacity(50);
    let front = numbered(&layer, &[FRESH]);
    for at in 0..500 {
        front.get(&format!("/{at}"), &[]).await;
    }
    let asked = front.count();
    for at in 0..500 {
        front.get(&format!("/{at}"), &[]).await;
    }
    assert!(front.count() - asked >= 400, "{}", front.count() - asked);
}

/// A life longer than any clock counts is a long one.
#[tokio::test]
async fn the_longest_life_is_long() {
    let clock = Clock::freeze();
    let front = numbered(
        &CachePageLayer::shared(),
        &[(
            "cache-control",
            "max-age=18446744073709551616, stale-while-revalidate=99999999999999999999, stale-if-error=99999999999999999999",
        )],
    );
    front.get("/", &[]).await;
    clock.advance(std::time::Duration::from_secs(10 * 365 * 24 * 3600));
    front.get("/", &[]).await.assert_hit();
}
