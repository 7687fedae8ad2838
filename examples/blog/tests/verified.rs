//! Nothing that the blog keeps is wrong: its hits are verified while authors write.

use axum::http::StatusCode;
use cache_core::testing::verify;

use super::Blog;

const PAGES: [&str; 7] = [
    "/",
    "/?sort=oldest",
    "/archive",
    "/category/rust",
    "/feed.xml",
    "/api/posts",
    "/about",
];

#[tokio::test]
async fn hits_are_right_while_posts_are_written() {
    let blog = Blog::new("verified").await;
    let session = blog.log_in("mara").await;
    verify(async {
        for round in 0..12 {
            for page in PAGES {
                for _ in 0..3 {
                    assert_eq!(blog.get(page).await.0, StatusCode::OK, "{page}");
                }
            }
            let form = format!("title=Post+{round}&category=rust&tags=a,b&body=text+{round}");
            let (status, ..) = blog.post("/editor/new", &session, &form).await;
            assert!(status.is_redirection(), "{status}");
        }
    })
    .await;
    let sites = cache_core::sites();
    let verified: u64 = sites.map(|site| site.stats().verified).sum();
    assert!(verified > 20, "{verified}");
}
