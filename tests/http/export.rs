//! Pages as files.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get as route;
use cache_core::{cache_page, export};

use crate::support::get;

/// A folder of one test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let (process, number) = (std::process::id(), NUMBER.fetch_add(1, SeqCst));
        let folder = std::env::temp_dir().join(format!("export-{process}-{number}"));
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).expect("a file")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn pages_become_files_and_are_rendered_once() {
    #[cache_page(ttl = "5m", tags("posts"))]
    async fn post(Path(slug): Path<String>) -> Html<String> {
        Html(format!("<h1>{slug}</h1>"))
    }
    let app = Router::new()
        .route("/posts/{slug}", route(post))
        .route("/robots.txt", route(async || "all"))
        .route("/", route(async || Html("home")));
    get(&app, "/posts/first").await.assert_stored();

    let folder = Folder::new();
    let paths = ["/", "/posts/first", "/posts/b%20c", "/robots.txt"];
    for _ in 0..2 {
        let exported = export(&app, paths, &folder.0).await.unwrap();
        let files: Vec<_> = exported.into_result().unwrap();
        let files: Vec<_> = files.iter().map(|file| file.to_str().unwrap()).collect();
        assert_eq!(
            files,
            [
                "index.html",
                "posts/first/index.html",
                "posts/b c/index.html",
                "robots.txt"
            ]
        );
    }
    assert_eq!(folder.read("posts/first/index.html"), "<h1>first</h1>");
    assert_eq!(folder.read("posts/b c/index.html"), "<h1>b c</h1>");
    assert_eq!(folder.read("robots.txt"), "all");
    assert_eq!(post::stats().loads, 2);
    let left = fs::read_dir(&folder.0)
        .unwrap()
        .map(|file| file.unwrap().file_name());
    assert!(
        left.into_iter()
            .all(|name| !name.to_str().unwrap().starts_with('.'))
    );
}

#[tokio::test]
async fn what_is_not_for_everybody_is_refused_by_its_name() {
    async fn odd(uri: Uri) -> Response {
        let control = |value| ([(header::CACHE_CONTROL, value)], Html("mine")).into_response();
        match uri.path() {
            "/private" => control("max-age=5, Private=\"x\""),
            "/no-store" => control("no-store"),
            "/unreadable" => control("a=\"b"),
            "/cookie" => ([(header::SET_COOKIE, "a=b")], Html("mine")).into_response(),
            "/varies" => ([(header::VARY, "Accept, Cookie")], Html("mine")).into_response(),
            "/zipped" => ([(header::CONTENT_ENCODING, "gzip")], Html("mine")).into_response(),
            "/gone" => StatusCode::NOT_FOUND.into_response(),
            _ => Html("fine").into_response(),
        }
    }
    let app = Router::new().fallback(odd);
    let folder = Folder::new();
    let paths = [
        "/private",
        "/no-store",
        "/unreadable",
        "/cookie",
        "/varies",
        "/zipped",
        "/gone",
        "/../out",
        "/%2e%2e/out",
        "out",
        "/a?b=c",
        "/fine",
        "/fine/",
    ];
    let exported = export(&app, paths, &folder.0).await.unwrap();
    assert_eq!(exported.files, [PathBuf::from("fine/index.html")]);
    let refused: Vec<_> = exported.refused.iter().map(|page| &*page.path).collect();
    assert_eq!(refused[..11], paths[..11]);
    assert_eq!(refused[11..], ["/fine/"]);
    let error = exported.into_result().unwrap_err().to_string();
    assert!(
        error.contains("`/gone`: the answer is 404 Not Found"),
        "{error}"
    );
    assert!(
        error.contains("`/fine/`: its file is that of `/fine`"),
        "{error}"
    );
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_does_not_lead_out_of_the_folder() {
    let app = Router::new().fallback(async || Html("in"));
    let (folder, outside) = (Folder::new(), Folder::new());
    std::os::unix::fs::symlink(&outside.0, folder.0.join("link")).unwrap();
    fs::create_dir(folder.0.join("here")).unwrap();
    let there = outside.0.join("file");
    fs::write(&there, "out").unwrap();
    std::os::unix::fs::symlink(&there, folder.0.join("here/index.html")).unwrap();
    fs::write(folder.0.join("file"), "a file").unwrap();
    let exported = export(&app, ["/link/a", "/here", "/file/a"], &folder.0)
        .await
        .unwrap();
    assert!(exported.files.is_empty());
    assert_eq!(exported.refused.len(), 3);
    assert_eq!(fs::read_to_string(there).unwrap(), "out");
    assert_eq!(fs::read_dir(&outside.0).unwrap().count(), 1);
}
