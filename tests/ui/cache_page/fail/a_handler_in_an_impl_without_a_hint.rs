//! An attribute on a handler alone cannot see the `impl` around it.

use axum::extract::Path;
use cache_core::{cache_page, vary_on};

#[allow(async_fn_in_trait)]
trait Show {
    async fn detail(slug: Path<String>) -> String;
}

struct Views<T>(T);

impl<T: Send + Sync + 'static> Views<T> {
    #[cache_page(ttl = "5m")]
    async fn index(Path(slug): Path<String>) -> String {
        slug
    }

    // A brace in a text: {
    const BRACE: char = '{';

    #[vary_on(headers = ["Accept-Language"])]
    #[cache_page(ttl = "5m")]
    async fn varied(Path(slug): Path<String>) -> String {
        slug
    }

    #[cache_page(ttl = "5m", associated)]
    async fn hinted(Path(slug): Path<String>) -> String {
        slug
    }

    fn inside() {
        #[cache_page(ttl = "5m")]
        async fn page(Path(slug): Path<String>) -> String {
            slug
        }
    }
}

impl Show for Views<u8> {
    #[cache_page(ttl = "5m")]
    async fn detail(Path(slug): Path<String>) -> String {
        slug
    }
}

fn main() {}
