//! The stylesheet, the script and the icon, from inside the program.

use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};

type Asset = ([(HeaderName, &'static str); 2], &'static str);

/// `GET /static/style.css`
pub async fn stylesheet() -> Asset {
    asset("text/css; charset=utf-8", include_str!("static/style.css"))
}

/// `GET /static/site.js`
pub async fn script() -> Asset {
    asset(
        "text/javascript; charset=utf-8",
        include_str!("static/site.js"),
    )
}

/// `GET /static/icon.svg`
pub async fn icon() -> Asset {
    asset("image/svg+xml", include_str!("static/icon.svg"))
}

fn asset(kind: &'static str, text: &'static str) -> Asset {
    (
        [(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=300")],
        text,
    )
}
