//! Pages that show a cached fragment.

use axum::Router;
use axum::extract::Path;
use axum::routing::get as route;
use cache_core::{cache, cache_page, cached, invalidate_tag};

use crate::support::{assert_apart, assert_same, get, run};

/// One renders the fragment, the other finds it.
#[tokio::test]
async fn a_page_is_stale_with_the_tags_of_its_fragment_and_of_the_calls_inside() {
    #[cached(tags("fragment:topics"))]
    async fn topics() -> String {
        format!("topics {}", run())
    }
    #[cache_page(ttl = "5m")]
    async fn page(Path(n): Path<u64>) -> String {
        let cache = cache();
        let sidebar = cache.fragment("sidebar").tags(["fragment:sidebar"]);
        let render = || async { Ok::<_, std::fmt::Error>(format!("{} {}", topics().await, run())) };
        let sidebar: String = sidebar.render_async(render).await.unwrap_or_default();
        format!("{n} {sidebar}")
    }
    let app = Router::new().route("/fragments/{n}", route(page));
    let sidebar = |page: &str| page.split_once(' ').map(|(_, rest)| rest.to_owned());
    for tag in ["fragment:topics", "fragment:sidebar"] {
        let (one, two) = (
            get(&app, "/fragments/1").await,
            get(&app, "/fragments/2").await,
        );
        assert_eq!(sidebar(&one.body), sidebar(&two.body));
        assert_same(&one, &get(&app, "/fragments/1").await);
        invalidate_tag(tag).await.unwrap();
        assert_apart(&one, &get(&app, "/fragments/1").await);
        assert_apart(&two, &get(&app, "/fragments/2").await);
    }
}
