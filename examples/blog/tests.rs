//! The blog as a visitor meets it, also one who means no good.

mod saving;
mod shown;
mod verified;

use std::path::PathBuf;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::response::Parts;
use tokio::sync::{Mutex, MutexGuard};
use tower::ServiceExt;

use crate::db::Db;
use crate::fill;
use crate::routes::router;

/// The caches are those of the program, which one blog has.
static ONE: Mutex<()> = Mutex::const_new(());

struct Blog {
    router: Router,
    db: Db,
    file: PathBuf,
    _alone: MutexGuard<'static, ()>,
}

/// An answer: its status, the header that says most about it, and its body.
type Answer = (StatusCode, String, String);

impl Blog {
    async fn new(name: &str) -> Self {
        let blog = Self::without_posts(name).await;
        fill::with_shipped_posts(&blog.db)
            .await
            .expect("the posts of the program");
        blog
    }

    async fn without_posts(name: &str) -> Self {
        let alone = ONE.lock().await;
        forget_everything().await;
        let file = std::env::temp_dir().join(format!("blog-{}-{name}.db", std::process::id()));
        let db = Db::open(&file).expect("a temporary database");
        Self {
            router: router(db.clone()),
            db,
            file,
            _alone: alone,
        }
    }

    async fn ask(&self, request: Request) -> Answer {
        let (parts, body) = self.respond(request).await;
        let telling = [SET_COOKIE, LOCATION, CONTENT_TYPE]
            .iter()
            .find_map(|name| parts.headers.get(name));
        let telling = telling
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        (parts.status, telling, body)
    }

    async fn respond(&self, request: Request) -> (Parts, String) {
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("infallible");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a body");
        (parts, String::from_utf8(body.into()).expect("UTF-8"))
    }

    async fn get(&self, address: &str) -> Answer {
        self.ask(Request::get(address).body(Body::empty()).expect(address))
            .await
    }

    async fn post(&self, address: &str, session: &str, form: &str) -> Answer {
        let request = Request::post(address)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(COOKIE, session);
        self.ask(request.body(form.to_owned().into()).expect(address))
            .await
    }

    async fn log_in(&self, name: &str) -> String {
        let (status, cookie, _) = self
            .post("/login", "", &format!("name={name}&password=demo"))
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
            "{cookie}"
        );
        cookie.split(';').next().unwrap_or_default().to_owned()
    }
}

async fn forget_everything() {
    let caches = cache_core::caches();
    for name in ["default", "pages"] {
        if let Ok(cache) = caches.get(name) {
            cache.clear().await.unwrap();
        }
    }
}

impl Drop for Blog {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", self.file.display()));
        }
    }
}

#[tokio::test]
async fn hostile_addresses_get_pages_and_never_a_failure() {
    let blog = Blog::new("hostile").await;
    for (address, expected) in [
        ("/?page=0", 404),
        ("/?page=4294967295", 404),
        ("/?page=99999999999", 400),
        ("/?page=-1", 400),
        ("/?page=", 400),
        ("/?page=1&page=2", 400),
        ("/?sort=evil", 400),
        ("/?category=%27%20OR%201=1--", 404),
        ("/?category=%FF", 404),
        ("/category/x%00y", 404),
        ("/category/%27;DROP%20TABLE%20posts", 404),
        ("/category/%FF", 400),
        ("/tag/nope", 404),
        ("/post/nope", 404),
        ("/post/..%2f..%2fetc%2fpasswd", 404),
        ("/archive?page=0", 404),
        ("/nowhere", 404),
        ("/logout", 405),
        ("/preferences", 405),
    ] {
        let (status, kind, body) = blog.get(address).await;
        assert_eq!((address, status.as_u16()), (address, expected));
        assert_eq!(kind, "text/html; charset=utf-8", "{address}");
        assert!(body.contains("<!doctype html>"), "{address}: {body}");
    }
    let (status, kind, body) = blog.get("/api/posts?page=0").await;
    assert_eq!(
        (status.as_u16(), kind.as_str()),
        (404, "application/json"),
        "{body}"
    );
    let (status, _, _) = blog.get("/").await;
    assert_eq!(status, StatusCode::OK, "the posts are still there");
}

#[tokio::test]
async fn only_those_who_may_come_in() {
    let blog = Blog::new("logins").await;
    let (status, to, _) = blog.get("/dashboard").await;
    assert_eq!(
        (status, to.as_str()),
        (StatusCode::SEE_OTHER, "/login?from=/dashboard")
    );
    let (status, _, _) = blog.post("/login", "", "name=mara&password=guess").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, _, body) = blog.post("/login", "", "name=\"><script>&password=").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(!body.contains("\"><script>"), "{body}");
    let (status, to, _) = blog.post("/editor/new", "session=guess", "title=T").await;
    assert_eq!(
        (status, to.as_str()),
        (StatusCode::SEE_OTHER, "/login?from=/editor/new")
    );
    let reader = blog.log_in("robin").await;
    let (status, _, _) = blog
        .post("/editor/new", &reader, "title=T&category=c&body=b")
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_author_writes_changes_and_deletes_a_post() {
    let blog = Blog::new("editor").await;
    let author = blog.log_in("ines").await;
    for broken in [
        "",
        "title=&category=c&body=b",
        "title=T&category=%3F&body=b",
        "title=T&category=c&body=+",
    ] {
        let (status, _, body) = blog.post("/editor/new", &author, broken).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{broken}");
        assert!(body.contains("role=\"alert\""), "{body}");
    }
    let form = "title=<script>alert(1)</script>&category=c&tags=A,,b+c&body=<script>alert(2)</script>&published=on";
    let (status, _, _) = blog.post("/editor/new", &author, form).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let address = "/post/script-alert-1-script";
    let (status, _, body) = blog.get(address).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        body.contains("&lt;script&gt;alert(1)") && !body.contains("<script>alert"),
        "{body}"
    );

    let editor = format!("/editor{address}");
    blog.post(&editor, &author, "title=Draft&category=c&body=b")
        .await;
    assert_eq!(
        blog.get(address).await.0,
        StatusCode::NOT_FOUND,
        "readers do not see drafts"
    );
    blog.post(&format!("{editor}/delete"), &author, "").await;
    let (status, _, _) = blog.post(&editor, &author, form).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_post_comes_in_the_reader_s_language() {
    let blog = Blog::new("languages").await;
    let (_, _, listing) = blog.get("/api/posts").await;
    let listing: serde_json::Value = serde_json::from_str(&listing).expect("JSON");
    let address = format!(
        "/post/{}",
        listing["posts"][0]["slug"].as_str().expect("a slug")
    );
    for (language, expected) in [
        ("de-CH", "Min. Lesezeit"),
        ("fr;q=0.5", "min de lecture"),
        ("xx", "min read"),
    ] {
        let request = Request::get(&address)
            .header("accept-language", language)
            .body(Body::empty())
            .expect("valid");
        let (status, _, body) = blog.ask(request).await;
        assert_eq!(status, StatusCode::OK);
        assert!(body.contains(expected), "{language}");
    }
}
