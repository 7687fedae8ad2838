//! Handlers of every form, without a warning.

#![deny(warnings)]

use std::time::SystemTime;

use axum::Router;
use axum::body::Body;
use axum::extract::{Json, Path, Query, State};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::{get, put};
use cache_core::{cache_control, cache_page, conditional, never_cache, vary_on};
use tower::ServiceExt;

const REVISION: u64 = 3;

fn updated() -> Option<SystemTime> {
    Some(SystemTime::UNIX_EPOCH)
}

#[conditional(etag = "about:{REVISION}", last_modified = updated())]
async fn without_arguments() -> &'static str {
    "about"
}

#[conditional(etag = "post:{slug}:{query.len()}")]
#[axum::debug_handler]
async fn several(
    State(revision): State<u64>,
    Path((slug, mut page)): Path<(String, u64)>,
    Query(query): Query<Vec<(String, String)>>,
    mut headers: HeaderMap,
) -> Result<String, StatusCode> {
    headers.clear();
    page += revision;
    Ok(format!("{slug}{page}{query:?}"))
}

#[cache_control(private, max_age = if body == 0 { seconds(0) } else { minutes(body) })]
#[conditional(etag = "post:{body}")]
#[vary_on(headers = ["Accept"])]
async fn with_a_body(Json(body): Json<u64>) -> String {
    body.to_string()
}

#[conditional(etag = "of:{query}")]
async fn generic<T>(Query(query): Query<T>) -> String
where
    T: cache_core::CacheKey + serde::de::DeserializeOwned + Send + 'static,
{
    let _ = query;
    std::any::type_name::<T>().to_owned()
}

#[cache_page(ttl = 60, key = "page:{slug}", stale_if_error = "1m")]
#[conditional(etag = "page:{slug}:{revision}")]
#[cache_control(public, max_age = 60, cdn = "1y")]
async fn page(Path(slug): Path<String>, State(revision): State<u64>) -> Result<String, StatusCode> {
    Ok(format!("{slug}{revision}"))
}

#[cache_page(ttl = 60, refresh_ahead = 0.8)]
#[conditional(last_modified = SystemTime::UNIX_EPOCH)]
async fn behind(Path(slug): Path<String>) -> String {
    slug
}

#[cache_page(ttl = 60, warm = 20)]
#[conditional(etag = "page:{slug}")]
#[cache_control(max_age = slug.len() as u64)]
async fn warm(Path(slug): Path<String>) -> String {
    slug
}

struct Views;

#[conditional(etag = "post:{slug}")]
#[never_cache]
impl Views {
    const REVISION: u64 = 5;

    async fn one(Path(slug): Path<String>) -> String {
        slug
    }

    #[conditional(etag = "post:{slug}:{Self::REVISION}")]
    async fn another(Path(slug): Path<String>) -> String {
        slug
    }
}

impl Views {
    #[conditional(etag = "post:{slug}", associated)]
    async fn alone(Path(slug): Path<String>) -> String {
        slug
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let app = Router::new()
        .route("/about", get(without_arguments))
        .route("/several/{slug}/{page}", get(several))
        .route("/body", put(with_a_body))
        .route("/generic", get(generic::<String>))
        .route("/page/{slug}", get(page))
        .route("/behind/{slug}", get(behind))
        .route("/warm/{slug}", get(warm))
        .route("/one/{slug}", get(Views::one))
        .route("/another/{slug}", get(Views::another))
        .route("/alone/{slug}", get(Views::alone))
        .with_state(1_u64);
    for path in ["/about", "/several/a/1?b=c", "/page/a", "/behind/a", "/warm/a", "/one/a", "/another/a", "/alone/a"] {
        let send = async |tag: Option<&str>| {
            let mut request = Request::get(path).body(Body::empty()).unwrap();
            if let Some(tag) = tag {
                request.headers_mut().insert("if-none-match", tag.parse().unwrap());
            }
            app.clone().oneshot(request).await.unwrap()
        };
        let whole = send(None).await;
        assert_eq!(whole.status(), 200, "{path}");
        let tag = whole.headers()["etag"].to_str().unwrap();
        assert_eq!(send(Some(tag)).await.status(), 304, "{path}");
    }
}
