//! What a save makes stale: all that shows the post, and nothing else.

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::COOKIE;
use cache_core::Kind;

use super::{Blog, forget_everything};

/// Every page that anybody reads, and who reads it.
const PAGES: [(&str, &str); 28] = [
    ("", "/"),
    ("", "/?sort=oldest"),
    ("", "/?category=go"),
    ("", "/?category=rust"),
    ("", "/?category=zig"),
    ("", "/category/go"),
    ("", "/category/rust"),
    ("", "/category/zig"),
    ("", "/tag/x"),
    ("", "/tag/y"),
    ("", "/tag/z"),
    ("", "/post/alpha"),
    ("", "/post/beta"),
    ("", "/post/kappa"),
    ("", "/post/omega"),
    ("", "/archive"),
    ("", "/about"),
    ("", "/feed.xml"),
    ("", "/api/posts"),
    ("", "/api/posts?category=go"),
    ("", "/api/posts?category=rust"),
    ("", "/api/posts?category=zig"),
    ("", "/api/posts/alpha"),
    ("", "/api/posts/beta"),
    ("", "/api/posts/omega"),
    ("ines", "/dashboard"),
    ("mara", "/dashboard"),
    ("tomas", "/dashboard"),
];

/// The lists of all posts, which any change that readers can see changes.
const LISTS: &str = "/ /?sort=oldest /archive /feed.xml /api/posts";
const GO: &str = "/?category=go /category/go /api/posts?category=go";
const RUST: &str = "/?category=rust /category/rust /api/posts?category=rust";
const ZIG: &str = "/?category=zig /category/zig /api/posts?category=zig";
const BETA: &str = "/post/beta /api/posts/beta";
/// Is of the category and the tag of beta, and so shows it as related.
const KAPPA: &str = "/post/kappa";

/// A blog with few posts, of which every page has been read and is kept.
struct Site {
    blog: Blog,
    /// Who is logged in, and the session.
    sessions: Vec<(&'static str, String)>,
}

impl Site {
    async fn new(name: &str) -> Self {
        let blog = Blog::without_posts(name).await;
        let mut sessions = Vec::new();
        for author in ["ines", "mara", "tomas"] {
            sessions.push((author, blog.log_in(author).await));
        }
        let site = Self { blog, sessions };
        for (author, form) in [
            (
                "ines",
                "title=Alpha&category=rust&tags=x&body=a&published=on",
            ),
            ("ines", "title=Delta&category=rust&tags=x&body=d"),
            ("mara", "title=Beta&category=go&tags=y&body=b&published=on"),
            (
                "tomas",
                "title=Kappa&category=go&tags=y&body=k&published=on",
            ),
            (
                "tomas",
                "title=Omega&category=zig&tags=z&body=o&published=on",
            ),
        ] {
            let status = site.post(author, "/editor/new", form).await;
            assert_eq!(status, StatusCode::SEE_OTHER, "{form}");
        }
        site.read_all().await;
        assert_eq!(site.read_all().await, Vec::<String>::new(), "all are kept");
        site
    }

    fn session(&self, name: &str) -> &str {
        let session = self.sessions.iter().find(|(known, _)| *known == name);
        session.map_or("", |(_, session)| session)
    }

    async fn post(&self, author: &str, address: &str, form: &str) -> StatusCode {
        self.blog.post(address, self.session(author), form).await.0
    }

    /// Reads a page: the page, and whether it was kept. `None` where there is none.
    async fn read(&self, reader: &str, address: &str) -> Option<(String, bool)> {
        let request = Request::get(address).header(COOKIE, self.session(reader));
        let request = request.body(Body::empty()).expect(address);
        let (parts, body) = self.blog.respond(request).await;
        let status = parts.headers.get("cache-status");
        let status = status.and_then(|value| value.to_str().ok()).unwrap_or("");
        let hit = status.contains("; hit");
        if parts.status == StatusCode::NOT_FOUND {
            assert!(!hit, "{address}");
            return None;
        }
        assert_eq!(parts.status, StatusCode::OK, "{address}");
        Some((body, hit))
    }

    /// Reads every page, and says which of them were made anew.
    async fn read_all(&self) -> Vec<String> {
        let before = loads();
        let (mut anew, mut missing) = (Vec::new(), 0);
        for (reader, address) in PAGES {
            match self.read(reader, address).await {
                Some((_, true)) => {}
                Some((_, false)) => anew.push(format!("{reader}{address}")),
                None => missing += 1,
            }
        }
        assert_eq!(loads() - before, anew.len() as u64 + missing, "{anew:?}");
        anew
    }

    /// Asserts that these pages are made anew now, and that no page shows what is out of date.
    async fn changed(&self, expected: &[&str]) {
        let mut expected: Vec<_> = expected.iter().flat_map(|some| some.split(' ')).collect();
        expected.sort_unstable();
        let mut anew = self.read_all().await;
        anew.sort_unstable();
        assert_eq!(anew, expected);

        let mut kept = Vec::new();
        for (reader, address) in PAGES {
            let read = self.read(reader, address).await;
            let hit = read.as_ref().is_none_or(|(_, hit)| *hit);
            assert!(hit, "what was made anew is kept: {reader}{address}");
            kept.push(read);
        }
        forget_everything().await;
        for ((reader, address), kept) in PAGES.into_iter().zip(kept) {
            let fresh = self.read(reader, address).await;
            let [kept, fresh] = [kept, fresh].map(|read| read.map(|(page, _)| shown(&page)));
            assert_eq!(kept, fresh, "{reader}{address}");
        }
    }
}

/// What a reader takes from a page: all but what tells of its making, and the choice of related posts, which may be half
/// an hour old.
fn shown(page: &str) -> String {
    let mut lines = page.lines();
    let mut shown = String::new();
    while let Some(line) = lines.next() {
        if line.contains("<section class=\"related\">") {
            lines.find(|line| line.contains("</section>"));
        } else if !line.trim().is_empty() && !line.contains("Rendered at ") {
            shown.push_str(line);
            shown.push('\n');
        }
    }
    shown
}

/// How many pages have been made so far. What is never kept is no site that loads.
fn loads() -> u64 {
    let pages = cache_core::sites().filter(|site| site.info().kind == Kind::Page);
    pages.map(|site| site.stats().loads).sum()
}

#[tokio::test]
async fn another_title() {
    let site = Site::new("title").await;
    let form = "title=Alpha+2&category=rust&tags=x&body=a&published=on";
    site.post("ines", "/editor/post/alpha", form).await;
    let alpha = "/tag/x /post/alpha /api/posts/alpha";
    site.changed(&[LISTS, RUST, alpha, "ines/dashboard"]).await;
}

#[tokio::test]
async fn another_title_where_a_post_is_shown_as_related() {
    let site = Site::new("related").await;
    let form = "title=Beta+2&category=go&tags=y&body=b&published=on";
    site.post("tomas", "/editor/post/beta", form).await;
    let (kappa, hit) = site.read("", KAPPA).await.expect("a page");
    assert!(!hit && kappa.contains("Beta 2</a>"), "{kappa}");
    let changed = [LISTS, GO, "/tag/y", BETA, "mara/dashboard"];
    site.changed(&changed).await;
}

#[tokio::test]
async fn a_move_changes_the_category_that_is_left_as_well() {
    let site = Site::new("move").await;
    let form = "title=Beta&category=zig&tags=y&body=b&published=on";
    site.post("mara", "/editor/post/beta", form).await;
    let changed = [LISTS, GO, ZIG, "/tag/y", BETA, KAPPA, "mara/dashboard"];
    site.changed(&changed).await;
}

#[tokio::test]
async fn other_tags_change_the_lists_of_both() {
    let site = Site::new("tags").await;
    let form = "title=Beta&category=go&tags=z&body=b&published=on";
    site.post("mara", "/editor/post/beta", form).await;
    // Kappa keeps the tag y, so its list stays.
    let changed = [LISTS, GO, "/tag/y /tag/z", BETA, KAPPA, "mara/dashboard"];
    site.changed(&changed).await;
}

#[tokio::test]
async fn a_new_post() {
    let site = Site::new("new").await;
    let form = "title=New&category=zig&tags=z&body=n&published=on";
    site.post("ines", "/editor/new", form).await;
    let changed = [LISTS, ZIG, "/tag/z", "ines/dashboard"];
    site.changed(&changed).await;
}

#[tokio::test]
async fn a_deleted_post() {
    let site = Site::new("deleted").await;
    site.post("mara", "/editor/post/beta/delete", "").await;
    for gone in BETA.split(' ') {
        assert_eq!(site.read("", gone).await, None);
    }
    let changed = [LISTS, GO, "/tag/y", KAPPA, "mara/dashboard"];
    site.changed(&changed).await;
}

#[tokio::test]
async fn a_draft_is_nobody_else_s_business() {
    let site = Site::new("draft").await;
    let form = "title=Delta+2&category=go&tags=y&body=d";
    site.post("mara", "/editor/post/delta", form).await;
    site.changed(&["ines/dashboard"]).await;
}

#[tokio::test]
async fn what_is_published_and_what_is_withdrawn() {
    let site = Site::new("published").await;
    let form = "title=Delta&category=rust&tags=x&body=d";
    let address = "/editor/post/delta";
    assert_eq!(site.read("", "/post/delta").await, None);
    site.post("ines", address, &format!("{form}&published=on"))
        .await;
    assert!(site.read("", "/post/delta").await.is_some());
    let changed = [LISTS, RUST, "/tag/x", "ines/dashboard"];
    site.changed(&changed).await;

    site.read_all().await;
    site.post("ines", address, form).await;
    assert_eq!(site.read("", "/post/delta").await, None);
    // Alpha, which has been made anew in between, shows it as related.
    let changed = [LISTS, RUST, "/tag/x /post/alpha", "ines/dashboard"];
    site.changed(&changed).await;
}

#[tokio::test]
async fn a_save_that_fails_changes_nothing() {
    let site = Site::new("failed").await;
    let refused = site.post("mara", "/editor/post/beta", "title=").await;
    assert_eq!(refused, StatusCode::UNPROCESSABLE_ENTITY);

    let trigger =
        "CREATE TRIGGER full AFTER UPDATE ON posts BEGIN SELECT RAISE(ABORT, 'full'); END";
    let trigger = site.blog.db.execute(trigger, ()).await;
    trigger.expect("a trigger");
    let form = "title=Beta+2&category=zig&tags=y&body=b&published=on";
    let failed = site.post("mara", "/editor/post/beta", form).await;
    assert_eq!(failed, StatusCode::INTERNAL_SERVER_ERROR);
    site.changed(&[]).await;
}

#[test]
fn no_function_invalidates_what_none_keeps_and_no_two_share_a_key() {
    cache_core::assert_no_dead_invalidations();
    let audit = cache_core::audit();
    assert!(audit.findings().is_empty(), "{audit}");
}
